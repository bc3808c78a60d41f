//! What is drawn, looked at pixel by pixel, with the fonts of Debian's fonts-dejavu-core and fonts-wqy-microhei.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use smile_ceremony::limits::PICTURE_BYTES_MAX;
use smile_ceremony::payment::{LineKind, TextLine};
use smile_protocol::metadata::{DisplayPngCharacteristics, RgbPaletteEntry};

use super::{Fonts, STANDARD, Undrawable, draw, is_drawn};

const LATIN: &str = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
const CHINESE: &str = "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc";

/// The fonts of these tests, which `tests/run` installs; `None`, said aloud, where they are not there.
fn fonts() -> Option<&'static Fonts> {
    static FONTS: LazyLock<Option<Fonts>> = LazyLock::new(|| {
        let paths = [LATIN, CHINESE].map(PathBuf::from);
        paths
            .iter()
            .all(|path| path.exists())
            .then(|| Fonts::load(&paths).expect("fonts of Debian's"))
    });
    if FONTS.is_none() {
        println!("skipped: no font: install fonts-dejavu-core and fonts-wqy-microhei");
        let must_run = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!must_run, "with CI=true a skip is a failure");
    }
    FONTS.as_ref()
}

fn lines(payee: &str) -> Vec<TextLine> {
    let line = |kind, text: &str| TextLine {
        kind,
        text: text.to_owned(),
    };
    vec![
        line(LineKind::Amount, "Pay 1.45 EUR"),
        line(LineKind::Other, "to"),
        line(LineKind::Payee, &format!("\"{payee}\"")),
        line(LineKind::Order, "for order \"A-17\""),
        line(LineKind::Other, "until 2026-11-24 23:41:05 UTC"),
        line(LineKind::Other, "(ref 0F3A91BC)"),
    ]
}

/// A picture as it is read by a decoder of PNG that knows nothing of ours.
struct Seen {
    width: usize,
    height: usize,
    /// How dark each pixel is.
    ink: Vec<u8>,
}

impl Seen {
    fn of(file: &[u8]) -> Self {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().expect("a PNG file");
        let mut data = vec![0; reader.output_buffer_size().expect("small")];
        let info = reader.next_frame(&mut data).expect("a whole picture");
        let samples = info.color_type.samples();
        Self {
            width: info.width as usize,
            height: info.height as usize,
            ink: data.chunks_exact(samples).map(|pixel| 255 - pixel[0]).collect(),
        }
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        self.ink[y * self.width + x] > 100
    }

    /// Columns with ink, the first and the last, of rows from `top` to `bottom`.
    fn extent(&self, top: usize, bottom: usize) -> (usize, usize) {
        let has_ink = |x: &usize| (top..bottom).any(|y| self.is_dark(*x, y));
        let first = (0..self.width).find(has_ink).expect("ink");
        let last = (0..self.width).rev().find(has_ink).expect("ink");
        (first, last)
    }

    /// Runs of rows with ink: the lines of text, and the dots and marks that stand apart.
    fn bands(&self) -> Vec<(usize, usize)> {
        let mut bands: Vec<(usize, usize)> = Vec::new();
        for y in 0..self.height {
            if !(0..self.width).any(|x| self.is_dark(x, y)) {
                continue;
            }
            match bands.last_mut() {
                Some((_, end)) if *end == y => *end = y + 1,
                _ => bands.push((y, y + 1)),
            }
        }
        bands
    }
}

fn drawn(fonts: &Fonts, payee: &str) -> Vec<u8> {
    draw(&lines(payee), fonts, &STANDARD).unwrap_or_else(|error| panic!("{payee}: {error}"))
}

/// Names of many kinds, none like another.
const NAMES: [&str; 14] = [
    "德国邮政",
    "德國郵政",
    "德国 邮政",
    "株式会社 山田",
    "주식회사 한국",
    "Müller & Söhne",
    "Muller & Sohne",
    "Société Générale",
    "Почта России",
    "Ελληνικά Ταχυδρομεία",
    "דואר ישראל",
    "البريد السعودي",
    "Café 北京 24",
    "Crème Brûlée GmbH & Co. KG für Österreich und Südtirol, Zweigstelle Zürich",
];

#[test]
fn a_name_of_any_script_is_drawn_whole_in_the_size_that_was_asked_for() {
    let Some(fonts) = fonts() else { return };
    for name in NAMES {
        let file = drawn(fonts, name);
        assert!(file.len() <= PICTURE_BYTES_MAX, "{name}: {} bytes", file.len());
        STANDARD.check_png(&file).expect("the header that was asked for");
        let seen = Seen::of(&file);
        assert_eq!((seen.width, seen.height), (640, 400));
        // Nothing touches the edge, so nothing was cut off.
        let bands = seen.bands();
        let (top, bottom) = (bands[0].0, bands[bands.len() - 1].1);
        let (left, right) = seen.extent(top, bottom);
        assert!(top >= 8 && bottom <= 392 && left >= 8 && right <= 632, "{name}");
        assert!(bands.len() >= 6, "{name}: {bands:?}");
        if let Ok(folder) = std::env::var("SMILE_DRAWN_DIR") {
            let place = Path::new(&folder).join(format!("{name}.png").replace(['/', ' '], "_"));
            std::fs::write(place, &file).expect("written");
        }
    }
}

#[test]
fn the_same_text_is_the_same_file_and_another_text_is_another() {
    let Some(fonts) = fonts() else { return };
    let files: Vec<Vec<u8>> = NAMES.iter().map(|name| drawn(fonts, name)).collect();
    for (index, file) in files.iter().enumerate() {
        assert!(!files[..index].contains(file), "{}", NAMES[index]);
    }
    // Fonts that are read anew, whatever was drawn with them before.
    let fresh = Fonts::load(&[PathBuf::from(LATIN), PathBuf::from(CHINESE)]).expect("read before");
    for (name, file) in NAMES.iter().zip(&files).rev() {
        assert_eq!(drawn(&fresh, name), *file, "{name}");
    }
    // Each line counts, and each character of it.
    let base = drawn(fonts, "德国邮政");
    for (line, text) in [
        (0, "Pay 1.46 EUR"),
        (3, "for order \"A-18\""),
        (5, "(ref 0F3A91BD)"),
    ] {
        let mut other = lines("德国邮政");
        text.clone_into(&mut other[line].text);
        assert_ne!(draw(&other, fonts, &STANDARD), Ok(base.clone()), "{text}");
    }
}

/// One character more is more ink: at one size, the names that lack it are blank where it stands.
#[test]
fn every_character_leaves_ink_of_its_own() {
    let Some(fonts) = fonts() else { return };
    let ink = |payee: &str| -> u64 {
        let seen = Seen::of(&drawn(fonts, payee));
        seen.ink.iter().map(|ink| u64::from(*ink)).sum()
    };
    for name in ["德国邮政", "Почта", "אבגד", "한국우편", "Çà et là"] {
        let mut sum = ink("·");
        let mut begun = String::new();
        for at in name.chars() {
            begun.push(at);
            if at == ' ' {
                continue;
            }
            let now = ink(&format!("{begun}·"));
            assert!(now > sum + 1_000, "{begun}: {now} after {sum}");
            sum = now;
        }
    }
}

#[test]
fn a_name_from_right_to_left_stands_at_the_right_and_moves_nothing_else() {
    let Some(fonts) = fonts() else { return };
    let seen = Seen::of(&drawn(fonts, "דואר"));
    let other = Seen::of(&drawn(fonts, "Почт"));
    let line = |seen: &Seen, number: usize| {
        let (top, bottom) = seen.bands()[number];
        seen.extent(top, bottom)
    };
    // Amount, "to", name.
    let ((left, right), (latin_left, _)) = (line(&seen, 2), line(&other, 2));
    assert!(right > 560 && left > 320, "{left}..{right}");
    assert!(latin_left < 80, "{latin_left}");
    for number in [0, 1] {
        assert_eq!(line(&seen, number), line(&other, number));
    }
    // What is written first stands at the right: of two names that begin alike the right end is the same.
    let longer = Seen::of(&drawn(fonts, "דואב"));
    let (top, bottom) = seen.bands()[2];
    for y in top..bottom {
        for x in (right - 60)..right {
            assert_eq!(seen.is_dark(x, y), longer.is_dark(x, y));
        }
    }
}

#[test]
fn a_long_name_takes_several_lines_and_says_where_a_word_goes_on() {
    let Some(fonts) = fonts() else { return };
    let long = "郵".repeat(100);
    let seen = Seen::of(&drawn(fonts, &long));
    let in_margin = |seen: &Seen| {
        let dark = |y: &usize| (seen.width - 16..seen.width).any(|x| seen.is_dark(x, *y));
        (0..seen.height).filter(dark).count()
    };
    assert!(in_margin(&seen) > 0, "no mark");
    assert_eq!(in_margin(&Seen::of(&drawn(fonts, "郵便"))), 0);
    // A break at a space needs none; with the space and without it the pictures differ.
    let (words, word) = (
        format!("{} {}", "郵".repeat(14), "便".repeat(14)),
        format!("{}{}", "郵".repeat(14), "便".repeat(14)),
    );
    assert_ne!(drawn(fonts, &words), drawn(fonts, &word));
}

#[test]
fn what_no_font_has_is_named() {
    let Some(fonts) = fonts() else { return };
    let refused = draw(&lines("郵\u{13000}便\u{10ffe}"), fonts, &STANDARD);
    let expected = Undrawable::NoGlyph(vec!['\u{10ffe}', '\u{13000}']);
    assert_eq!(refused, Err(expected.clone()));
    assert_eq!(
        expected.to_string(),
        "no font of pictures.fonts has a glyph for U+10FFE, U+13000"
    );
    assert!(draw(&lines("郵便"), fonts, &STANDARD).is_ok());
    // A font that is not read is not asked.
    let latin = Fonts::load(&[PathBuf::from(LATIN)]).expect("read before");
    let refused = draw(&lines("Müller 郵"), &latin, &STANDARD);
    assert_eq!(refused, Err(Undrawable::NoGlyph(vec!['郵'])));
    assert!(draw(&lines("Müller"), &latin, &STANDARD).is_ok());
}

#[test]
fn what_a_font_draws_nothing_for_is_named() {
    let Some(fonts) = fonts() else { return };
    // The blank of braille is a symbol with a glyph and without a dot.
    let refused = draw(&lines("\u{2801}\u{2800}"), fonts, &STANDARD);
    assert_eq!(refused, Err(Undrawable::NoInk('\u{2800}')));
    assert!(draw(&lines("\u{2801}\u{2801}"), fonts, &STANDARD).is_ok());
}

#[test]
fn what_cannot_be_read_on_a_small_display_is_refused() {
    let Some(fonts) = fonts() else { return };
    let of = |width, height| DisplayPngCharacteristics {
        width,
        height,
        ..STANDARD
    };
    assert!(draw(&lines("郵便"), fonts, &of(320, 240)).is_ok());
    for (width, height) in [(64, 32), (320, 100), (100, 240)] {
        let refused = draw(&lines("郵便"), fonts, &of(width, height));
        assert_eq!(refused, Err(Undrawable::DoesNotFit), "{width}x{height}");
    }
    // A long name does not fit where a short one does.
    let refused = draw(&lines(&"郵".repeat(100)), fonts, &of(320, 240));
    assert_eq!(refused, Err(Undrawable::DoesNotFit));
}

#[test]
fn each_header_that_is_made_is_the_one_that_was_asked_for() {
    let Some(fonts) = fonts() else { return };
    let colours = [0, 90, 255].map(|r| RgbPaletteEntry {
        r,
        g: r,
        b: 120 + r / 2,
    });
    for (color_type, depths) in [
        (0, &[1, 2, 4, 8][..]),
        (2, &[8]),
        (3, &[2, 4, 8]),
        (4, &[8]),
        (6, &[8]),
    ] {
        for &bit_depth in depths {
            for named in [false, true] {
                let form = DisplayPngCharacteristics {
                    width: 480,
                    height: 321,
                    bit_depth,
                    color_type,
                    plte: if named { colours.to_vec() } else { Vec::new() },
                    ..STANDARD
                };
                if named && !matches!(color_type, 2 | 3 | 6) {
                    continue;
                }
                let file = draw(&lines("郵便"), fonts, &form)
                    .unwrap_or_else(|error| panic!("{color_type}/{bit_depth}: {error}"));
                form.check_png(&file).expect("as asked");
                assert!(Seen::of(&file).bands().len() >= 6, "{color_type}/{bit_depth}");
            }
        }
    }
}

#[test]
fn what_is_not_made_is_refused() {
    type Change = fn(&mut DisplayPngCharacteristics);
    let changes: [Change; 12] = [
        |form| form.width = 0,
        |form| form.height = 2049,
        |form| form.compression = 1,
        |form| form.filter = 1,
        |form| form.interlace = 1,
        |form| form.bit_depth = 3,
        |form| form.bit_depth = 16,
        |form| (form.color_type, form.bit_depth) = (2, 16),
        |form| (form.width, form.height) = (1024, 1025),
        |form| form.color_type = 5,
        |form| (form.color_type, form.bit_depth) = (2, 4),
        |form| {
            (form.color_type, form.plte) = (
                3,
                vec![
                    RgbPaletteEntry {
                        r: 100,
                        g: 100,
                        b: 100,
                    },
                    RgbPaletteEntry {
                        r: 120,
                        g: 120,
                        b: 120,
                    },
                ],
            );
        },
    ];
    assert!(is_drawn(&STANDARD));
    for (width, height) in [(1024, 1024), (2048, 512), (512, 2048)] {
        let largest = DisplayPngCharacteristics {
            width,
            height,
            bit_depth: 8,
            color_type: 2,
            ..STANDARD
        };
        assert!(is_drawn(&largest), "{width}x{height}");
    }
    for (number, change) in changes.iter().enumerate() {
        let mut form = STANDARD;
        change(&mut form);
        assert!(!is_drawn(&form), "{number}");
    }
}

#[test]
fn fonts_are_read_from_files_and_folders_or_the_reason_is_told() {
    let Some(fonts) = fonts() else { return };
    let [latin, chinese] = fonts.files() else {
        panic!("two files")
    };
    assert_eq!((latin.path.to_str(), latin.faces), (Some(LATIN), 1));
    assert_eq!((latin.sha256.len(), chinese.sha256.len()), (64, 64));
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |path: &Path| Fonts::load(&[path.to_owned()]).err();
    let (at, why) = refused(folder.path()).expect("empty");
    assert_eq!(at, folder.path());
    assert!(why.starts_with("has no font"), "{why}");
    let text = folder.path().join("a.ttf");
    std::fs::write(&text, "no font").expect("written");
    let (at, why) = refused(folder.path()).expect("not a font");
    assert_eq!((at, why.as_str()), (text.clone(), "is not a font"));
    let (at, why) = refused(&folder.path().join("none.ttf")).expect("not there");
    assert!(at.ends_with("none.ttf") && why.contains("No such file"), "{why}");
    std::fs::remove_file(&text).expect("removed");
    // Bold faces of a folder are passed over, and a file that is named must be of use.
    let bold = LATIN.replace("Sans.ttf", "Sans-Bold.ttf");
    std::fs::copy(&bold, folder.path().join("0.ttf")).expect("copied");
    std::fs::copy(LATIN, folder.path().join("1.TTF")).expect("copied");
    let found = Fonts::load(&[folder.path().to_owned()]).expect("one of two");
    let names: Vec<_> = found.files().iter().map(|file| file.path.file_name()).collect();
    assert_eq!(names, [Some(std::ffi::OsStr::new("1.TTF"))]);
    let (_, why) = refused(Path::new(&bold)).expect("bold only");
    assert_eq!(why, "has no upright face of regular weight");
}

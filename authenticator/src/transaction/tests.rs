#![allow(clippy::unwrap_used)]

use smile_protocol::base64url;
use smile_protocol::hash::HashAlgorithm;
use smile_protocol::metadata::DisplayPngCharacteristics;
use smile_protocol::uaf::assertion::signed_data::TransactionContentHash;
use smile_protocol::uaf::authentication::{IMAGE_PNG, Transaction};

use super::{Confirmation, PICTURE, TransactionConfirmed, select};
use crate::error::AuthenticatorError as Error;
use crate::rehearsal::{Rehearsal, Screen};

/// What the ASM does with the forms, and what the authenticator does with the one that it picked.
fn confirm(forms: &[Transaction], screen: &mut Screen) -> Result<Option<TransactionConfirmed>, Error> {
    select(forms, false)?
        .map(|content| super::confirm(&content, false, screen))
        .transpose()
}

/// The same on a display that shows pictures too.
fn confirm_on_pictures(
    forms: &[Transaction],
    screen: &mut Screen,
) -> Result<Option<TransactionConfirmed>, Error> {
    select(forms, true)?
        .map(|content| super::confirm(&content, true, screen))
        .transpose()
}

/// A PNG file with these characteristics, and these chunks before its data.
fn png(shown: &DisplayPngCharacteristics, others: &[&[u8; 4]]) -> Vec<u8> {
    let mut header = [shown.width.to_be_bytes(), shown.height.to_be_bytes()].concat();
    header.extend([
        shown.bit_depth,
        shown.color_type,
        shown.compression,
        shown.filter,
        shown.interlace,
    ]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], data: &[u8]| {
        file.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        let covered = [&kind[..], data].concat();
        let sum = crc(&covered);
        file.extend(covered);
        file.extend(sum.to_be_bytes());
    };
    chunk(b"IHDR", &header);
    for kind in others {
        chunk(kind, &[0, 0]);
    }
    chunk(b"IDAT", &pixels());
    chunk(b"IEND", b"");
    file
}

/// White pixels of [`PICTURE`], as another encoder packs them.
fn pixels() -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, PICTURE.width, PICTURE.height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Four);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![0xFF; 320 * 400]).unwrap();
    writer.finish().unwrap();
    let mut data = Vec::new();
    let mut rest = &file[8..];
    while let [a, b, c, d, kind @ ..] = rest {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        if kind.starts_with(b"IDAT") {
            data.extend_from_slice(&kind[4..4 + length]);
        }
        rest = &kind[4 + length + 4..];
    }
    data
}

/// A file whose frame is sound, with other data in it.
fn png_of(data: &[u8]) -> Vec<u8> {
    let whole = png(&PICTURE, &[]);
    let from = whole.windows(4).position(|four| four == b"IDAT").unwrap();
    let mut file = whole[..from - 4].to_vec();
    let covered = [&b"IDAT"[..], data].concat();
    file.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
    file.extend(&covered);
    file.extend(crc(&covered).to_be_bytes());
    file.extend_from_slice(&whole[whole.len() - 12..]);
    file
}

fn crc(covered: &[u8]) -> u32 {
    !covered.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xEDB8_8320 & (0_u32.wrapping_sub(sum & 1)))
        })
    })
}

fn form_of(file: &[u8], shown: &DisplayPngCharacteristics) -> Transaction {
    Transaction {
        content_type: IMAGE_PNG.to_owned(),
        content: base64url::encode(file),
        tc_display_png_characteristics: Some(shown.clone()),
    }
}

const STAMP: &str = "Pay 1.45 EUR to Stamps & Co\nOrder 4711";

fn text(content: &[u8]) -> Transaction {
    let mut transaction = Transaction::text_plain("x").unwrap();
    transaction.content = base64url::encode(content);
    transaction
}

fn picture() -> Transaction {
    Transaction {
        content_type: IMAGE_PNG.to_owned(),
        content: base64url::encode(b"\x89PNG"),
        tc_display_png_characteristics: Some(DisplayPngCharacteristics {
            width: 320,
            height: 200,
            bit_depth: 1,
            color_type: 0,
            compression: 0,
            filter: 0,
            interlace: 0,
            plte: Vec::new(),
        }),
    }
}

#[test]
fn the_text_is_shown_as_sent_and_its_hash_is_what_was_shown() {
    let rehearsal = Rehearsal::new();
    let confirmed = confirm(&[text(STAMP.as_bytes())], &mut rehearsal.screen())
        .unwrap()
        .unwrap();
    assert_eq!(rehearsal.take_diary(), [format!("shown: {STAMP}")]);
    assert_eq!(
        confirmed.content_hash(),
        TransactionContentHash::of(HashAlgorithm::Sha256, STAMP.as_bytes())
    );
}

#[test]
fn without_a_transaction_nothing_is_shown() {
    let rehearsal = Rehearsal::new();
    assert!(confirm(&[], &mut rehearsal.screen()).unwrap().is_none());
    assert!(rehearsal.take_diary().is_empty());
}

#[test]
fn of_several_forms_the_text_is_shown() {
    let rehearsal = Rehearsal::new();
    let forms = [picture(), text(b"Pay 1 EUR")];
    assert!(confirm(&forms, &mut rehearsal.screen()).unwrap().is_some());
    assert_eq!(rehearsal.take_diary(), ["shown: Pay 1 EUR"]);
}

#[test]
fn a_transaction_that_cannot_be_shown_faithfully_is_refused_and_not_shown() {
    let rehearsal = Rehearsal::new();
    let mut not_base64url = text(b"Pay 1 EUR");
    not_base64url.content.push('=');
    for refused in [
        picture(),
        text(b""),
        text(b" \n "),
        text(&[b'a'; 201]),
        text("Pay 1 €".as_bytes()),
        text(b"Pay 1 EUR\rPay 9 EUR"),
        text(b"Pay 9\x08 EUR"),
        text(b"\x1b[2K Pay"),
        text(b"Pay\0"),
        text(b"Pay\x7f"),
        text(b"\xff\xfe"),
        not_base64url,
    ] {
        let error = confirm(&[refused], &mut rehearsal.screen()).err().unwrap();
        assert!(matches!(error, Error::TransactionContent { .. }), "{error}");
    }
    assert!(rehearsal.take_diary().is_empty());
    for accepted in [text(&[b'a'; 200]), text(b"Pay 1 EUR"), text(b"~ !\n")] {
        assert!(confirm(&[accepted], &mut rehearsal.screen()).unwrap().is_some());
    }
}

#[test]
fn a_form_that_shows_nothing_is_not_taken_for_no_transaction() {
    assert!(matches!(
        select(&[text(b"")], true),
        Err(Error::TransactionContent { .. })
    ));
    assert_eq!(select(&[], true).unwrap(), None);
    assert_eq!(select(&[text(b"x")], true).unwrap(), Some(b"x".to_vec()));
}

#[test]
fn only_a_user_who_agrees_confirms() {
    let rehearsal = Rehearsal::new();
    let ask = |answer| {
        let mut screen = rehearsal.screen();
        screen.answer = answer;
        confirm(&[text(b"Pay 1 EUR")], &mut screen).map(|confirmed| confirmed.is_some())
    };
    assert!(matches!(ask(Confirmation::Cancelled), Err(Error::Cancelled)));
    assert!(matches!(ask(Confirmation::TimedOut), Err(Error::NotResponsive)));
    assert!(matches!(
        ask(Confirmation::CannotDisplay),
        Err(Error::TransactionContent { .. })
    ));
    assert!(ask(Confirmation::Confirmed).unwrap());
}

#[test]
fn a_picture_is_shown_as_sent_where_pictures_are_shown() {
    let rehearsal = Rehearsal::new();
    let file = png(&PICTURE, &[]);
    let form = form_of(&file, &PICTURE);
    let confirmed = confirm_on_pictures(std::slice::from_ref(&form), &mut rehearsal.screen())
        .unwrap()
        .unwrap();
    let said = format!("shown: {} bytes of a picture", file.len());
    assert_eq!(rehearsal.take_diary(), [said]);
    assert_eq!(
        confirmed.content_hash(),
        TransactionContentHash::of(HashAlgorithm::Sha256, &file)
    );
    let refused = confirm(std::slice::from_ref(&form), &mut rehearsal.screen());
    assert!(matches!(refused.err(), Some(Error::TransactionContent { .. })));
    // By a command no type is told: the bytes say it.
    let refused = super::confirm(&file, false, &mut rehearsal.screen());
    assert!(matches!(refused.err(), Some(Error::TransactionContent { .. })));
    assert!(rehearsal.take_diary().is_empty());
    // Where there is a text, it is what is shown.
    let forms = [form, text(b"Pay 1 EUR")];
    assert!(
        confirm_on_pictures(&forms, &mut rehearsal.screen())
            .unwrap()
            .is_some()
    );
    assert_eq!(rehearsal.take_diary(), ["shown: Pay 1 EUR"]);
}

#[test]
fn a_picture_that_could_look_different_elsewhere_is_not_shown() {
    let rehearsal = Rehearsal::new();
    let other = |change: fn(&mut DisplayPngCharacteristics)| {
        let mut shown = PICTURE;
        change(&mut shown);
        shown
    };
    let mut forms: Vec<Transaction> = [
        other(|one| one.width = 320),
        other(|one| one.height = 401),
        other(|one| one.bit_depth = 8),
        other(|one| one.interlace = 1),
    ]
    .iter()
    // The header of the file differs from what was said of it, and from what is shown here.
    .flat_map(|one| {
        [
            form_of(&png(one, &[]), &PICTURE),
            form_of(&png(&PICTURE, &[]), one),
        ]
    })
    .collect();
    // Transparency, further frames, colours, words: all that an honest picture has no need of.
    for kind in [b"tRNS", b"acTL", b"fcTL", b"fdAT", b"gAMA", b"iCCP", b"tEXt"] {
        forms.push(form_of(&png(&PICTURE, &[kind]), &PICTURE));
    }
    let mut damaged = png(&PICTURE, &[]);
    damaged[50] ^= 1;
    forms.push(form_of(&damaged, &PICTURE));
    forms.push(form_of(&[&png(&PICTURE, &[])[..], b"more"].concat(), &PICTURE));
    for form in forms {
        let refused = confirm_on_pictures(&[form], &mut rehearsal.screen());
        assert!(matches!(refused.err(), Some(Error::TransactionContent { .. })));
    }
    assert!(rehearsal.take_diary().is_empty());
    let sound = form_of(&png(&PICTURE, &[]), &PICTURE);
    assert!(
        confirm_on_pictures(&[sound], &mut rehearsal.screen())
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_picture_of_which_a_part_would_stay_blank_is_not_shown() {
    let rehearsal = Rehearsal::new();
    let whole = pixels();
    let mut wrong_sum = whole.clone();
    *wrong_sum.last_mut().unwrap() ^= 1;
    for data in [&whole[..whole.len() / 2], b"pixels", &[], &wrong_sum] {
        let form = form_of(&png_of(data), &PICTURE);
        let refused = confirm_on_pictures(&[form], &mut rehearsal.screen());
        assert!(matches!(refused.err(), Some(Error::TransactionContent { .. })));
    }
    assert!(rehearsal.take_diary().is_empty());
    let sound = form_of(&png_of(&whole), &PICTURE);
    assert!(
        confirm_on_pictures(&[sound], &mut rehearsal.screen())
            .unwrap()
            .is_some()
    );
}

#[test]
fn only_a_user_who_agrees_confirms_a_picture() {
    let rehearsal = Rehearsal::new();
    let ask = |answer| {
        let mut screen = rehearsal.screen();
        screen.answer = answer;
        let form = form_of(&png(&PICTURE, &[]), &PICTURE);
        confirm_on_pictures(&[form], &mut screen).map(|confirmed| confirmed.is_some())
    };
    assert!(matches!(ask(Confirmation::Cancelled), Err(Error::Cancelled)));
    assert!(matches!(ask(Confirmation::TimedOut), Err(Error::NotResponsive)));
    assert!(matches!(
        ask(Confirmation::CannotDisplay),
        Err(Error::TransactionContent { .. })
    ));
    assert!(ask(Confirmation::Confirmed).unwrap());
}

/// An app that does not say how it shows pictures shows none.
#[test]
fn a_screen_shows_no_pictures_unless_it_can() {
    struct Words;
    impl super::TransactionDisplay for Words {
        fn confirm(&mut self, _: &str) -> Confirmation {
            Confirmation::Confirmed
        }
    }
    let refused = super::confirm(&png(&PICTURE, &[]), true, &mut Words);
    assert!(matches!(refused.err(), Some(Error::TransactionContent { .. })));
    assert!(super::confirm(b"Pay 1 EUR", true, &mut Words).is_ok());
}

//! YUV4MPEG2: a line of parameters, and for each picture the word `FRAME` and three planes of eight bits.

use std::io::{BufRead, Read};

use smile_models::Image;
use zeroize::Zeroizing;

use super::Rate;

/// The first bytes of a clip.
pub const MAGIC: &[u8] = b"YUV4MPEG2 ";
/// Longest line: a few parameters, and comments of whoever wrote it.
const LINE_BYTES_MAX: u64 = 1024;
/// Largest side, in pixels, as a page's pictures have it.
const SIDE_MAX_PX: u32 = 1280;
/// Where a clip names no rate that can be.
const USUAL: Rate = Rate {
    pictures: 30,
    seconds: 1,
};

/// How the pictures of a clip lie in it.
#[derive(PartialEq, Eq, Debug)]
pub struct Header {
    width: u32,
    height: u32,
    /// Pixels of a row, and rows, that share one value of colour; `None` where there is no colour.
    shared: Option<(u32, u32)>,
    /// Black is 0 and white 255, instead of 16 and 235.
    is_full_range: bool,
    pub rate: Rate,
}

/// A line without its end; `None` at the end of the clip.
fn line(clip: &mut impl BufRead) -> Result<Option<String>, String> {
    let mut bytes = Vec::new();
    let read = clip.take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes);
    if read.map_err(|error| error.to_string())? == 0 {
        return Ok(None);
    }
    let text = bytes
        .strip_suffix(b"\n")
        .ok_or("a line of parameters is too long")?;
    let text = std::str::from_utf8(text).map_err(|_| "a line of parameters is no text")?;
    Ok(Some(text.to_owned()))
}

impl Header {
    /// Reads the first line.
    pub fn read(clip: &mut impl BufRead) -> Result<Self, String> {
        let line = line(clip)?.unwrap_or_default();
        let (mut width, mut height, mut rate) = (0, 0, None);
        let (mut colours, mut is_full_range) = ("420".to_owned(), false);
        for word in line.split(' ').skip(1).filter(|word| !word.is_empty()) {
            let (tag, value) = word.split_at_checked(1).ok_or("a parameter is no ASCII")?;
            match tag {
                "W" => width = value.parse().unwrap_or(0),
                "H" => height = value.parse().unwrap_or(0),
                "F" => rate = value.split_once(':').and_then(fraction),
                "C" => value.clone_into(&mut colours),
                "I" if !matches!(value, "p" | "?") => return Err("pictures are interlaced".to_owned()),
                "X" => is_full_range |= value == "COLORRANGE=FULL",
                _ => {}
            }
        }
        if !(1..=SIDE_MAX_PX).contains(&width) || !(1..=SIDE_MAX_PX).contains(&height) {
            return Err(format!("a side must have 1 to {SIDE_MAX_PX} pixels"));
        }
        let shared = match colours.as_str() {
            "420" | "420jpeg" | "420mpeg2" | "420paldv" => Some((2, 2)),
            "422" => Some((2, 1)),
            "444" => Some((1, 1)),
            "mono" => None,
            _ => return Err(format!("the colours {colours:?} are not taken")),
        };
        Ok(Self {
            width,
            height,
            shared,
            is_full_range,
            rate: rate.unwrap_or(USUAL),
        })
    }

    /// Width and height of a plane of colour.
    fn plane(&self) -> (u32, u32) {
        self.shared.map_or((0, 0), |(across, down)| {
            (self.width.div_ceil(across), self.height.div_ceil(down))
        })
    }

    /// The next picture; `None` at the end of the clip.
    pub fn picture(&self, clip: &mut impl BufRead) -> Result<Option<Image>, String> {
        match line(clip)? {
            None => return Ok(None),
            Some(line) if line == "FRAME" || line.starts_with("FRAME ") => {}
            Some(_) => return Err("a picture does not begin with FRAME".to_owned()),
        }
        let (across, down) = self.plane();
        let luma = (self.width * self.height) as usize;
        let colour = (across * down) as usize;
        let mut planes = Zeroizing::new(vec![0; luma + 2 * colour]);
        let read = clip.read_exact(&mut planes);
        read.map_err(|_| "the clip ends within a picture".to_owned())?;
        let mut rgb = Zeroizing::new(Vec::with_capacity(3 * luma));
        for y in 0..self.height {
            for x in 0..self.width {
                let luminance = planes[(y * self.width + x) as usize];
                let (blue, red) = match self.shared {
                    None => (128, 128),
                    Some((of_row, of_rows)) => {
                        let at = luma + (y / of_rows * across + x / of_row) as usize;
                        (planes[at], planes[at + colour])
                    }
                };
                rgb.extend(self.rgb(luminance, blue, red));
            }
        }
        let image = Image::from_rgb8(self.width, self.height, std::mem::take(&mut *rgb));
        image.map(Some).map_err(|error| error.to_string())
    }

    /// ITU-R BT.601, in 256ths.
    fn rgb(&self, luminance: u8, blue: u8, red: u8) -> [u8; 3] {
        let (blue, red) = (i32::from(blue) - 128, i32::from(red) - 128);
        let luminance = i32::from(luminance);
        let channels = if self.is_full_range {
            let grey = 256 * luminance;
            [grey + 359 * red, grey - 88 * blue - 183 * red, grey + 454 * blue]
        } else {
            let grey = 298 * (luminance - 16);
            [grey + 409 * red, grey - 100 * blue - 208 * red, grey + 516 * blue]
        };
        channels.map(|channel| u8::try_from(((channel + 128) >> 8).clamp(0, 255)).expect("clamped"))
    }
}

fn fraction((pictures, seconds): (&str, &str)) -> Option<Rate> {
    let rate = Rate {
        pictures: pictures.parse().ok()?,
        seconds: seconds.parse().ok()?,
    };
    (rate.pictures > 0 && rate.seconds > 0).then_some(rate)
}

#[cfg(test)]
mod tests {
    use super::{Header, Rate};

    fn header(line: &str) -> Result<Header, String> {
        Header::read(&mut format!("YUV4MPEG2 {line}\n").as_bytes())
    }

    #[test]
    fn the_first_line_says_size_rate_and_colours() {
        let read = header("W4 H2 F30000:1001 Ip A1:1 C420jpeg XYSCSS=420JPEG XCOLORRANGE=FULL").unwrap();
        assert_eq!((read.width, read.height, read.shared), (4, 2, Some((2, 2))));
        assert!(read.is_full_range);
        let rate = Rate {
            pictures: 30_000,
            seconds: 1001,
        };
        assert_eq!(read.rate, rate);
        assert_eq!(header("W4 H2").unwrap().rate.pictures, 30);
        assert_eq!(header("W4 H2 F0:0").unwrap().rate.pictures, 30);
        for bad in [
            "H2",
            "W4",
            "W0 H2",
            "W1281 H2",
            "W4 H2 C420p10",
            "W4 H2 It",
            "W4 H2 é",
        ] {
            assert!(header(bad).is_err(), "{bad}");
        }
        assert!(Header::read(&mut format!("YUV4MPEG2 W4 H2 X{}\n", "x".repeat(2000)).as_bytes()).is_err());
    }

    #[test]
    fn pictures_are_black_white_and_coloured_as_they_should_be() {
        // Two pixels of white above two of black; the colour is red in the right half only.
        let planes = [235, 235, 16, 16, 128, 128, 128, 128, 128, 240, 128, 240];
        let clip = [b"FRAME\n".as_slice(), &planes].concat();
        let read = header("W2 H2 C444").unwrap();
        let image = read.picture(&mut clip.as_slice()).unwrap().unwrap();
        let rgb = image.rgb();
        assert_eq!(rgb[..3], [255, 255, 255]);
        assert_eq!(rgb[6..9], [0, 0, 0]);
        assert!(rgb[9] > 150 && rgb[10] == 0 && rgb[11] == 0, "{:?}", &rgb[9..12]);
        let full = header("W2 H2 Cmono XCOLORRANGE=FULL").unwrap();
        let grey = full.picture(&mut b"FRAME Ip\n\x00\x80\xff\x10".as_slice());
        assert_eq!(
            grey.unwrap().unwrap().rgb(),
            [0, 0, 0, 128, 128, 128, 255, 255, 255, 16, 16, 16]
        );
        // An odd side shares its last colours with nobody.
        let odd = header("W3 H1 C420").unwrap();
        assert_eq!(odd.plane(), (2, 1));
    }

    #[test]
    fn a_picture_that_is_none_is_refused_and_the_end_is_no_picture() {
        let read = header("W2 H2 Cmono").unwrap();
        assert!(read.picture(&mut b"".as_slice()).unwrap().is_none());
        assert!(read.picture(&mut b"FRAME\nabc".as_slice()).is_err());
        assert!(read.picture(&mut b"FRAMES\nabcd".as_slice()).is_err());
        assert!(read.picture(&mut b"FRAME\nabcd".as_slice()).unwrap().is_some());
    }
}

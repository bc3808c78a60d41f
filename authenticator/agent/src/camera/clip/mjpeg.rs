//! JPEGs one behind the other, as cameras and converters write them. Where one ends its own markers say (ITU-T T.81, B).

use std::io::{BufRead, Read};

use smile_models::Image;
use zeroize::Zeroizing;

use super::Rate;

/// Nothing in such a clip says it.
pub const RATE: Rate = Rate {
    pictures: 30,
    seconds: 1,
};
/// Largest picture: a camera's of 1280 × 720 has a tenth.
const PICTURE_BYTES_MAX: usize = 4 * 1024 * 1024;

const START: u8 = 0xD8;
const END: u8 = 0xD9;
const SCAN: u8 = 0xDA;

/// The next picture; `None` at the end of the clip.
pub fn picture(clip: &mut impl BufRead) -> Result<Option<Image>, String> {
    let is_over = clip.fill_buf().map_err(|error| error.to_string())?.is_empty();
    if is_over {
        return Ok(None);
    }
    let jpeg = jpeg(clip)?;
    let image = Image::decode_jpeg(&jpeg);
    image.map(Some).map_err(|error| error.to_string())
}

struct Copy<'a, R> {
    clip: &'a mut R,
    jpeg: Zeroizing<Vec<u8>>,
}

impl<R: Read> Copy<'_, R> {
    fn take(&mut self, count: usize) -> Result<&[u8], String> {
        let begin = self.jpeg.len();
        if begin + count > PICTURE_BYTES_MAX {
            return Err("a picture has more than 4 MiB".to_owned());
        }
        self.jpeg.resize(begin + count, 0);
        let read = self.clip.read_exact(&mut self.jpeg[begin..]);
        read.map_err(|_| "the clip ends within a picture".to_owned())?;
        Ok(&self.jpeg[begin..])
    }

    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    /// The code of the marker that has to stand here; any number of fill bytes may stand before it.
    fn marker(&mut self) -> Result<u8, String> {
        if self.byte()? != 0xFF {
            return Err("a marker of a JPEG is missing".to_owned());
        }
        self.code()
    }

    fn code(&mut self) -> Result<u8, String> {
        loop {
            match self.byte()? {
                0xFF => {}
                code => return Ok(code),
            }
        }
    }

    /// What is compressed, up to the next marker that is none of it; its code.
    fn scan(&mut self) -> Result<u8, String> {
        loop {
            if self.byte()? == 0xFF {
                match self.code()? {
                    // A byte of data, or a restart.
                    0 | 0xD0..=0xD7 => {}
                    code => return Ok(code),
                }
            }
        }
    }
}

/// The bytes from a start of image to its end.
fn jpeg(clip: &mut impl BufRead) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut copy = Copy {
        clip,
        jpeg: Zeroizing::default(),
    };
    if copy.marker()? != START {
        return Err("what follows a JPEG is none".to_owned());
    }
    let mut code = copy.marker()?;
    while code != END {
        let length = copy.take(2)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let rest = length.checked_sub(2).ok_or("a segment of a JPEG is too short")?;
        copy.take(rest)?;
        code = match code {
            SCAN => copy.scan()?,
            _ => copy.marker()?,
        };
    }
    Ok(copy.jpeg)
}

#[cfg(test)]
mod tests {
    use super::{jpeg, picture};

    const PICTURE: &[u8] = include_bytes!("../../../../../models/tests/reference/rgb.jpg");

    #[test]
    fn pictures_are_cut_where_they_end_and_not_where_a_thumbnail_does() {
        // A segment of an application that holds the end of a picture.
        let thumbnail = [0xFF, 0xE1, 0, 6, 0xFF, 0xD8, 0xFF, 0xD9];
        let with_one = [&PICTURE[..2], &thumbnail, &PICTURE[2..]].concat();
        let clip = [PICTURE, &with_one, PICTURE].concat();
        let mut rest = clip.as_slice();
        for expected in [PICTURE, &with_one, PICTURE] {
            assert_eq!(&**jpeg(&mut rest).unwrap(), expected);
        }
        assert!(picture(&mut rest).unwrap().is_none());
    }

    #[test]
    fn what_is_cut_off_or_no_picture_is_refused() {
        assert!(picture(&mut &PICTURE[..]).unwrap().is_some());
        for length in [1, 3, 20, PICTURE.len() - 1] {
            assert!(picture(&mut &PICTURE[..length]).is_err(), "{length}");
        }
        for bad in [
            b"\xFF\xD8\xFF\xE0\x00\x01\xFF\xD9".as_slice(),
            b"\xFF\xD8hello",
            b"\xFF\xD9",
        ] {
            assert!(picture(&mut &bad[..]).is_err(), "{bad:?}");
        }
        let huge = [b"\xFF\xD8\xFF\xDA\x00\x02".as_slice(), &vec![0; 4 * 1024 * 1024]].concat();
        assert_eq!(
            picture(&mut huge.as_slice()).err().as_deref(),
            Some("a picture has more than 4 MiB")
        );
    }
}

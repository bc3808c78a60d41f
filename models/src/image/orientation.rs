//! Which way up a photograph is: the EXIF orientation tag, and turning by it.
//!
//! Phones store the sensor's picture and a note how to turn it; a detector shown a face lying on its side finds none.

use super::Image;
use zeroize::Zeroizing;

/// EXIF 2.32 §4.6.4: tag 0x0112, a SHORT of 1..=8.
const TAG_ORIENTATION: u16 = 0x0112;
const TYPE_SHORT: u16 = 3;
/// A first directory holds a few dozen entries; a larger count is a lie or not worth reading.
const MAX_ENTRIES: usize = 512;

/// Reads the orientation (1..=8) out of an EXIF block that begins with its TIFF header; 1 (upright) when it says
/// nothing readable, since a damaged note is no reason to refuse a photograph.
pub(super) fn read(exif: &[u8]) -> u8 {
    let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    let little = match exif.get(..4) {
        Some([b'I', b'I', 42, 0]) => true,
        Some([b'M', b'M', 0, 42]) => false,
        _ => return 1,
    };
    let short = |at: usize| {
        let bytes: [u8; 2] = exif.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    };
    let find = || {
        let bytes: [u8; 4] = exif.get(4..8)?.try_into().ok()?;
        let directory = if little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        } as usize;
        let entries = usize::from(short(directory)?).min(MAX_ENTRIES);
        (0..entries).map(|i| directory + 2 + 12 * i).find_map(|at| {
            (short(at)? == TAG_ORIENTATION && short(at + 2)? == TYPE_SHORT)
                .then(|| short(at + 8))
                .flatten()
        })
    };
    match find() {
        Some(value @ 1..=8) => value as u8,
        _ => 1,
    }
}

/// Turns (and mirrors) a picture whose stored form has this orientation so that it stands upright.
pub(super) fn upright(image: Image, orientation: u8) -> Image {
    if !(2..=8).contains(&orientation) {
        return image;
    }
    let (w, h) = (image.width as usize, image.height as usize);
    let swapped = orientation >= 5;
    let (out_w, out_h) = if swapped { (h, w) } else { (w, h) };
    let mut rgb = Zeroizing::new(vec![0_u8; image.rgb.len()]);
    for (y, row) in rgb.chunks_exact_mut(out_w * 3).enumerate() {
        for (x, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            // The stored pixel that belongs at (x, y) of the upright picture.
            let (sx, sy) = match orientation {
                2 => (w - 1 - x, y),
                3 => (w - 1 - x, h - 1 - y),
                4 => (x, h - 1 - y),
                5 => (y, x),
                6 => (y, h - 1 - x),
                7 => (w - 1 - y, h - 1 - x),
                _ => (w - 1 - y, x),
            };
            let at = (sy * w + sx) * 3;
            pixel.copy_from_slice(&image.rgb[at..at + 3]);
        }
    }
    // Both sides come from an Image, so they fit.
    Image {
        width: out_w as u32,
        height: out_h as u32,
        rgb,
    }
}

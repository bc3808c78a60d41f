//! Pictures: RGB, eight bits, and the limits under which they enter.

mod codec;
mod orientation;
mod resample;
#[cfg(test)]
mod tests;

use crate::ModelError;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// Largest encoded picture accepted, in bytes. A 16-megapixel photograph at high JPEG quality stays below 16 MiB;
/// twice that leaves room for PNG.
pub const MAX_ENCODED_BYTES: usize = 32 << 20;

/// Largest side of a picture, in pixels: phone cameras reach 8,160.
pub const MAX_SIDE_PX: u32 = 8192;

/// Largest area of a picture, in pixels: 16 Mi, which is 48 MiB of RGB. Phone cameras give 12 megapixels by default.
pub const MAX_PIXELS: u64 = 16 << 20;

/// A picture: interleaved RGB, 8 bits a channel, row by row from the top left, no padding between rows.
///
/// A face may be on it, so it is a secret: no `Debug`, `Clone` or `Serialize`, and zeroed when dropped.
pub struct Image {
    width: u32,
    height: u32,
    rgb: Zeroizing<Vec<u8>>,
}

/// The `Zeroizing` inside does it.
impl ZeroizeOnDrop for Image {}

impl Image {
    /// Takes over `width × height × 3` bytes of interleaved RGB.
    ///
    /// # Errors
    /// [`ModelError::PictureSize`] when a limit is broken, [`ModelError::PixelCount`] when the length does not fit;
    /// the bytes are zeroed in both cases.
    pub fn from_rgb8(width: u32, height: u32, rgb: Vec<u8>) -> Result<Self, ModelError> {
        let rgb = Zeroizing::new(rgb);
        let expected = check_size(u64::from(width), u64::from(height))?;
        if rgb.len() != expected {
            return Err(ModelError::PixelCount {
                expected,
                found: rgb.len(),
            });
        }
        Ok(Self { width, height, rgb })
    }

    /// Decodes a JPEG or a PNG, told apart by their first bytes.
    ///
    /// # Errors
    /// [`ModelError::UnknownFormat`], or those of [`Image::decode_jpeg`] and [`Image::decode_png`].
    pub fn decode(bytes: &[u8]) -> Result<Self, ModelError> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Self::decode_jpeg(bytes),
            [0x89, b'P', b'N', b'G', ..] => Self::decode_png(bytes),
            _ => Err(ModelError::UnknownFormat),
        }
    }

    /// Decodes a JPEG (baseline or progressive; grey, YCbCr, RGB or CMYK) and turns it upright by its EXIF
    /// orientation.
    ///
    /// # Errors
    /// [`ModelError::EncodedTooLong`], [`ModelError::PictureSize`] (checked on the header, before pixels are
    /// decoded), [`ModelError::Jpeg`].
    pub fn decode_jpeg(bytes: &[u8]) -> Result<Self, ModelError> {
        codec::decode_jpeg(bytes)
    }

    /// Decodes a PNG of any colour type; 16-bit channels lose their low byte, transparent pixels are laid on white.
    ///
    /// # Errors
    /// [`ModelError::EncodedTooLong`], [`ModelError::PictureSize`] (checked on the header), [`ModelError::Png`].
    pub fn decode_png(bytes: &[u8]) -> Result<Self, ModelError> {
        codec::decode_png(bytes)
    }

    /// Width in pixels, `1..=`[`MAX_SIDE_PX`].
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, `1..=`[`MAX_SIDE_PX`].
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The pixels: `height` rows of `width` RGB triples.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The picture enlarged (or reduced) by `scale` in both directions, sizes rounded to the nearest pixel; see
    /// [`Image::resized`].
    ///
    /// Small clips need this before detection: at three times its size a 176×144 face keeps a cosine of 0.55 to its
    /// owner where it falls to 0.37 at native size.
    ///
    /// # Errors
    /// [`ModelError::Scale`] for a factor that is not finite and positive, [`ModelError::PictureSize`] when the
    /// result would break a limit.
    pub fn resize_bicubic(&self, scale: f32) -> Result<Self, ModelError> {
        if !(scale.is_finite() && scale > 0.0) {
            return Err(ModelError::Scale(scale));
        }
        // A float-to-integer cast saturates, so an absurd factor ends in PictureSize and not in a wrap.
        let side = |n: u32| (f64::from(n) * f64::from(scale)).round().max(1.0) as u64;
        let (width, height) = (side(self.width), side(self.height));
        check_size(width, height)?;
        self.resized(width as u32, height as u32)
    }

    /// The picture resampled to `width × height` by a bicubic filter (Keys, a = −0.75, pixel centres, edge pixels
    /// repeated). Where it shrinks, the filter is stretched so that every source pixel counts.
    ///
    /// # Errors
    /// [`ModelError::PictureSize`] when the asked size breaks a limit.
    pub fn resized(&self, width: u32, height: u32) -> Result<Self, ModelError> {
        check_size(u64::from(width), u64::from(height))?;
        Ok(resample::bicubic(self, width, height))
    }
}

/// Checks a picture size and returns the bytes it takes as RGB.
fn check_size(width: u64, height: u64) -> Result<usize, ModelError> {
    let side = 1..=u64::from(MAX_SIDE_PX);
    if !side.contains(&width) || !side.contains(&height) || width * height > MAX_PIXELS {
        return Err(ModelError::PictureSize {
            width,
            height,
            max_side: MAX_SIDE_PX,
            max_pixels: MAX_PIXELS,
        });
    }
    Ok((width * height * 3) as usize)
}

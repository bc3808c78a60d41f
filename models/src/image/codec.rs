//! JPEG and PNG bytes to pixels.

use super::{Image, MAX_ENCODED_BYTES, MAX_PIXELS, MAX_SIDE_PX, check_size, orientation};
use crate::ModelError;
use std::io::Cursor;
use zeroize::Zeroizing;
use zune_jpeg::{
    JpegDecoder,
    zune_core::{colorspace::ColorSpace, options::DecoderOptions},
};

fn check_length(bytes: &[u8]) -> Result<(), ModelError> {
    if bytes.len() > MAX_ENCODED_BYTES {
        return Err(ModelError::EncodedTooLong {
            found: bytes.len(),
            limit: MAX_ENCODED_BYTES,
        });
    }
    Ok(())
}

pub(super) fn decode_jpeg(bytes: &[u8]) -> Result<Image, ModelError> {
    check_length(bytes)?;
    let refuse = |cause: &dyn std::fmt::Display| ModelError::Jpeg(cause.to_string());
    let options = DecoderOptions::default()
        // Our own check below gives the better message; these stop the decoder should it ever differ from ours.
        .set_max_width(MAX_SIDE_PX as usize * 2)
        .set_max_height(MAX_SIDE_PX as usize * 2)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    decoder.decode_headers().map_err(|e| refuse(&e))?;
    let (width, height) = decoder.dimensions().ok_or_else(|| refuse(&"no frame header"))?;
    let expected = check_size(width as u64, height as u64)?;
    let turn = decoder.exif().map_or(1, |exif| orientation::read(exif));
    let pixels = Zeroizing::new(decoder.decode().map_err(|e| refuse(&e))?);
    if pixels.len() != expected {
        return Err(refuse(&"the decoder gave another colour space than RGB"));
    }
    // check_size bounds both sides by MAX_SIDE_PX, so the casts lose nothing.
    Ok(orientation::upright(
        Image {
            width: width as u32,
            height: height as u32,
            rgb: pixels,
        },
        turn,
    ))
}

pub(super) fn decode_png(bytes: &[u8]) -> Result<Image, ModelError> {
    check_length(bytes)?;
    let refuse = |cause: png::DecodingError| ModelError::Png(cause.to_string());
    // Four bytes a pixel at most after normalisation, and as much again for the decoder's own rows and chunks.
    let limits = png::Limits {
        bytes: MAX_PIXELS as usize * 8,
    };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(refuse)?;
    let (width, height) = (reader.info().width, reader.info().height);
    check_size(u64::from(width), u64::from(height))?;
    let size = reader
        .output_buffer_size()
        .ok_or_else(|| ModelError::Png("size overflows".into()))?;
    let mut pixels = Zeroizing::new(vec![0_u8; size]);
    let frame = reader.next_frame(&mut pixels).map_err(refuse)?;
    let rgb = to_rgb(&pixels[..frame.buffer_size()], frame.color_type);
    Image::from_rgb8(width, height, rgb)
}

/// Eight-bit PNG pixels of any colour type as RGB, transparency laid on white.
fn to_rgb(pixels: &[u8], color: png::ColorType) -> Vec<u8> {
    let over_white = |value: u8, alpha: u8| {
        let (value, alpha) = (u32::from(value), u32::from(alpha));
        ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    match color {
        png::ColorType::Rgb => pixels.to_vec(),
        png::ColorType::Rgba => pixels
            .chunks_exact(4)
            .flat_map(|p| [0, 1, 2].map(|c| over_white(p[c], p[3])))
            .collect(),
        png::ColorType::GrayscaleAlpha => pixels
            .chunks_exact(2)
            .flat_map(|p| [over_white(p[0], p[1]); 3])
            .collect(),
        // normalize_to_color8 expands palettes, so what is left is grey.
        png::ColorType::Grayscale | png::ColorType::Indexed => pixels.iter().flat_map(|&p| [p; 3]).collect(),
    }
}

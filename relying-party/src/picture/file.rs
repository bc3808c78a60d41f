//! A sheet of ink as a PNG file with the header that a display asks for (Metadata §3.7).

use png::{BitDepth, ColorType, Compression, Encoder, Filter};
use smile_ceremony::limits::PICTURE_BYTES_MAX;
use smile_protocol::metadata::DisplayPngCharacteristics;

use super::Undrawable;
use super::canvas::Canvas;

/// Longest side of a picture in pixels.
const SIDE_MAX: u32 = 2048;

/// Most pixels of a picture: four of Smile's own displays. What is drawn for is what an app says of its display, which
/// nobody signed, and each pixel is packed.
const PIXELS_MAX: u32 = 1024 * 1024;

/// How much lighter paper must be than ink where a display names its colours, of 255: less is hard to read.
const CONTRAST_MIN: u32 = 128;

/// How many greys are tried, the most first: a file with fewer is smaller.
const GREYS: [u32; 3] = [16, 4, 2];

/// How pixels are written.
pub(super) struct Pixels {
    width: u32,
    height: u32,
    color: ColorType,
    depth: BitDepth,
    /// Red, green and blue of each entry, and how light it is; for indexed colours.
    palette: Vec<([u8; 3], u32)>,
    writes_palette: bool,
}

impl Pixels {
    /// As these characteristics ask; `None` for what is not made here: sides of more than 2048 pixels or more than
    /// 1,048,576 pixels in all, samples of 16 bits, interlaced pictures, and palettes without contrast.
    pub(super) fn of(form: &DisplayPngCharacteristics) -> Option<Self> {
        let sized = |side: u32| (1..=SIDE_MAX).contains(&side);
        if !sized(form.width) || !sized(form.height) || form.width * form.height > PIXELS_MAX {
            return None;
        }
        if (form.compression, form.filter, form.interlace) != (0, 0, 0) {
            return None;
        }
        let color = ColorType::from_u8(form.color_type)?;
        let depth = BitDepth::from_u8(form.bit_depth)?;
        // PNG §11.2.2: which depths go with which colours.
        let goes_together = match color {
            _ if depth == BitDepth::Sixteen => false,
            ColorType::Grayscale | ColorType::Indexed => true,
            ColorType::Rgb | ColorType::GrayscaleAlpha | ColorType::Rgba => depth == BitDepth::Eight,
        };
        // A palette beside colours that need none is a suggestion (PNG §11.2.3); it is in the header that is compared.
        let writes_palette = color == ColorType::Indexed || !form.plte.is_empty();
        let is_grey = matches!(color, ColorType::Grayscale | ColorType::GrayscaleAlpha);
        if !goes_together || (is_grey && writes_palette) {
            return None;
        }
        let palette = if writes_palette {
            palette(form, depth)?
        } else {
            Vec::new()
        };
        Some(Self {
            width: form.width,
            height: form.height,
            color,
            depth,
            palette,
            writes_palette,
        })
    }

    /// The file, with as many greys as fit.
    pub(super) fn encode(&self, canvas: &Canvas) -> Result<Vec<u8>, Undrawable> {
        for greys in GREYS {
            let file = self.encode_with(canvas, greys);
            if file.len() <= PICTURE_BYTES_MAX {
                return Ok(file);
            }
        }
        Err(Undrawable::TooLarge)
    }

    fn encode_with(&self, canvas: &Canvas, greys: u32) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(self.color);
        encoder.set_depth(self.depth);
        encoder.set_compression(Compression::High);
        // Filters help photographs; flat letters are smaller without.
        encoder.set_filter(Filter::NoFilter);
        if self.writes_palette {
            let entries: Vec<u8> = self.palette.iter().flat_map(|(rgb, _)| *rgb).collect();
            encoder.set_palette(entries);
        }
        let mut data = Vec::new();
        for row in canvas.rows() {
            self.write_row(row, greys, &mut data);
        }
        let written = encoder.write_header().and_then(|mut writer| {
            writer.write_image_data(&data)?;
            writer.finish()
        });
        written.expect("memory takes every byte, and the data has the header's size");
        file
    }

    fn write_row(&self, row: &[u8], greys: u32, data: &mut Vec<u8>) {
        let bits = self.depth as u32;
        let most = (1_u32 << bits) - 1;
        let (mut byte, mut filled) = (0_u32, 0);
        for &ink in row {
            let light = 255 - quantised(u32::from(ink), greys);
            for sample in self.samples(light, most) {
                match bits {
                    8 => data.push(u8::try_from(sample).unwrap_or(u8::MAX)),
                    _ => {
                        byte = byte << bits | sample;
                        filled += bits;
                        if filled == 8 {
                            data.push(u8::try_from(byte).unwrap_or(u8::MAX));
                            (byte, filled) = (0, 0);
                        }
                    }
                }
            }
        }
        // PNG §7.2: a row begins at a byte; what is left of the last one has no meaning.
        if filled > 0 {
            data.push(u8::try_from(byte << (8 - filled)).unwrap_or(u8::MAX));
        }
    }

    /// The samples of a pixel of this lightness, 0 to 255, each at most `most`.
    fn samples(&self, light: u32, most: u32) -> Vec<u32> {
        let scaled = (light * most + 127) / 255;
        match self.color {
            ColorType::Grayscale => vec![scaled],
            ColorType::GrayscaleAlpha => vec![scaled, most],
            ColorType::Rgb => vec![scaled; 3],
            ColorType::Rgba => vec![scaled, scaled, scaled, most],
            ColorType::Indexed => vec![self.nearest(light)],
        }
    }

    /// The entry of the palette for a lightness between its darkest and its lightest colour.
    fn nearest(&self, light: u32) -> u32 {
        let lights = || self.palette.iter().map(|(_, light)| *light);
        let (darkest, lightest) = (lights().min().unwrap_or(0), lights().max().unwrap_or(255));
        let wanted = darkest + light * (lightest - darkest) / 255;
        let index = (0_u32..)
            .zip(lights())
            .min_by_key(|(_, one)| one.abs_diff(wanted));
        index.map_or(0, |(index, _)| index)
    }
}

/// The nearest of so many steps from paper to ink.
fn quantised(ink: u32, greys: u32) -> u32 {
    let steps = greys - 1;
    (ink * steps + 127) / 255 * 255 / steps
}

/// The colours that the display names, or greys where it takes any.
fn palette(form: &DisplayPngCharacteristics, depth: BitDepth) -> Option<Vec<([u8; 3], u32)>> {
    let room = 1_u32 << (depth as u32).min(8);
    let entries: Vec<[u8; 3]> = if form.plte.is_empty() {
        let greys = room.min(16);
        let grey = |index: u32| u8::try_from(index * 255 / (greys - 1)).unwrap_or(u8::MAX);
        (0..greys).map(|index| [grey(index); 3]).collect()
    } else {
        let sample = |value: u16| u8::try_from(value).ok();
        let entry = |one: &smile_protocol::metadata::RgbPaletteEntry| {
            Some([sample(one.r)?, sample(one.g)?, sample(one.b)?])
        };
        form.plte.iter().map(entry).collect::<Option<_>>()?
    };
    if entries.len() > room as usize {
        return None;
    }
    // ITU-R BT.601, in thousandths.
    let light = |[r, g, b]: [u8; 3]| (u32::from(r) * 299 + u32::from(g) * 587 + u32::from(b) * 114) / 1000;
    let lit: Vec<_> = entries.into_iter().map(|rgb| (rgb, light(rgb))).collect();
    let lights = || lit.iter().map(|(_, light)| *light);
    (lights().max()? - lights().min()? >= CONTRAST_MIN).then_some(lit)
}

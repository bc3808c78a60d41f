//! What a transaction display can show (Metadata §3.6, §3.7), and whether a picture is such.

use serde_json::Value;

use crate::error::{FieldRule, ProtocolError};
use crate::json::{FromJson, Node, ObjectWriter, ToJson, serde_as_json};
use crate::limits;
use crate::metadata::png;

/// A colour of a palette (Metadata §3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RgbPaletteEntry {
    /// Red.
    pub r: u16,
    /// Green.
    pub g: u16,
    /// Blue.
    pub b: u16,
}

impl FromJson for RgbPaletteEntry {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            r: node.required_as("r")?,
            g: node.required_as("g")?,
            b: node.required_as("b")?,
        })
    }
}

impl ToJson for RgbPaletteEntry {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("r", self.r)
            .put("g", self.g)
            .put("b", self.b)
            .finish()
    }
}

/// What a transaction display can show (Metadata §3.7); the values of a PNG header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayPngCharacteristics {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Bits per sample.
    pub bit_depth: u8,
    /// PNG colour type.
    pub color_type: u8,
    /// PNG compression method.
    pub compression: u8,
    /// PNG filter method.
    pub filter: u8,
    /// PNG interlace method.
    pub interlace: u8,
    /// The palette; empty without one.
    pub plte: Vec<RgbPaletteEntry>,
}

/// Metadata §3.7: 1 to 256 palette entries.
fn entries(palette: &Node<'_>) -> Result<Vec<RgbPaletteEntry>, ProtocolError> {
    let entries: Vec<RgbPaletteEntry> = palette.list_of(1)?;
    let (actual, max) = (entries.len(), limits::PALETTE_ENTRIES);
    if actual <= max {
        Ok(entries)
    } else {
        Err(palette.error(FieldRule::Length { min: 1, max, actual }))
    }
}

impl DisplayPngCharacteristics {
    /// The characteristics of a PNG file: those of its IHDR, and the entries of its PLTE.
    ///
    /// # Errors
    /// [`ProtocolError::Field`] `png` where the bytes are not one whole PNG file: signature, framing, check sums and
    /// order of the chunks, and an IHDR that the PNG specification allows. The picture's data is not unpacked.
    pub fn of_png(bytes: &[u8]) -> Result<Self, ProtocolError> {
        png::read(bytes, png::Others::Ancillary)
    }

    /// As [`Self::of_png`], of a file that looks alike wherever it is shown: header, palette, data and end, and nothing
    /// else. Other chunks make pixels transparent, change colours, or bring further frames, where a viewer knows them.
    ///
    /// # Errors
    /// As [`Self::of_png`], and [`ProtocolError::Field`] `png` where there is any other chunk.
    pub fn of_plain_png(bytes: &[u8]) -> Result<Self, ProtocolError> {
        png::read(bytes, png::Others::None)
    }

    /// That a PNG file has these characteristics. Where they name no palette, any will do.
    ///
    /// # Errors
    /// As [`Self::of_png`], and [`ProtocolError::Field`] naming the member that differs.
    pub fn check_png(&self, bytes: &[u8]) -> Result<(), ProtocolError> {
        let shown = Self::of_png(bytes)?;
        let members = [
            ("width", self.width == shown.width),
            ("height", self.height == shown.height),
            ("bitDepth", self.bit_depth == shown.bit_depth),
            ("colorType", self.color_type == shown.color_type),
            ("compression", self.compression == shown.compression),
            ("filter", self.filter == shown.filter),
            ("interlace", self.interlace == shown.interlace),
            ("plte", self.plte.is_empty() || self.plte == shown.plte),
        ];
        match members.iter().find(|(_, same)| !same) {
            None => Ok(()),
            Some((member, _)) => Err(ProtocolError::field(
                format!("tcDisplayPNGCharacteristics.{member}"),
                FieldRule::Other("is not the picture's"),
            )),
        }
    }
}

impl FromJson for DisplayPngCharacteristics {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            width: node.required_as("width")?,
            height: node.required_as("height")?,
            bit_depth: node.required_as("bitDepth")?,
            color_type: node.required_as("colorType")?,
            compression: node.required_as("compression")?,
            filter: node.required_as("filter")?,
            interlace: node.required_as("interlace")?,
            plte: match node.optional("plte")? {
                Some(palette) => entries(&palette)?,
                None => Vec::new(),
            },
        })
    }
}

impl ToJson for DisplayPngCharacteristics {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("width", self.width)
            .put("height", self.height)
            .put("bitDepth", self.bit_depth)
            .put("colorType", self.color_type)
            .put("compression", self.compression)
            .put("filter", self.filter)
            .put("interlace", self.interlace)
            .put_list("plte", &self.plte)
            .finish()
    }
}

serde_as_json!(DisplayPngCharacteristics);

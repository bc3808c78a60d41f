//! The frame of a PNG file (PNG, second edition): chunks, IHDR, PLTE. Nothing is unpacked.

use crate::error::{FieldRule, ProtocolError};
use crate::metadata::display::{DisplayPngCharacteristics, RgbPaletteEntry};

/// PNG §5.2.
const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n'];

/// Bytes of a chunk's length and type, which stand before its data.
const HEAD_BYTES: usize = 8;

/// Bytes of a chunk's check sum, which stands behind its data.
const CHECK_BYTES: usize = 4;

/// Colour type of pictures whose pixels are indices into the palette (PNG §11.2.2).
const INDEXED: u8 = 3;

fn refused(rule: &'static str) -> ProtocolError {
    ProtocolError::field("png", FieldRule::Other(rule))
}

/// One chunk: type and data.
struct Chunk<'b> {
    kind: [u8; 4],
    data: &'b [u8],
}

impl<'b> Chunk<'b> {
    /// The first chunk of `bytes`, and what follows it.
    fn split_from(bytes: &'b [u8]) -> Result<(Self, &'b [u8]), ProtocolError> {
        let truncated = || refused("ends inside a chunk");
        let [l0, l1, l2, l3, k0, k1, k2, k3, ..] = *bytes else {
            return Err(truncated());
        };
        let length = usize::try_from(u32::from_be_bytes([l0, l1, l2, l3])).map_err(|_| truncated())?;
        let end = length.checked_add(HEAD_BYTES).ok_or_else(truncated)?;
        let data = bytes.get(HEAD_BYTES..end).ok_or_else(truncated)?;
        let rest = &bytes[end..];
        let check = rest.first_chunk::<CHECK_BYTES>().ok_or_else(truncated)?;
        // PNG §5.5: the check sum covers type and data.
        if crc_32(&bytes[4..end]) != u32::from_be_bytes(*check) {
            return Err(refused("has a chunk with a wrong check sum"));
        }
        let kind = [k0, k1, k2, k3];
        Ok((Self { kind, data }, &rest[CHECK_BYTES..]))
    }

    /// PNG §5.4: an upper-case first letter marks a chunk that a decoder must understand.
    const fn is_critical(&self) -> bool {
        self.kind[0].is_ascii_uppercase()
    }
}

/// Which chunks beside header, palette, data and end a file may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    /// Those that a decoder may pass over (PNG §5.4).
    Ancillary,
    /// None.
    None,
}

/// Reads a whole file.
pub(super) fn read(bytes: &[u8], others: Others) -> Result<DisplayPngCharacteristics, ProtocolError> {
    let rest = bytes
        .strip_prefix(&SIGNATURE)
        .ok_or_else(|| refused("does not begin as a PNG file"))?;
    // PNG §5.6: IHDR is the first chunk.
    let (first, mut rest) = Chunk::split_from(rest)?;
    if &first.kind != b"IHDR" {
        return Err(refused("does not begin with IHDR"));
    }
    let mut shown = header(first.data)?;
    let (mut has_data, mut previous) = (false, first.kind);
    loop {
        let (chunk, following) = Chunk::split_from(rest)?;
        rest = following;
        let before = std::mem::replace(&mut previous, chunk.kind);
        match &chunk.kind {
            b"PLTE" if has_data || !shown.plte.is_empty() => {
                return Err(refused("has a second PLTE, or one behind the picture's data"));
            }
            b"PLTE" => shown.plte = palette(chunk.data, &shown)?,
            // PNG §5.6: multiple IDAT chunks are consecutive.
            b"IDAT" if has_data && &before != b"IDAT" => {
                return Err(refused("has IDAT chunks with another chunk between them"));
            }
            b"IDAT" => has_data = true,
            b"IEND" if rest.is_empty() && chunk.data.is_empty() => break,
            b"IEND" => return Err(refused("has bytes in or behind IEND")),
            _ if chunk.is_critical() => {
                return Err(refused("has a critical chunk that is not defined at this place"));
            }
            _ if others == Others::None => {
                return Err(refused("has a chunk whose effect depends on who shows it"));
            }
            _ => {}
        }
    }
    if !has_data {
        return Err(refused("has no IDAT"));
    }
    if shown.color_type == INDEXED && shown.plte.is_empty() {
        return Err(refused("has indexed colours and no PLTE"));
    }
    Ok(shown)
}

/// PNG §11.2.2.
fn header(data: &[u8]) -> Result<DisplayPngCharacteristics, ProtocolError> {
    let [
        w0,
        w1,
        w2,
        w3,
        h0,
        h1,
        h2,
        h3,
        bit_depth,
        color_type,
        compression,
        filter,
        interlace,
    ] = *data
    else {
        return Err(refused("has an IHDR that is not 13 bytes long"));
    };
    let (width, height) = (
        u32::from_be_bytes([w0, w1, w2, w3]),
        u32::from_be_bytes([h0, h1, h2, h3]),
    );
    let sized = |side: u32| (1..1 << 31).contains(&side);
    if !sized(width) || !sized(height) {
        return Err(refused("has a width or height that is not 1 to 2^31 - 1"));
    }
    let depth_fits = match color_type {
        0 => matches!(bit_depth, 1 | 2 | 4 | 8 | 16),
        INDEXED => matches!(bit_depth, 1 | 2 | 4 | 8),
        2 | 4 | 6 => matches!(bit_depth, 8 | 16),
        _ => false,
    };
    if !depth_fits {
        return Err(refused("has a colour type and bit depth that do not go together"));
    }
    if compression != 0 || filter != 0 || interlace > 1 {
        return Err(refused("has an unknown compression, filter or interlace method"));
    }
    Ok(DisplayPngCharacteristics {
        width,
        height,
        bit_depth,
        color_type,
        compression,
        filter,
        interlace,
        plte: Vec::new(),
    })
}

/// PNG §11.2.3: 1 to 256 entries of three bytes, no more than the bit depth can index, none for grey pictures.
fn palette(data: &[u8], shown: &DisplayPngCharacteristics) -> Result<Vec<RgbPaletteEntry>, ProtocolError> {
    if matches!(shown.color_type, 0 | 4) {
        return Err(refused("has a PLTE though it is grey"));
    }
    let most = match shown.color_type {
        INDEXED => 1 << shown.bit_depth,
        _ => crate::limits::PALETTE_ENTRIES,
    };
    let (entries, left) = data.as_chunks::<3>();
    if entries.is_empty() || !left.is_empty() || entries.len() > most {
        return Err(refused(
            "has a PLTE of a length that its bit depth does not allow",
        ));
    }
    let entry = |[r, g, b]: &[u8; 3]| RgbPaletteEntry {
        r: u16::from(*r),
        g: u16::from(*g),
        b: u16::from(*b),
    };
    Ok(entries.iter().map(entry).collect())
}

/// PNG annex D: the CRC of ISO 3309, bit by bit; a picture has at most 32 KiB here.
fn crc_32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| {
        if crc & 1 == 1 {
            0xEDB8_8320 ^ (crc >> 1)
        } else {
            crc >> 1
        }
    };
    let sum = bytes
        .iter()
        .fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step));
    !sum
}

#[cfg(test)]
mod tests;

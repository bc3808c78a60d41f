//! Ink on paper: how dark each pixel is.

use cosmic_text::{SwashContent, SwashImage};

/// A sheet of pixels; 0 is paper, 255 is ink.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Canvas {
    width: u32,
    height: u32,
    ink: Vec<u8>,
}

impl Canvas {
    /// An empty sheet.
    pub(super) fn new(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            ink: vec![0; width as usize * height as usize],
        }
    }

    /// The rows of pixels, from above.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.ink.chunks_exact(self.width as usize)
    }

    /// Puts a glyph where its origin is; whether all of it is on the sheet and some of it is ink. Glyphs in colours count
    /// as nothing: what they show does not survive in greys.
    pub(super) fn stamp(&mut self, image: &SwashImage, x: i32, y: i32) -> bool {
        if image.content != SwashContent::Mask {
            return false;
        }
        let (left, top) = (x + image.placement.left, y - image.placement.top);
        let mut has_ink = false;
        let columns = image.placement.width as usize;
        for (row, line) in (top..).zip(image.data.chunks_exact(columns.max(1))) {
            for (column, &ink) in (left..).zip(line) {
                if ink == 0 {
                    continue;
                }
                let Some(pixel) = self.pixel(column, row) else {
                    return false;
                };
                *pixel = (*pixel).max(ink);
                has_ink = true;
            }
        }
        has_ink
    }

    /// A triangle in the margin at the end of a line that goes on within a word: on the right, or on the left where the
    /// line runs to the left. It stands `middle` from above, in a margin of this width.
    pub(super) fn mark(&mut self, middle: f32, margin: f32, to_the_left: bool) {
        // A side has at most 2048 pixels.
        let (middle, side) = (middle as i32, (margin / 3.0) as i32);
        let width = self.width as i32;
        for column in 0..side {
            let reach = (side - column) / 2;
            let x = if to_the_left {
                side * 2 - column
            } else {
                width - 1 - side * 2 + column
            };
            for y in middle - reach..=middle + reach {
                if let Some(pixel) = self.pixel(x, y) {
                    *pixel = 255;
                }
            }
        }
    }

    fn pixel(&mut self, x: i32, y: i32) -> Option<&mut u8> {
        let (x, y) = (u32::try_from(x).ok()?, u32::try_from(y).ok()?);
        let is_on = x < self.width && y < self.height;
        is_on.then(|| &mut self.ink[(y * self.width + x) as usize])
    }
}

//! Pictures of payments' texts: a name that is not ASCII cannot be sent as text (UAF §3.5.1), and is never transliterated.
//!
//! [`draw`] is a pure function of the text's lines, the fonts and the characteristics of the display: the same three give
//! the same bytes. It draws all of the text and nothing else, or refuses: a character that no font has, one that would
//! leave no ink, a text that cannot be read on so small a display.
//!
//! The one mark that is not of the text is a small triangle at the edge of a line that breaks within a word: there is no
//! space where it stands. Without it two names that differ in a space could give the same picture.

mod canvas;
mod file;
mod fonts;
mod layout;

use std::fmt;

pub use fonts::{FontFile, Fonts};
use smile_ceremony::payment::TextLine;
use smile_protocol::metadata::DisplayPngCharacteristics;

/// What is drawn for where nobody's display is known yet: 640 × 400 pixels of 16 greys. A phone shows it at its full
/// width; it takes some five thousand bytes of the sixteen thousand that a picture may have.
pub const STANDARD: DisplayPngCharacteristics = DisplayPngCharacteristics {
    width: 640,
    height: 400,
    bit_depth: 4,
    color_type: 0,
    compression: 0,
    filter: 0,
    interlace: 0,
    plte: Vec::new(),
};

/// Why a text was not drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Undrawable {
    /// No font has these characters.
    NoGlyph(Vec<char>),
    /// A font has this character, and draws nothing for it.
    NoInk(char),
    /// The text does not fit on such a display at a size that can be read.
    DoesNotFit,
    /// Pictures with such characteristics are not made here.
    FormUnsupported,
    /// The file is larger than a message has room for.
    TooLarge,
}

impl fmt::Display for Undrawable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoGlyph(missing) => {
                let named: Vec<String> = missing.iter().map(|at| code_point(*at)).collect();
                write!(
                    f,
                    "no font of pictures.fonts has a glyph for {}",
                    named.join(", ")
                )
            }
            Self::NoInk(at) => write!(
                f,
                "the font of pictures.fonts draws nothing for {}",
                code_point(*at)
            ),
            Self::DoesNotFit => f.write_str("does not fit on the picture at a size that can be read"),
            Self::FormUnsupported => {
                f.write_str("the user's authenticators show no pictures that can be drawn")
            }
            Self::TooLarge => f.write_str("makes a picture that is larger than a message has room for"),
        }
    }
}

impl std::error::Error for Undrawable {}

fn code_point(at: char) -> String {
    format!("U+{:04X}", u32::from(at))
}

/// Whether pictures with these characteristics are made here.
#[must_use]
pub fn is_drawn(form: &DisplayPngCharacteristics) -> bool {
    file::Pixels::of(form).is_some()
}

/// A PNG file of these lines, with the header that `form` names.
///
/// # Errors
/// [`Undrawable`].
pub fn draw(
    lines: &[TextLine],
    fonts: &Fonts,
    form: &DisplayPngCharacteristics,
) -> Result<Vec<u8>, Undrawable> {
    let pixels = file::Pixels::of(form).ok_or(Undrawable::FormUnsupported)?;
    let canvas = fonts.with_engine(|engine| {
        let page = layout::Page::fitting(lines, engine, form.width, form.height)?;
        page.onto_canvas(engine)
    })?;
    pixels.encode(&canvas)
}

#[cfg(test)]
mod tests;

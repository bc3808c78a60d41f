//! Where each glyph stands: the lines of the text at the largest size at which all of them fit.

use std::ops::Range;

use cosmic_text::{Attrs, Buffer, Family, LayoutGlyph, Metrics, Shaping, Wrap};
use smile_ceremony::payment::{LineKind, TextLine};

use super::Undrawable;
use super::canvas::Canvas;
use super::fonts::Engine;

/// Smallest size of letters in pixels. Chinese characters of fewer lose strokes.
const SIZE_MIN: u16 = 16;

/// What the lines that the buyer must not miss are larger by.
const EMPHASIS: f32 = 1.5;

/// What stands clear below the name, in sizes of the letters: amount and name belong together, the rest is of them.
const GAP: f32 = 0.4;

/// A line's height in sizes of its letters: marks above and below stay within it.
const LINE_HEIGHT: f32 = 1.35;

/// The lines of a text, laid out.
pub(super) struct Page {
    width: u32,
    height: u32,
    margin: f32,
    placed: Vec<Placed>,
}

/// A paragraph, and where its upper edge is.
struct Placed {
    buffer: Buffer,
    top: f32,
}

/// A line of the text, in spans that are drawn with one face each.
struct Spanned<'t> {
    line: &'t TextLine,
    spans: Vec<(Range<usize>, String)>,
}

impl<'t> Spanned<'t> {
    fn of(line: &'t TextLine, engine: &mut Engine) -> Result<Self, Vec<char>> {
        let (mut spans, mut missing): (Vec<(Range<usize>, String)>, Vec<char>) = (Vec::new(), Vec::new());
        for (start, at) in line.text.char_indices() {
            let end = start + at.len_utf8();
            let Some(name) = engine.face_for(at) else {
                missing.push(at);
                continue;
            };
            match spans.last_mut() {
                Some((range, last)) if *last == name => range.end = end,
                _ => spans.push((start..end, name)),
            }
        }
        if missing.is_empty() {
            Ok(Self { line, spans })
        } else {
            Err(missing)
        }
    }

    fn is_emphasised(&self) -> bool {
        matches!(self.line.kind, LineKind::Amount | LineKind::Payee)
    }

    /// Names may take several lines. An amount that breaks could be read as another one.
    fn may_break(&self) -> bool {
        matches!(self.line.kind, LineKind::Payee | LineKind::Order)
    }

    fn laid_out(&self, engine: &mut Engine, size: u16, width: f32) -> Buffer {
        let size = f32::from(size) * if self.is_emphasised() { EMPHASIS } else { 1.0 };
        let mut buffer = Buffer::new_empty(Metrics::new(size, (size * LINE_HEIGHT).ceil()));
        buffer.set_wrap(Wrap::WordOrGlyph);
        buffer.set_size(Some(width), None);
        let spans = self.spans.iter().map(|(range, name)| {
            (
                &self.line.text[range.clone()],
                Attrs::new().family(Family::Name(name)),
            )
        });
        buffer.set_rich_text(spans, &Attrs::new(), Shaping::Advanced, None);
        buffer.shape_until_scroll(&mut engine.system, false);
        buffer
    }
}

impl Page {
    /// The lines at the largest size at which they fit.
    pub(super) fn fitting(
        lines: &[TextLine],
        engine: &mut Engine,
        width: u32,
        height: u32,
    ) -> Result<Self, Undrawable> {
        let (mut spanned, mut missing) = (Vec::new(), Vec::new());
        for line in lines {
            match Spanned::of(line, engine) {
                Ok(one) => spanned.push(one),
                Err(of_line) => missing.extend(of_line),
            }
        }
        if !missing.is_empty() {
            missing.sort_unstable();
            missing.dedup();
            return Err(Undrawable::NoGlyph(missing));
        }
        // Six lines and their margins, and words of some length, need that much.
        let largest = u16::try_from((height / 11).min(width / 16)).unwrap_or(0);
        if largest < SIZE_MIN {
            return Err(Undrawable::DoesNotFit);
        }
        let mut found = Self::at(&spanned, engine, SIZE_MIN, width, height).ok_or(Undrawable::DoesNotFit)?;
        // Halving what is left to try: shaping is most of the work.
        let (mut fits, mut too_large) = (SIZE_MIN, largest + 1);
        while too_large - fits > 1 {
            let size = fits + (too_large - fits) / 2;
            match Self::at(&spanned, engine, size, width, height) {
                Some(page) => (found, fits) = (page, size),
                None => too_large = size,
            }
        }
        Ok(found)
    }

    /// The lines at one size, if they fit.
    fn at(lines: &[Spanned<'_>], engine: &mut Engine, size: u16, width: u32, height: u32) -> Option<Self> {
        // A side has at most 2048 pixels.
        let (full_width, full_height) = (width as f32, height as f32);
        let margin = f32::from(size).max(12.0);
        let room = full_width - 2.0 * margin;
        let mut top = 0.0;
        let mut placed = Vec::new();
        for spanned in lines {
            let buffer = spanned.laid_out(engine, size, room);
            let runs = buffer.layout_runs().count();
            let fits = buffer.layout_runs().all(|run| run.line_w <= room);
            if !fits || (runs > 1 && !spanned.may_break()) {
                return None;
            }
            let tall: f32 = buffer.layout_runs().map(|run| run.line_height).sum();
            placed.push(Placed { buffer, top });
            top += tall;
            if spanned.line.kind == LineKind::Payee {
                top += (f32::from(size) * GAP).ceil();
            }
        }
        if top > full_height - 2.0 * margin {
            return None;
        }
        // What is left over stands above and below in equal parts.
        let above = ((full_height - top) / 2.0).floor();
        for one in &mut placed {
            one.top += above;
        }
        Some(Self {
            width,
            height,
            margin,
            placed,
        })
    }

    /// Draws every glyph.
    pub(super) fn onto_canvas(&self, engine: &mut Engine) -> Result<Canvas, Undrawable> {
        let mut canvas = Canvas::new(self.width, self.height);
        for Placed { buffer, top } in &self.placed {
            let runs: Vec<_> = buffer.layout_runs().collect();
            for (index, run) in runs.iter().enumerate() {
                let base = top + run.line_y;
                draw_glyphs(&mut canvas, engine, run.text, run.glyphs, (self.margin, base))?;
                let next = runs.get(index + 1);
                if next.is_some_and(|next| breaks_a_word(run.text, next.glyphs)) {
                    let middle = top + run.line_top + run.line_height / 2.0;
                    canvas.mark(middle, self.margin, run.rtl);
                }
            }
        }
        Ok(canvas)
    }
}

/// Whether a line that begins with these glyphs continues a word.
fn breaks_a_word(text: &str, next: &[LayoutGlyph]) -> bool {
    let start = next.iter().map(|glyph| glyph.start).min();
    start.is_some_and(|start| !text[..start].ends_with(' '))
}

/// Draws the glyphs of a line. Each cluster of characters leaves ink, unless it is of spaces.
fn draw_glyphs(
    canvas: &mut Canvas,
    engine: &mut Engine,
    text: &str,
    glyphs: &[LayoutGlyph],
    origin: (f32, f32),
) -> Result<(), Undrawable> {
    let mut inked: Vec<(Range<usize>, bool)> = Vec::new();
    for glyph in glyphs {
        let cluster = glyph.start..glyph.end;
        let characters = &text[cluster.clone()];
        if glyph.glyph_id == 0 {
            return Err(Undrawable::NoGlyph(characters.chars().collect()));
        }
        let physical = glyph.physical(origin, 1.0);
        let image = engine
            .glyphs
            .get_image_uncached(&mut engine.system, physical.cache_key);
        let has_ink = image.is_some_and(|image| canvas.stamp(&image, physical.x, physical.y));
        match inked.iter_mut().find(|(range, _)| *range == cluster) {
            Some((_, ink)) => *ink |= has_ink,
            None => inked.push((cluster, has_ink)),
        }
    }
    let blank = inked
        .into_iter()
        .filter(|(_, ink)| !ink)
        .find_map(|(range, _)| text[range].chars().find(|at| *at != ' '));
    blank.map_or(Ok(()), |at| Err(Undrawable::NoInk(at)))
}

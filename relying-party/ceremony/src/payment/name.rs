//! What a name may be that the buyer reads: payee and order reference.
//!
//! A name stands between double quotes in a text that is signed, and on a picture where it is not ASCII. It must not be
//! able to write the rest of the text, to hide a part of itself, to reorder what stands beside it, or to pass for another
//! name by letters of another script. A whole name in look-alike letters of one script is beyond these rules.

use std::{collections::BTreeSet, fmt};

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory, Script},
};

/// Marks that may follow one another: a shadda with its vowel, a vowel sign with its anusvara. More of them pile up over
/// the lines beside.
const MARKS_MAX: usize = 2;

/// What looks like the quotes that end a name.
const QUOTES: [char; 13] = [
    '"', '\u{AB}', '\u{BB}', '\u{201C}', '\u{201D}', '\u{201E}', '\u{201F}', '\u{2033}', '\u{2036}',
    '\u{301D}', '\u{301E}', '\u{301F}', '\u{FF02}',
];

/// Scripts that one word may mix (UTS #39 §5.2, "highly restrictive"): as Chinese, Japanese and Korean do.
const MIXES: [&[Script]; 3] = [
    &[Script::Latin, Script::Han, Script::Hiragana, Script::Katakana],
    &[Script::Latin, Script::Han, Script::Bopomofo],
    &[Script::Latin, Script::Han, Script::Hangul],
];

/// Why a name cannot be shown as it is. Nothing is ever left out, replaced or normalised: it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameFlaw {
    /// Empty, or longer than this many characters.
    Length {
        /// The most characters.
        max: usize,
    },
    /// Begins or ends with a space.
    SpaceAtEnd,
    /// A double quote, or what looks like one.
    Quote(char),
    /// Control or format characters, bidirectional controls among them.
    Control(char),
    /// Not visible by definition (Default_Ignorable_Code_Point).
    Invisible(char),
    /// For private use, or not assigned.
    WithoutMeaning(char),
    /// A space other than U+0020, or a separator of lines.
    Space(char),
    /// Two spaces in a row, which a line break would hide.
    SpaceTwice,
    /// A mark around another character, one without a base, or more marks in a row than are read.
    Mark(char),
    /// Not in Unicode's normalisation form C.
    NotNormalised,
    /// A word with letters of scripts that are not written together.
    MixedScripts,
}

impl fmt::Display for NameFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rule, at) = match self {
            Self::Length { max } => return write!(f, "must be 1 to {max} characters"),
            Self::SpaceAtEnd => ("must not begin or end with a space", None),
            Self::Quote(at) => ("must be without double quotes", Some(at)),
            Self::Control(at) => (
                "must be without control, format and bidirectional characters",
                Some(at),
            ),
            Self::Invisible(at) => ("must be without invisible characters", Some(at)),
            Self::WithoutMeaning(at) => ("must be without private and unassigned characters", Some(at)),
            Self::Space(at) => ("must have no space but U+0020, and no line break", Some(at)),
            Self::SpaceTwice => ("must not have two spaces in a row", None),
            Self::Mark(at) => ("must have at most two marks on a character", Some(at)),
            Self::NotNormalised => ("must be in Unicode's normalisation form C", None),
            Self::MixedScripts => ("must not mix scripts within a word", None),
        };
        f.write_str(rule)?;
        at.map_or(Ok(()), |at| write!(f, " (U+{:04X})", u32::from(*at)))
    }
}

/// That a name of at most `chars_max` characters can be shown between double quotes. ASCII has to be printable; what is
/// not ASCII has to satisfy the rules for pictures.
pub(super) fn check(name: &str, chars_max: usize) -> Result<(), NameFlaw> {
    if !(1..=chars_max).contains(&name.chars().count()) {
        return Err(NameFlaw::Length { max: chars_max });
    }
    for at in name.chars() {
        check_char(at)?;
    }
    if name.trim() != name {
        return Err(NameFlaw::SpaceAtEnd);
    }
    if name.is_ascii() {
        return Ok(());
    }
    check_pictured(name)
}

/// The rules for what is drawn, also for a name that is ASCII itself beside one that is not.
pub(super) fn check_pictured(name: &str) -> Result<(), NameFlaw> {
    if name.contains("  ") {
        return Err(NameFlaw::SpaceTwice);
    }
    check_marks(name)?;
    if !ComposingNormalizerBorrowed::new_nfc().is_normalized(name) {
        return Err(NameFlaw::NotNormalised);
    }
    check_scripts(name)
}

fn category(at: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(at)
}

fn check_char(at: char) -> Result<(), NameFlaw> {
    use GeneralCategory as G;
    if QUOTES.contains(&at) {
        return Err(NameFlaw::Quote(at));
    }
    // Before the categories: fillers of Hangul are letters, variation selectors marks.
    if CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(at) && category(at) != G::Format {
        return Err(NameFlaw::Invisible(at));
    }
    match category(at) {
        G::Control | G::Format => Err(NameFlaw::Control(at)),
        G::PrivateUse | G::Unassigned | G::Surrogate => Err(NameFlaw::WithoutMeaning(at)),
        G::LineSeparator | G::ParagraphSeparator => Err(NameFlaw::Space(at)),
        G::SpaceSeparator if at != ' ' => Err(NameFlaw::Space(at)),
        G::EnclosingMark => Err(NameFlaw::Mark(at)),
        _ => Ok(()),
    }
}

fn is_mark(at: char) -> bool {
    matches!(
        category(at),
        GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark
    )
}

fn check_marks(name: &str) -> Result<(), NameFlaw> {
    // A mark at the beginning, or behind a space, would sit on the quote or on nothing.
    let (mut marks, mut has_base) = (0, false);
    for at in name.chars() {
        if is_mark(at) {
            marks += 1;
            if !has_base || marks > MARKS_MAX {
                return Err(NameFlaw::Mark(at));
            }
        } else {
            (marks, has_base) = (0, at != ' ');
        }
    }
    Ok(())
}

/// Each word is of one script, or of scripts that are written together. A word ends at what is neither letter, mark nor
/// digit.
fn check_scripts(name: &str) -> Result<(), NameFlaw> {
    let is_of_word = |at: char| at.is_alphanumeric() || is_mark(at);
    for word in name.split(|at| !is_of_word(at)) {
        let scripts: BTreeSet<Script> = word
            .chars()
            .map(|at| CodePointMapData::<Script>::new().get(at))
            .filter(|script| !matches!(*script, Script::Common | Script::Inherited))
            .collect();
        let is_mix = |mix: &&[Script]| scripts.iter().all(|script| mix.contains(script));
        if scripts.len() > 1 && !MIXES.iter().any(is_mix) {
            return Err(NameFlaw::MixedScripts);
        }
    }
    Ok(())
}

//! The committed inputs to begin with: `.json` and `.txt` as they are but for the line break at their end, `.hex` in
//! digits with any white space. A name that begins with `refused-` says that the body must refuse it.

use std::path::Path;

/// One input.
pub struct Seed {
    /// The file's name.
    pub name: String,
    /// What the body gets.
    pub bytes: Vec<u8>,
    /// Whether the body must refuse it.
    pub refused: bool,
}

/// All inputs in `folder`, by name.
pub fn load(folder: &str) -> Vec<Seed> {
    let listed = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut paths: Vec<_> = listed.map(|entry| entry.expect("a listed file").path()).collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Seed {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let bytes = if name.ends_with(".hex") {
        from_hex(&text).unwrap_or_else(|| panic!("{}: not pairs of hexadecimal digits", path.display()))
    } else {
        text.strip_suffix('\n').unwrap_or(&text).as_bytes().to_vec()
    };
    Seed {
        refused: name.starts_with("refused-"),
        name,
        bytes,
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|character| !character.is_ascii_whitespace())
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

//! Files that are read and lines that are written.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

/// The most bytes of one file: far more than any message has, and an end for one that has none.
const FILE_BYTES: u64 = 64 * 1024 * 1024;

/// Reads a file to its end, or standard input where the path is `-`.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(FILE_BYTES + 1).read_to_end(&mut bytes)?
    } else {
        File::open(path)?.take(FILE_BYTES + 1).read_to_end(&mut bytes)?
    };
    if read as u64 > FILE_BYTES {
        return Err(io::Error::new(ErrorKind::FileTooLarge, "longer than 64 MiB"));
    }
    Ok(bytes)
}

/// Writes to standard output. Whoever closes it early has seen enough.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}

/// Text of strangers as a terminal may get it: control characters are written out.
pub fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

//! `smile-rp vectors`: how assertions of a file decode, whether their signatures verify.

mod entry;
mod verdict;
mod wav1cbor;

use super::{Protocol, streams};
use entry::Entry;
use serde_json::Value;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use verdict::Verdict;

/// Print for each assertion of a file how it decodes and whether its signature verifies
///
/// The file is a JSON array of objects (or one object) with `assertion` (base64url) and where known `id`, `kind`
/// (`reg` or `auth`), `fcParams` as transmitted, `pubkey` (base64url of TAG_PUB_KEY) and `message`.
/// Assertions in the scheme WAV1CBOR (`assertionScheme`) are read too: experimental. Exit status: 0
/// each entry got its line, whatever its verdict, 1 the file cannot be read or is not such JSON.
#[derive(clap::Args)]
pub struct Arguments {
    /// Whose assertions they are
    protocol: Protocol,
    /// The file; - for standard input
    file: PathBuf,
    /// Print one line of JSON for each entry instead of a table
    #[arg(long)]
    json: bool,
}

/// Prints the verdicts on a file.
pub fn run(arguments: &Arguments) -> ExitCode {
    let Protocol::Uaf = arguments.protocol;
    let outcome = streams::read(&arguments.file)
        .and_then(|bytes| entries(&bytes))
        .and_then(|entries| {
            let verdicts: Vec<Verdict> = entries.iter().map(judge).collect();
            streams::print(&if arguments.json {
                lines(&verdicts)
            } else {
                table(&verdicts)
            })
        });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("smile-rp: {}: {error}", arguments.file.display());
            ExitCode::FAILURE
        }
    }
}

/// The entries of a file; one object alone is one entry.
fn entries(bytes: &[u8]) -> io::Result<Vec<Value>> {
    match serde_json::from_slice(bytes)? {
        Value::Array(entries) => Ok(entries),
        entry @ Value::Object(_) => Ok(vec![entry]),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "has to be a JSON array of objects, or one object",
        )),
    }
}

fn judge(value: &Value) -> Verdict {
    Verdict::on(&Entry::read(value))
}

fn lines(verdicts: &[Verdict]) -> String {
    let line = |verdict| serde_json::to_string(verdict).expect("strings and numbers encode") + "\n";
    verdicts.iter().map(line).collect()
}

/// The verdicts in columns, the decoder's words last because they are the longest.
fn table(verdicts: &[Verdict]) -> String {
    let rows = verdicts.iter().map(|verdict| {
        let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        [
            streams::plain(&match &verdict.id {
                Value::String(id) => id.clone(),
                Value::Null => "-".to_owned(),
                other => other.to_string(),
            }),
            verdict.signature.to_string(),
            verdict.fc_hash.to_string(),
            verdict.aaid.clone().unwrap_or_else(|| "-".to_owned()),
            number(verdict.key_id_len.and_then(|length| u64::try_from(length).ok())),
            number(verdict.sign_counter.map(u64::from)),
            streams::plain(&verdict.decode),
        ]
    });
    let titles = [
        "id",
        "signature",
        "fc_hash",
        "aaid",
        "key_id_len",
        "sign_counter",
        "decode",
    ];
    let rows: Vec<[String; 7]> = std::iter::once(titles.map(str::to_owned)).chain(rows).collect();
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..titles.len()).map(width).collect();
    let line = |row: &[String; 7]| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

//! `docs/inspect.md` shows what the program really prints: each of its commands is run on the files that it shows.

use crate::program::smile_rp;
use std::path::Path;

/// A fenced block of the page: its language and its lines.
struct Block<'p> {
    language: &'p str,
    lines: Vec<&'p str>,
    /// The last line with text between it and the block before.
    before: &'p str,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block> = Vec::new();
    let (mut inside, mut before) = (false, "");
    for line in page.lines() {
        match (line.strip_prefix("```"), inside) {
            (Some(language), false) => {
                inside = true;
                blocks.push(Block {
                    language,
                    lines: Vec::new(),
                    before: std::mem::take(&mut before),
                });
            }
            (Some(_), true) => inside = false,
            (None, true) => blocks.last_mut().expect("one is open").lines.push(line),
            (None, false) if !line.is_empty() => before = line,
            (None, false) => {}
        }
    }
    blocks
}

/// The file's name where the line in front of a block is `` `NAME`: ``.
fn file_name<'p>(block: &Block<'p>) -> Option<&'p str> {
    block.before.strip_prefix('`')?.strip_suffix("`:")
}

/// Runs `$ smile-rp …` in `folder`; what it prints, then `$ echo $?` and its exit status.
fn transcript(folder: &Path, command: &str) -> String {
    let arguments = command.strip_prefix("$ smile-rp ").expect("a command of ours");
    let output = smile_rp()
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("the program starts");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{command}");
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    let status = output.status.code().expect("it ended by itself");
    format!("{command}\n{printed}$ echo $?\n{status}")
}

#[test]
fn the_page_shows_what_the_program_prints() {
    let page = include_str!("../../../docs/inspect.md");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (mut files, mut commands) = (0, Vec::new());
    for block in blocks(page) {
        if let Some(name) = file_name(&block) {
            let text = block.lines.join("\n") + "\n";
            std::fs::write(folder.path().join(name), text).expect("written");
            files += 1;
        } else if block.language == "console" {
            let command = block.lines[0];
            assert_eq!(transcript(folder.path(), command), block.lines.join("\n"));
            commands.push(command);
        }
    }
    assert_eq!(files, 5, "each file of the page is found");
    for tool in ["inspect uaf", "vectors uaf", "metadata --format uaf"] {
        assert!(
            commands.iter().any(|command| command.contains(tool)),
            "the page shows {tool}"
        );
    }
}

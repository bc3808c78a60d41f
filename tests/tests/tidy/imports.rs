//! What `use` brings in, with groups opened: `use std::{fs, io::*};` says `std::fs` and `std::io::*`.

use crate::code::words;

/// A path with the line on which its declaration begins, from 1.
pub struct Import {
    pub line: usize,
    pub path: String,
}

impl Import {
    /// The path's first part: a crate, or `crate`, `self`, `super`.
    pub fn root(&self) -> &str {
        self.path.split("::").next().unwrap_or_default()
    }

    /// What a glob opens: `std` of `std::*`.
    pub fn opened(&self) -> Option<&str> {
        self.path.strip_suffix("::*")
    }
}

/// Takes the `use` declarations out of `code`, which [`code_only`](crate::code::code_only) has made: the paths that they
/// import, without their new names, and the code with the declarations blanked; lines stay where they are.
pub fn imports(code: &str) -> (Vec<Import>, String) {
    let mut found = Vec::new();
    let mut rest = code.to_owned();
    for (before, _) in words(code).filter(|(_, word)| *word == "use") {
        let start = before.len();
        let declaration = &code[start + "use".len()..];
        // `impl Trait + use<'a>` names what is captured, and `r#use` is a name.
        let is_declaration = !declaration.trim_start().starts_with('<') && !before.ends_with("r#");
        let Some(length) = declaration.find(';').filter(|_| is_declaration) else {
            continue;
        };
        let line = before.matches('\n').count() + 1;
        let mut paths = Vec::new();
        open("", &declaration[..length], &mut paths);
        found.extend(paths.into_iter().map(|path| Import { line, path }));
        let end = start + "use".len() + length + 1;
        let blank: String = code[start..end]
            .bytes()
            .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
            .collect();
        rest.replace_range(start..end, &blank);
    }
    (found, rest)
}

/// Opens `tree`, one or several branches behind `prefix` (`std::`), into paths.
fn open(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    for branch in branches(tree) {
        let branch = branch.trim();
        if let Some((head, inner)) = branch.split_once('{') {
            let inner = inner.trim_end().strip_suffix('}').unwrap_or(inner);
            open(&format!("{prefix}{}", squeezed(head)), inner, paths);
        } else if !branch.is_empty() {
            let named = branch.split_whitespace().take_while(|word| *word != "as");
            let path = format!("{prefix}{}", named.collect::<String>());
            let path = path.strip_suffix("::self").unwrap_or(&path);
            paths.push(path.strip_prefix("::").unwrap_or(path).to_owned());
        }
    }
}

/// Splits at the commas that stand in no group.
fn branches(tree: &str) -> Vec<&str> {
    let (mut depth, mut from, mut found) = (0, 0, Vec::new());
    for (at, byte) in tree.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            b',' if depth == 0 => {
                found.push(&tree[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(&tree[from..]);
    found
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn groups_globs_and_new_names_are_opened() {
    let code = "pub use ::std::{self as s, fs::{File, self}, os :: unix,\n io::*};a()\nuse crate::x as y;\n\
        fn f() -> impl T + use<'_> { r#use; }\n{ use z::{*}; }";
    let (found, rest) = imports(code);
    let found: Vec<(usize, &str)> = found.iter().map(|i| (i.line, i.path.as_str())).collect();
    assert_eq!(
        found,
        [
            (1, "std"),
            (1, "std::fs::File"),
            (1, "std::fs"),
            (1, "std::os::unix"),
            (1, "std::io::*"),
            (3, "crate::x"),
            (5, "z::*"),
        ]
    );
    assert_eq!(rest.lines().count(), code.lines().count());
    let kept: Vec<&str> = words(&rest).map(|(_, word)| word).collect();
    assert_eq!(kept, ["pub", "a", "fn", "f", "impl", "T", "use", "_", "r", "use"]);
}

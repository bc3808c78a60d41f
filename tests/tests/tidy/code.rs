//! Rust text without its comments and literals, so that a rule about code does not trip over prose.

/// The text with every comment, string and character literal blanked out; lines stay where they are.
pub fn code_only(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(next) = rest.chars().next() {
        let length = skipped_length(rest, before).unwrap_or(0);
        if length == 0 {
            out.push(next);
            rest = &rest[next.len_utf8()..];
        } else {
            out.extend(rest[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = &rest[length..];
        }
        before = next;
    }
    out
}

/// How many bytes of a comment or literal begin here; `None` where code begins. `before` is the character in front,
/// which tells an identifier that ends in `r` or `b` from a prefix.
fn skipped_length(rest: &str, before: char) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment_length(rest));
    }
    let prefix = rest
        .bytes()
        .take(3)
        .position(|byte| matches!(byte, b'"' | b'\'' | b'#'))?;
    let is_prefix = matches!(&rest[..prefix], "" | "b" | "c" | "r" | "br" | "cr");
    if !is_prefix || (prefix > 0 && (before.is_alphanumeric() || before == '_')) {
        return None;
    }
    let literal = &rest[prefix..];
    if rest[..prefix].ends_with('r') {
        return raw_string_length(literal).map(|length| prefix + length);
    }
    match literal.as_bytes()[0] {
        b'"' => Some(prefix + string_length(literal)),
        b'\'' => character_length(literal).map(|length| prefix + length),
        _ => None,
    }
}

/// Block comments nest.
fn block_comment_length(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// `literal` begins with the quotation mark.
fn string_length(literal: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in literal.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    literal.len()
}

/// `literal` begins behind the `r`; `None` for a raw identifier such as `r#type`.
fn raw_string_length(literal: &str) -> Option<usize> {
    let hashes = literal.bytes().take_while(|byte| *byte == b'#').count();
    let body = literal[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(
        body.find(&end)
            .map_or(literal.len(), |at| hashes + 1 + at + end.len()),
    )
}

/// `literal` begins with the apostrophe; `None` for a lifetime.
fn character_length(literal: &str) -> Option<usize> {
    let mut characters = literal.char_indices().skip(1);
    let (_, first) = characters.next()?;
    if first == '\\' {
        let (_, escaped) = characters.next()?;
        let close = if escaped == 'x' || escaped == 'u' {
            literal[2..].find('\'')? + 2
        } else {
            3
        };
        return Some(close + 1);
    }
    let (at, close) = characters.next()?;
    (close == '\'').then_some(at + 1)
}

/// The lines, numbered from 1, on which `word` stands as an identifier of its own.
pub fn lines_with_word<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let lines = code.lines().enumerate();
    lines
        .filter(move |(_, line)| words(line).any(|(_, found)| found == word))
        .map(|(index, _)| index + 1)
}

/// Identifiers and keywords of a line with the text in front of each.
pub fn words(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + line[at..].find(is_word)?;
        let end = line[start..]
            .find(|c| !is_word(c))
            .map_or(line.len(), |length| start + length);
        at = end;
        Some((&line[..start], &line[start..end]))
    })
}

/// The attributes of `code`, outer and inner, each from behind its `[` to its `]`.
pub fn attributes(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices('#') {
        let behind = code[at + 1..].trim_start();
        let behind = behind.strip_prefix('!').unwrap_or(behind).trim_start();
        let Some(inside) = behind.strip_prefix('[') else {
            continue;
        };
        let mut depth = 1;
        let end = inside.find(|c| {
            depth += i32::from(c == '[') - i32::from(c == ']');
            depth == 0
        });
        found.push(&inside[..end.unwrap_or(inside.len())]);
    }
    found
}

#[test]
fn attributes_end_where_they_end() {
    let code = "#![allow(\n  a,\n)]\n# [b([c])] fn d() { e[0] } # [f";
    assert_eq!(attributes(code), ["allow(\n  a,\n)", "b([c])", "f"]);
}

#[test]
fn comments_and_literals_are_not_code() {
    let text = "a /* b /* c */ d */ e // f\n\"g \\\" h\" i 'j' '\\'' '\\u{6b}' &'k str br#\"l\"m\"# r#fn b\"n\" or\"o\"\np";
    let code = code_only(text);
    let kept: Vec<&str> = code.lines().flat_map(words).map(|(_, word)| word).collect();
    // Behind `or` no literal can stand in real Rust; the point is that the identifier is not taken for a prefix.
    assert_eq!(kept, ["a", "e", "i", "k", "str", "r", "fn", "or", "p"]);
    assert_eq!(code.lines().count(), text.lines().count());
}

#[test]
fn a_word_is_found_only_whole() {
    let code = "sled\nsledge\nunsled\nx.sled()";
    assert_eq!(lines_with_word(code, "sled").collect::<Vec<_>>(), [1, 4]);
}

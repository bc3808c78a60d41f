//! Reads JSON with the place of every value, as far as it is JSON.

use super::value::shortened;

/// How deep values are followed; the strict reader stops there too.
const DEPTH: usize = 127;

/// How many values are listed. A message has some hundreds.
pub(super) const VALUES: usize = 5_000;

/// How long a path gets, in bytes: the longest that an error names has about 70. Each value has one, so that without a
/// limit a text could ask for its own length thousands of times.
const PATH_BYTES: usize = 256;

/// The member whose values are tokens of the user (Transport §8.3.8): whoever reads a map may not be whom they are for.
const TOKENS: &str = "additionalTokens";

/// What stands for the rest of a path.
const AND_SO_ON: char = '…';

/// A value of a JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    /// The offset of its first byte.
    pub start: usize,
    /// The offset behind its last byte.
    pub end: usize,
    /// How many values it is inside of.
    pub depth: usize,
    /// Its path as errors name it.
    pub path: String,
    /// The name of the member that it is the value of, or that the list around it is; shortened.
    pub member: String,
    /// Whether it is inside of tokens, so that it is counted and not shown.
    pub concealed: bool,
    /// The value.
    pub value: JsonValue,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum JsonValue {
    /// An object with so many members.
    Object(usize),
    /// An array of so many elements.
    Array(usize),
    /// A string, unescaped.
    Text(String),
    /// A number as written.
    Number(String),
    /// `true` or `false`.
    Truth(bool),
    /// `null`.
    Null,
    /// Nothing of JSON.
    Broken,
}

/// The values of a text, each before those inside it.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// The values.
    pub spans: Vec<Span>,
    /// The path of the outermost value.
    root: String,
}

impl Document {
    /// Reads `text` up to where it stops being JSON. `root` is the path of the whole.
    pub(super) fn read(text: &str, root: &str) -> Self {
        let mut reader = Reader {
            text,
            position: 0,
            concealing: 0,
            spans: Vec::new(),
        };
        // What stopped the reader is the strict reader's to say.
        let _stopped = reader.value(0, root, "");
        Self {
            spans: reader.spans,
            root: root.to_owned(),
        }
    }

    /// The value at `path`.
    pub(super) fn at(&self, path: &str) -> Option<&Span> {
        self.spans.iter().find(|span| span.path == path)
    }

    /// The member `name` of the outermost object.
    pub(super) fn member(&self, name: &str) -> Option<&Span> {
        self.at(&child_path(&self.root, name))
    }

    /// The text at `path`.
    pub(super) fn text_at(&self, path: &str) -> Option<&str> {
        match &self.at(path)?.value {
            JsonValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole numbers that are members of the object at `index`, by name.
    pub(super) fn number_of(&self, index: usize, name: &str) -> Option<u64> {
        let object = self.spans.get(index)?;
        let inside = self.spans[index + 1..].iter();
        let mut inside = inside.take_while(|span| span.depth > object.depth);
        let member = inside.find(|span| span.depth == object.depth + 1 && span.member == name)?;
        member.number()
    }
}

impl Span {
    /// The value as a whole number.
    pub(super) fn number(&self) -> Option<u64> {
        match &self.value {
            JsonValue::Number(digits) => digits.parse().ok(),
            _ => None,
        }
    }
}

/// The path of the member `name` of the object at `path`.
pub(super) fn child_path(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// The path one step further, unless it is long enough.
fn step(path: &str, further: String) -> String {
    if path.ends_with(AND_SO_ON) {
        path.to_owned()
    } else if further.len() > PATH_BYTES {
        format!("{path}{AND_SO_ON}")
    } else {
        further
    }
}

struct Reader<'t> {
    text: &'t str,
    position: usize,
    /// How many members of tokens the reader is inside of.
    concealing: usize,
    spans: Vec<Span>,
}

/// The text is no JSON from here on, or there are too many values.
struct Stop;

impl Reader<'_> {
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(self.position) {
            self.position += 1;
        }
        bytes.get(self.position).copied()
    }

    fn take(&mut self, wanted: u8) -> bool {
        let there = self.peek() == Some(wanted);
        self.position += usize::from(there);
        there
    }

    /// Reads one value. Its span ends where reading stopped.
    fn value(&mut self, depth: usize, path: &str, member: &str) -> Result<(), Stop> {
        let first = self.peek();
        if depth > DEPTH || self.spans.len() >= VALUES {
            return Err(Stop);
        }
        let index = self.spans.len();
        self.spans.push(Span {
            start: self.position,
            end: self.position,
            depth,
            path: path.to_owned(),
            member: member.to_owned(),
            concealed: self.concealing > 0,
            value: JsonValue::Broken,
        });
        let outcome = match first {
            Some(b'{') => self.object(index),
            Some(b'[') => self.array(index),
            Some(b'"') => self.string().map(|text| self.set(index, JsonValue::Text(text))),
            Some(_) => self.word().map(|word| self.set(index, word)),
            None => Err(Stop),
        };
        self.spans[index].end = self.position;
        outcome
    }

    fn set(&mut self, index: usize, value: JsonValue) {
        self.spans[index].value = value;
    }

    fn object(&mut self, index: usize) -> Result<(), Stop> {
        let (depth, path) = (self.spans[index].depth, self.spans[index].path.clone());
        self.take(b'{');
        let mut count = 0;
        self.set(index, JsonValue::Object(count));
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(Stop);
            }
            let name = shortened(&self.string()?);
            if !self.take(b':') {
                return Err(Stop);
            }
            count += 1;
            self.set(index, JsonValue::Object(count));
            let conceals = usize::from(name == TOKENS);
            self.concealing += conceals;
            self.value(depth + 1, &step(&path, child_path(&path, &name)), &name)?;
            self.concealing -= conceals;
            if self.take(b'}') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(Stop);
            }
        }
    }

    fn array(&mut self, index: usize) -> Result<(), Stop> {
        let (depth, path) = (self.spans[index].depth, self.spans[index].path.clone());
        let member = self.spans[index].member.clone();
        self.take(b'[');
        let mut count = 0;
        self.set(index, JsonValue::Array(count));
        if self.take(b']') {
            return Ok(());
        }
        loop {
            self.value(depth + 1, &step(&path, format!("{path}[{count}]")), &member)?;
            count += 1;
            self.set(index, JsonValue::Array(count));
            if self.take(b']') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(Stop);
            }
        }
    }

    /// Reads a string with its quotes.
    fn string(&mut self) -> Result<String, Stop> {
        let start = self.position;
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        loop {
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => at += 2,
                Some(_) => at += 1,
                None => {
                    self.position = bytes.len();
                    return Err(Stop);
                }
            }
        }
        self.position = at + 1;
        let quoted = &self.text[start..=at];
        // A raw line break or a bad escape is the strict reader's to refuse; the text is shown.
        Ok(serde_json::from_str(quoted).unwrap_or_else(|_| self.text[start + 1..at].to_owned()))
    }

    /// Reads a number or a literal.
    fn word(&mut self) -> Result<JsonValue, Stop> {
        let start = self.position;
        let rest = &self.text[start..];
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let word = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        let value = match word {
            "true" => JsonValue::Truth(true),
            "false" => JsonValue::Truth(false),
            "null" => JsonValue::Null,
            _ if serde_json::from_str::<serde_json::Number>(word).is_ok() => {
                JsonValue::Number(word.to_owned())
            }
            _ => return Err(Stop),
        };
        self.position += word.len();
        Ok(value)
    }
}

//! Reading JSON strictly: no member twice, no null for a value, every error with its path.
//! Unknown members are ignored, as UAF §1 asks of receivers.

use std::cell::RefCell;
use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::base64url;
use crate::error::{FieldRule, ProtocolError};

/// A value that is read from a JSON tree.
pub(crate) trait FromJson: Sized {
    /// Reads the value at `node`.
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError>;
}

/// A value that is written as a JSON tree.
pub(crate) trait ToJson {
    /// The tree.
    fn to_json(&self) -> Value;
}

/// Parses one JSON text of at most `limit` bytes. `what` names it in errors.
pub(crate) fn parse(text: &str, what: &'static str, limit: usize) -> Result<Value, ProtocolError> {
    if text.len() > limit {
        return Err(ProtocolError::TooLarge {
            what,
            limit,
            actual: text.len(),
        });
    }
    let duplicate = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let outcome = StrictSeed {
        duplicate: &duplicate,
    }
    .deserialize(&mut reader)
    .and_then(|value| reader.end().map(|()| value));
    outcome.map_err(|error| match duplicate.take() {
        Some(member) => ProtocolError::DuplicateMember {
            member,
            line: error.line(),
            column: error.column(),
        },
        None => ProtocolError::Json {
            line: error.line(),
            column: error.column(),
            reason: without_position(&error),
        },
    })
}

/// The parser's words without the position at their end, which the error names by itself.
fn without_position(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    words.strip_suffix(&position).unwrap_or(&words).to_owned()
}

/// A JSON value in which no object holds a member twice; for use inside serde.
pub(crate) struct StrictValue(pub(crate) Value);

impl<'de> Deserialize<'de> for StrictValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let duplicate = RefCell::new(None);
        StrictSeed {
            duplicate: &duplicate,
        }
        .deserialize(deserializer)
        .map(StrictValue)
    }
}

/// Builds a `Value` and remembers the first member that occurs twice.
#[derive(Clone, Copy)]
struct StrictSeed<'a> {
    duplicate: &'a RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for StrictSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StrictSeed<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(self)? {
            list.push(element);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                let message = de::Error::custom(format_args!("member `{name}` occurs twice"));
                self.duplicate.replace(Some(name));
                return Err(message);
            }
            let value = members.next_value_seed(self)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// A JSON value together with where it stands. Its path is put together only for an error: most
/// messages are sound, and reading one must not cost a text for each of its members.
pub(crate) struct Node<'a> {
    value: &'a Value,
    place: Place<'a>,
}

/// One step of a path.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// The root, and what it is called.
    Root(&'a str),
    /// A member of an object.
    Member(&'a Node<'a>, &'a str),
    /// An element of an array.
    Element(&'a Node<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name) => out.write_str(name),
            Self::Member(parent, name) if matches!(parent.place, Place::Root("")) => out.write_str(name),
            Self::Member(parent, name) => write!(out, "{}.{name}", parent.place),
            Self::Element(parent, index) => write!(out, "{}[{index}]", parent.place),
        }
    }
}

impl<'a> Node<'a> {
    /// The root of a tree, called `name` in errors.
    pub(crate) const fn root(value: &'a Value, name: &'a str) -> Self {
        Self {
            value,
            place: Place::Root(name),
        }
    }

    /// An error at this node.
    pub(crate) fn error(&self, rule: FieldRule) -> ProtocolError {
        ProtocolError::field(self.place.to_string(), rule)
    }

    /// An error at this node, in words.
    pub(crate) fn refuse(&self, rule: &'static str) -> ProtocolError {
        self.error(FieldRule::Other(rule))
    }

    fn wrong_type(&self, expected: &'static str) -> ProtocolError {
        self.error(FieldRule::WrongType { expected })
    }

    fn members(&self) -> Result<&'a Map<String, Value>, ProtocolError> {
        self.value.as_object().ok_or_else(|| self.wrong_type("an object"))
    }

    /// The member `name`, if present. Null is a value of the wrong type, not absence.
    pub(crate) fn optional<'s>(&'s self, name: &'s str) -> Result<Option<Node<'s>>, ProtocolError> {
        let value = self.members()?.get(name);
        Ok(value.map(|value| Node {
            value,
            place: Place::Member(self, name),
        }))
    }

    /// The member `name`.
    pub(crate) fn required<'s>(&'s self, name: &'s str) -> Result<Node<'s>, ProtocolError> {
        self.optional(name)?
            .ok_or_else(|| ProtocolError::field(Place::Member(self, name).to_string(), FieldRule::Missing))
    }

    /// Reads the optional member `name` with `T`.
    pub(crate) fn optional_as<T: FromJson>(&self, name: &str) -> Result<Option<T>, ProtocolError> {
        self.optional(name)?.map(|node| T::from_json(&node)).transpose()
    }

    /// Reads the required member `name` with `T`.
    pub(crate) fn required_as<T: FromJson>(&self, name: &str) -> Result<T, ProtocolError> {
        T::from_json(&self.required(name)?)
    }

    /// The text of a string, whatever its length.
    pub(crate) fn text(&self) -> Result<&'a str, ProtocolError> {
        self.value.as_str().ok_or_else(|| self.wrong_type("a string"))
    }

    /// The text of a string of `min` to `max` characters.
    pub(crate) fn text_of(&self, min: usize, max: usize) -> Result<&'a str, ProtocolError> {
        let text = self.text()?;
        let actual = text.chars().count();
        if (min..=max).contains(&actual) {
            Ok(text)
        } else {
            Err(self.error(FieldRule::Length { min, max, actual }))
        }
    }

    /// The bytes of a base64url string, `min` to `max` of them.
    pub(crate) fn bytes_of(&self, min: usize, max: usize) -> Result<Vec<u8>, ProtocolError> {
        let bytes = base64url::decode(self.text()?).map_err(|error| error.under(&self.place.to_string()))?;
        if (min..=max).contains(&bytes.len()) {
            Ok(bytes)
        } else {
            Err(self.error(FieldRule::Length {
                min,
                max,
                actual: bytes.len(),
            }))
        }
    }

    /// A truth value.
    pub(crate) fn boolean(&self) -> Result<bool, ProtocolError> {
        self.value
            .as_bool()
            .ok_or_else(|| self.wrong_type("true or false"))
    }

    /// A whole number from 0 to `max`.
    pub(crate) fn number_up_to(&self, max: u64) -> Result<u64, ProtocolError> {
        let number = self
            .value
            .as_u64()
            .ok_or_else(|| self.wrong_type("a whole number"))?;
        if number <= max {
            Ok(number)
        } else {
            Err(self.error(FieldRule::Range { max }))
        }
    }

    /// Any number.
    pub(crate) fn real(&self) -> Result<f64, ProtocolError> {
        self.value.as_f64().ok_or_else(|| self.wrong_type("a number"))
    }

    /// The elements of an array of at least `min` elements.
    pub(crate) fn elements(&self, min: usize) -> Result<Vec<Node<'_>>, ProtocolError> {
        let list = self.value.as_array().ok_or_else(|| self.wrong_type("an array"))?;
        if list.len() < min {
            let actual = list.len();
            return Err(self.error(FieldRule::Length {
                min,
                max: usize::MAX,
                actual,
            }));
        }
        let node = |(index, value)| Node {
            value,
            place: Place::Element(self, index),
        };
        Ok(list.iter().enumerate().map(node).collect())
    }

    /// The elements of an array of at least `min` elements, each read with `T`.
    pub(crate) fn list_of<T: FromJson>(&self, min: usize) -> Result<Vec<T>, ProtocolError> {
        self.elements(min)?.iter().map(T::from_json).collect()
    }

    /// Gives an error of a value's constructor this node's path.
    pub(crate) fn place<T>(&self, outcome: Result<T, ProtocolError>) -> Result<T, ProtocolError> {
        outcome.map_err(|error| error.under(&self.place.to_string()))
    }
}

/// Integers are read by their WebIDL range.
macro_rules! integer_from_json {
    ($($integer:ty),+) => {$(
        impl FromJson for $integer {
            fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
                let number = node.number_up_to(u64::from(<$integer>::MAX))?;
                Ok(<$integer>::try_from(number).expect("number_up_to checked the range"))
            }
        }
    )+};
}
integer_from_json!(u8, u16, u32);

impl FromJson for bool {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        node.boolean()
    }
}

impl FromJson for String {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        node.text().map(str::to_owned)
    }
}

/// UAF §1: a list that is present is not empty, unless its definition says otherwise.
impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        node.list_of(1)
    }
}

/// An object under construction.
#[derive(Default)]
pub(crate) struct ObjectWriter(Map<String, Value>);

impl ObjectWriter {
    /// Adds a member.
    pub(crate) fn put(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a member if there is a value for it.
    pub(crate) fn put_some<V: Into<Value>>(self, name: &str, value: Option<V>) -> Self {
        match value {
            Some(value) => self.put(name, value),
            None => self,
        }
    }

    /// Adds a list unless it is empty.
    pub(crate) fn put_list<T: ToJson>(self, name: &str, list: &[T]) -> Self {
        if list.is_empty() {
            self
        } else {
            self.put(name, array(list))
        }
    }

    /// The finished object.
    pub(crate) fn finish(self) -> Value {
        Value::Object(self.0)
    }
}

/// An array of trees.
pub(crate) fn array<T: ToJson>(list: &[T]) -> Value {
    Value::Array(list.iter().map(ToJson::to_json).collect())
}

/// Writes a tree as text.
pub(crate) fn write(value: &Value) -> String {
    value.to_string()
}

/// Implements serde's traits for a type of messages through its JSON tree, so that records
/// which contain it are stored in the same shape in which it travels.
macro_rules! serde_as_json {
    ($($name:ty),+ $(,)?) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::json::ToJson::to_json(self).serialize(serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let tree = $crate::json::StrictValue::deserialize(deserializer)?;
                <Self as $crate::json::FromJson>::from_json(&$crate::json::Node::root(&tree.0, ""))
                    .map_err(serde::de::Error::custom)
            }
        }
    )+};
}
pub(crate) use serde_as_json;

#[cfg(test)]
mod tests;

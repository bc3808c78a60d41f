//! The words in which schemas are written: closed and open objects, and the values in them.

use super::schemas;
use serde_json::Value;
use std::ops::RangeInclusive;
use utoipa::openapi::schema::{AdditionalProperties, SchemaType, Type};
use utoipa::openapi::{AllOfBuilder, ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema};

/// A schema with a name, under which the document refers to it.
pub struct Shape {
    /// The name in the document.
    pub name: &'static str,
    /// What it is.
    pub schema: fn() -> RefOr<Schema>,
}

impl Shape {
    /// Every schema of the document.
    pub fn all() -> &'static [Self] {
        schemas::ALL
    }

    /// A reference to this schema.
    pub fn reference(&self) -> Ref {
        Ref::from_schema_name(self.name)
    }
}

/// A JSON object under construction.
pub struct Members(ObjectBuilder);

impl Members {
    /// An object of a request: members that are not named here are refused.
    pub fn closed(description: &str) -> Self {
        let object = object(description);
        Self(object.additional_properties(Some(AdditionalProperties::FreeForm(false))))
    }

    /// An object of an answer, which may get more members; and a FIDO message, of which unknown members are ignored.
    pub fn open(description: &str) -> Self {
        Self(object(description))
    }

    /// A member that is always there.
    pub fn must(self, name: &str, schema: impl Into<RefOr<Schema>>) -> Self {
        Self(self.0.property(name, schema).required(name))
    }

    /// A member that may be left out.
    pub fn may(self, name: &str, schema: impl Into<RefOr<Schema>>) -> Self {
        Self(self.0.property(name, schema))
    }
}

impl From<Members> for RefOr<Schema> {
    fn from(members: Members) -> Self {
        members.0.into()
    }
}

fn object(description: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(description))
}

/// A text without further rules.
pub fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
}

/// A text of so many characters that matches a pattern.
pub fn line(description: &str, length: RangeInclusive<usize>, pattern: &str) -> ObjectBuilder {
    text(description)
        .min_length(Some(*length.start()))
        .max_length(Some(*length.end()))
        .pattern(Some(pattern))
}

/// A text that matches a pattern, which says its length too.
pub fn like(description: &str, pattern: &str) -> ObjectBuilder {
    text(description).pattern(Some(pattern))
}

/// One of these words.
pub fn one_of(description: &str, words: impl IntoIterator<Item = &'static str>) -> ObjectBuilder {
    text(description).enum_values(Some(words))
}

/// A whole number in a range.
pub fn integer(description: &str, range: RangeInclusive<u64>) -> ObjectBuilder {
    let (least, most) = (number(*range.start()), number(*range.end()));
    whole(description).minimum(Some(least)).maximum(Some(most))
}

/// A whole number from zero on.
pub fn count(description: &str) -> ObjectBuilder {
    whole(description).minimum(Some(number(0)))
}

/// A moment in Unix seconds.
pub fn moment(description: &str) -> ObjectBuilder {
    count(description).examples([Value::from(1_795_464_314_u64)])
}

fn whole(description: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some(description))
}

fn number(value: u64) -> utoipa::Number {
    let value = usize::try_from(value).expect("the document is made where a pointer has 64 bits");
    utoipa::Number::UInt(value)
}

/// `true` or `false`.
pub fn boolean(description: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Boolean)
        .description(Some(description))
}

/// The same, or `null`.
pub fn or_null(schema: ObjectBuilder, kind: Type) -> ObjectBuilder {
    schema.schema_type(SchemaType::Array(vec![kind, Type::Null]))
}

/// A text, or `null`.
pub fn text_or_null(schema: ObjectBuilder) -> ObjectBuilder {
    or_null(schema, Type::String)
}

/// A list.
pub fn list(description: &str, items: impl Into<RefOr<Schema>>) -> RefOr<Schema> {
    let items: RefOr<Schema> = items.into();
    ArrayBuilder::new()
        .items(items)
        .description(Some(description))
        .into()
}

/// A list that is not shorter than this.
pub fn list_of(description: &str, least: usize, items: impl Into<RefOr<Schema>>) -> RefOr<Schema> {
    let items: RefOr<Schema> = items.into();
    ArrayBuilder::new()
        .items(items)
        .min_items(Some(least))
        .description(Some(description))
        .into()
}

/// The members of a schema with a name, and some more.
pub fn extended(shape: &Shape, more: Members) -> RefOr<Schema> {
    let more: RefOr<Schema> = more.into();
    AllOfBuilder::new().item(shape.reference()).item(more).into()
}

//! The members of a JSON object, taken one by one: missing, duplicate and ill-typed ones are refused by name, and on
//! `/v1` unknown ones too.

use crate::service::{Refusal, RefusalCode};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::error::Category;
use std::fmt;
use std::ops::RangeInclusive;

/// A JSON object whose members are taken with `take_*`; [`Members::finish`] refuses what is left.
#[derive(Debug)]
pub struct Members {
    /// What stands before the names of these members where a refusal names one: `consent.`, or nothing.
    path: String,
    members: Vec<(String, Member)>,
}

/// The value of a member. Objects keep their members one by one, so that none is lost behind its double.
#[derive(Debug)]
enum Member {
    Object(Vec<(String, Member)>),
    Plain(Value),
}

impl Members {
    /// An object without members.
    #[must_use]
    pub fn none() -> Self {
        Self::at(String::new(), Vec::new())
    }

    fn at(path: String, members: Vec<(String, Member)>) -> Self {
        Self { path, members }
    }

    /// Reads one JSON object and nothing behind it.
    ///
    /// # Errors
    /// `body_malformed` or `member_duplicate`.
    pub fn decode(body: &[u8]) -> Result<Self, Refusal> {
        let members: Self = serde_json::from_slice(body).map_err(|error| {
            Refusal::new(
                RefusalCode::BodyMalformed,
                format!("the body must be one JSON object: {}", fault(&error)),
            )
        })?;
        must_be_single("", &members.members)?;
        Ok(members)
    }

    /// An object that must be there; refusals of its members name them behind its own name and a full stop.
    ///
    /// # Errors
    /// `member_missing` or `member_invalid`.
    pub fn take_object(&mut self, name: &'static str) -> Result<Self, Refusal> {
        match self.take(name) {
            None | Some(Member::Plain(Value::Null)) => Err(self.missing(name)),
            Some(Member::Object(members)) => Ok(Self::at(format!("{}{name}.", self.path), members)),
            Some(Member::Plain(_)) => Err(self.invalid(name, "must be an object")),
        }
    }

    /// A string that must be there.
    ///
    /// # Errors
    /// `member_missing` or `member_invalid`.
    pub fn take_string(&mut self, name: &'static str) -> Result<String, Refusal> {
        self.take_optional_string(name)?.ok_or_else(|| self.missing(name))
    }

    /// A string that may be there; `null` counts as absent.
    ///
    /// # Errors
    /// `member_invalid`.
    pub fn take_optional_string(&mut self, name: &'static str) -> Result<Option<String>, Refusal> {
        match self.take(name) {
            None | Some(Member::Plain(Value::Null)) => Ok(None),
            Some(Member::Plain(Value::String(text))) => Ok(Some(text)),
            Some(_) => Err(self.invalid(name, "must be a string")),
        }
    }

    /// A list of strings that may be there; `null` counts as absent.
    ///
    /// # Errors
    /// `member_invalid`.
    pub fn take_optional_strings(&mut self, name: &'static str) -> Result<Option<Vec<String>>, Refusal> {
        let taken = self.take(name);
        let refused = || self.invalid(name, "must be a list of strings");
        match taken {
            None | Some(Member::Plain(Value::Null)) => Ok(None),
            Some(Member::Plain(Value::Array(list))) => list
                .into_iter()
                .map(|one| one.as_str().map(str::to_owned).ok_or_else(refused))
                .collect::<Result<_, _>>()
                .map(Some),
            Some(_) => Err(refused()),
        }
    }

    /// A truth value that may be there; `null` counts as absent.
    ///
    /// # Errors
    /// `member_invalid`.
    pub fn take_optional_bool(&mut self, name: &'static str) -> Result<Option<bool>, Refusal> {
        match self.take(name) {
            None | Some(Member::Plain(Value::Null)) => Ok(None),
            Some(Member::Plain(Value::Bool(value))) => Ok(Some(value)),
            Some(_) => Err(self.invalid(name, "must be true or false")),
        }
    }

    /// A whole number in `range` that must be there.
    ///
    /// # Errors
    /// `member_missing` or `member_invalid`: no fraction, no exponent, no sign, no text, and nothing out of `range`.
    pub fn take_u64(&mut self, name: &'static str, range: RangeInclusive<u64>) -> Result<u64, Refusal> {
        self.take_optional_u64(name, range)?
            .ok_or_else(|| self.missing(name))
    }

    /// A whole number in `range` that may be there; `null` counts as absent.
    ///
    /// # Errors
    /// `member_invalid`, as for [`Members::take_u64`].
    pub fn take_optional_u64(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, Refusal> {
        match self.take(name) {
            None | Some(Member::Plain(Value::Null)) => Ok(None),
            Some(Member::Plain(Value::Number(number)))
                if number.as_u64().is_some_and(|number| range.contains(&number)) =>
            {
                Ok(number.as_u64())
            }
            Some(_) => {
                let (least, most) = (range.start(), range.end());
                let rule = format!("must be a whole number from {least} to {most}");
                Err(self.invalid(name, &rule))
            }
        }
    }

    /// A refusal of the value of the member `name`.
    #[must_use]
    pub fn invalid(&self, name: &str, rule: &str) -> Refusal {
        invalid(&format!("{}{name}", self.path), rule)
    }

    fn missing(&self, name: &str) -> Refusal {
        let rule = "this member must be there";
        Refusal::new(RefusalCode::MemberMissing, rule).at(format!("{}{name}", self.path))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// `member_unknown` for the first member that nobody took.
    pub fn finish(self) -> Result<(), Refusal> {
        match self.members.into_iter().next() {
            None => Ok(()),
            Some((name, _)) => {
                let rule = "this endpoint does not know this member";
                let name = format!("{}{}", self.path, shown(&name));
                Err(Refusal::new(RefusalCode::MemberUnknown, rule).at(name))
            }
        }
    }

    fn take(&mut self, name: &str) -> Option<Member> {
        let index = self.members.iter().position(|(member, _)| member == name)?;
        Some(self.members.swap_remove(index).1)
    }
}

/// That no object has a member twice, this one and those in it.
fn must_be_single(path: &str, members: &[(String, Member)]) -> Result<(), Refusal> {
    for (index, (name, value)) in members.iter().enumerate() {
        if members[..index].iter().any(|(earlier, _)| earlier == name) {
            let rule = "a member may be there only once";
            let name = format!("{path}{}", shown(name));
            return Err(Refusal::new(RefusalCode::MemberDuplicate, rule).at(name));
        }
        if let Member::Object(members) = value {
            must_be_single(&format!("{path}{}.", shown(name)), members)?;
        }
    }
    Ok(())
}

/// The most characters of a member's name that a refusal repeats. Ours have at most 11.
const SHOWN_CHARS: usize = 64;

/// The name of a member as the client wrote it, in printable ASCII and not too long: it ends in the answer and the log.
pub fn shown(name: &str) -> String {
    name.chars()
        .flat_map(char::escape_default)
        .take(SHOWN_CHARS)
        .collect()
}

/// What is wrong and where. Not the parser's own words: they quote the text, which may hold a key or token, and this
/// ends in the log.
fn fault(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        Category::Syntax => "not JSON",
        Category::Eof => "it ends early",
        Category::Data => "not an object, or one of more than 32 members",
        Category::Io => "it cannot be read",
    };
    format!("{what} at line {}, column {}", error.line(), error.column())
}

/// A refusal of the value of the member `name`.
pub fn invalid(name: &str, rule: &str) -> Refusal {
    Refusal::new(RefusalCode::MemberInvalid, rule).at(name)
}

/// The largest request of /v1 has nine members; a flood of names is refused before it is compared.
const MEMBERS_MAX: usize = 32;

fn members_of<'de, A: MapAccess<'de>>(mut map: A) -> Result<Vec<(String, Member)>, A::Error> {
    let mut members = Vec::new();
    while let Some(member) = map.next_entry()? {
        if members.len() == MEMBERS_MAX {
            return Err(de::Error::custom("more than 32 members"));
        }
        members.push(member);
    }
    Ok(members)
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Members, A::Error> {
                Ok(Members::at(String::new(), members_of(map)?))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Member;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Member, A::Error> {
                members_of(map).map(Member::Object)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Member, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = list.next_element()? {
                    values.push(value);
                }
                Ok(Member::Plain(Value::Array(values)))
            }
            fn visit_unit<E>(self) -> Result<Member, E> {
                Ok(Member::Plain(Value::Null))
            }
            fn visit_bool<E>(self, value: bool) -> Result<Member, E> {
                Ok(Member::Plain(value.into()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Member, E> {
                Ok(Member::Plain(value.into()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Member, E> {
                Ok(Member::Plain(value.into()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Member, E> {
                Ok(Member::Plain(value.into()))
            }
            fn visit_str<E>(self, value: &str) -> Result<Member, E> {
                Ok(Member::Plain(value.into()))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::Members;
    use crate::service::RefusalCode;

    fn read(body: &str) -> Result<(String, u64), (RefusalCode, Option<String>)> {
        let read = || {
            let mut members = Members::decode(body.as_bytes())?;
            let pair = (members.take_string("user")?, members.take_u64("amount", 1..=999)?);
            members.finish()?;
            Ok(pair)
        };
        read().map_err(|refusal: crate::service::Refusal| (refusal.code, refusal.param))
    }

    #[test]
    fn an_object_with_just_the_known_members_is_read() {
        assert_eq!(
            read(r#"{"amount":145,"user":"alice"}"#),
            Ok(("alice".to_owned(), 145))
        );
    }

    #[test]
    fn each_flaw_has_its_code_and_names_the_member() {
        let cases = [
            ("", RefusalCode::BodyMalformed, None),
            ("[]", RefusalCode::BodyMalformed, None),
            (
                r#"{"user":"alice","amount":145"#,
                RefusalCode::BodyMalformed,
                None,
            ),
            (
                r#"{"user":"alice","amount":145} {}"#,
                RefusalCode::BodyMalformed,
                None,
            ),
            (
                r#"{"user":"alice","amount":145,"user":"bob"}"#,
                RefusalCode::MemberDuplicate,
                Some("user"),
            ),
            (
                r#"{"user":"alice","amount":145,"tip":1}"#,
                RefusalCode::MemberUnknown,
                Some("tip"),
            ),
            (r#"{"amount":145}"#, RefusalCode::MemberMissing, Some("user")),
            (
                r#"{"user":null,"amount":145}"#,
                RefusalCode::MemberMissing,
                Some("user"),
            ),
            (
                r#"{"user":7,"amount":145}"#,
                RefusalCode::MemberInvalid,
                Some("user"),
            ),
            (
                r#"{"user":"alice","amount":"145"}"#,
                RefusalCode::MemberInvalid,
                Some("amount"),
            ),
            (
                r#"{"user":"alice","amount":-1}"#,
                RefusalCode::MemberInvalid,
                Some("amount"),
            ),
            (
                r#"{"user":"alice","amount":1.5}"#,
                RefusalCode::MemberInvalid,
                Some("amount"),
            ),
            (
                r#"{"user":"alice","amount":1e2}"#,
                RefusalCode::MemberInvalid,
                Some("amount"),
            ),
            (
                r#"{"user":"alice","amount":1e400}"#,
                RefusalCode::BodyMalformed,
                None,
            ),
            (
                r#"{"user":"alice","amount":99999999999999999999}"#,
                RefusalCode::MemberInvalid,
                Some("amount"),
            ),
        ];
        for (body, code, param) in cases {
            assert_eq!(read(body), Err((code, param.map(str::to_owned))), "{body}");
        }
    }

    #[test]
    fn a_number_out_of_range_is_told_the_range() {
        let taken = |body: &str| Members::decode(body.as_bytes())?.take_u64("amount", 1..=999);
        assert_eq!(
            (taken(r#"{"amount":1}"#), taken(r#"{"amount":999}"#)),
            (Ok(1), Ok(999))
        );
        for number in ["-1", "0", "1000", "1.5", "1e2", "\"1\""] {
            let refusal = taken(&format!(r#"{{"amount":{number}}}"#)).expect_err("refused");
            assert_eq!(refusal.code, RefusalCode::MemberInvalid, "{number}");
            assert_eq!(refusal.rule, "must be a whole number from 1 to 999", "{number}");
        }
    }

    #[test]
    fn a_strangers_name_is_repeated_in_64_printable_characters() {
        let twice = |name: &str| format!(r#"{{"user":"alice","amount":1,"{name}":1,"{name}":2}}"#);
        let once = |name: &str| format!(r#"{{"user":"alice","amount":1,"{name}":1}}"#);
        let (long, odd) = ("x".repeat(5000), r"\u0000\u001b[2J\u202e\u00e9");
        let at_limit = "y".repeat(64);
        for (name, expected) in [
            (long.as_str(), &long[..64]),
            (&at_limit, &at_limit),
            (odd, r"\u{0}\u{1b}[2J\u{202e}\u{e9}"),
            ("tip", "tip"),
        ] {
            let param = Some(expected.to_owned());
            assert_eq!(
                read(&twice(name)),
                Err((RefusalCode::MemberDuplicate, param.clone()))
            );
            assert_eq!(read(&once(name)), Err((RefusalCode::MemberUnknown, param)));
        }
        let many = "\u{e9}".repeat(40);
        let Err((_, Some(param))) = read(&twice(&many)) else {
            panic!("named")
        };
        assert!(param.len() == 64 && param.is_ascii(), "{param}");
    }

    #[test]
    fn null_stands_for_what_may_be_left_out() {
        let taken = |body: &str| Members::decode(body.as_bytes())?.take_optional_string("description");
        assert_eq!(taken(r#"{"description":null}"#), Ok(None));
        assert_eq!(taken("{}"), Ok(None));
        assert_eq!(taken(r#"{"description":"a"}"#), Ok(Some("a".to_owned())));
        assert!(taken(r#"{"description":7}"#).is_err());
    }

    #[test]
    fn members_of_an_object_inside_are_named_by_their_path() {
        let taken = |body: &str| {
            let read = || {
                let mut members = Members::decode(body.as_bytes())?;
                let mut consent = members.take_object("consent")?;
                let version = consent.take_string("version")?;
                consent.finish()?;
                members.finish()?;
                Ok(version)
            };
            read().map_err(|refusal: crate::service::Refusal| (refusal.code, refusal.param))
        };
        assert_eq!(taken(r#"{"consent":{"version":"1"}}"#), Ok("1".to_owned()));
        for (body, code, param) in [
            ("{}", RefusalCode::MemberMissing, "consent"),
            (r#"{"consent":null}"#, RefusalCode::MemberMissing, "consent"),
            (r#"{"consent":"1"}"#, RefusalCode::MemberInvalid, "consent"),
            (
                r#"{"consent":[{"version":"1"}]}"#,
                RefusalCode::MemberInvalid,
                "consent",
            ),
            (r#"{"consent":{}}"#, RefusalCode::MemberMissing, "consent.version"),
            (
                r#"{"consent":{"version":{}}}"#,
                RefusalCode::MemberInvalid,
                "consent.version",
            ),
            (
                r#"{"consent":{"version":"1","a":1}}"#,
                RefusalCode::MemberUnknown,
                "consent.a",
            ),
            (
                r#"{"consent":{"version":"1","version":"2"}}"#,
                RefusalCode::MemberDuplicate,
                "consent.version",
            ),
        ] {
            assert_eq!(taken(body), Err((code, Some(param.to_owned()))), "{body}");
        }
        let wide: Vec<String> = (0..33).map(|n| format!("\"m{n}\":1")).collect();
        let wide = format!("{{\"consent\":{{{}}}}}", wide.join(","));
        assert_eq!(taken(&wide), Err((RefusalCode::BodyMalformed, None)));
    }

    #[test]
    fn a_deep_or_wide_body_is_refused() {
        let deep = format!("{{\"user\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
        assert_eq!(read(&deep), Err((RefusalCode::BodyMalformed, None)));
        let wide: Vec<String> = (0..33).map(|n| format!("\"m{n}\":1")).collect();
        assert_eq!(
            read(&format!("{{{}}}", wide.join(","))),
            Err((RefusalCode::BodyMalformed, None))
        );
    }
}

//! Names and amounts that several schemas have in common.

use crate::http::openapi::shape::{integer, like, line, list, one_of};
use smile_ceremony::limits::{AMOUNT_MINOR_UNITS_MAX, USER_CHARS_MAX};
use smile_ceremony::payment::{CurrencyCode, DeclineCode};
use std::sync::LazyLock;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};

/// A person: no control characters, and no white space (Unicode's `White_Space`) at the ends.
pub fn user() -> ObjectBuilder {
    let says = "Your name for the person: no control characters, no white space at the ends.";
    line(says, 1..=USER_CHARS_MAX, TIDY).examples(["alice"])
}

/// A name of yours for a thing, under the same rule.
pub fn label(says: &str, chars_max: usize) -> ObjectBuilder {
    let says = format!("{says} No control characters, no white space at the ends.");
    line(&says, 1..=chars_max, TIDY)
}

/// Written with the characters themselves, because dialects differ in what `\s` stands for.
const TIDY: &str = r"^[^\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]([^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000])?$";

/// The name of a payment.
pub fn payment_id() -> ObjectBuilder {
    id("The payment.", "pi")
}

/// A name that the server gave: a prefix and 32 hexadecimal digits.
pub fn id(says: &str, prefix: &str) -> ObjectBuilder {
    like(says, &format!("^{prefix}_[0-9a-f]{{32}}$"))
}

/// What an app is handed: an identifier, and 32 random bytes in base64url.
pub fn secret(says: &str, prefix: &str) -> ObjectBuilder {
    like(
        says,
        &format!("^{prefix}_[0-9a-f]{{32}}_secret_[A-Za-z0-9_-]{{43}}$"),
    )
}

/// An amount that is asked for.
pub fn amount(says: &str) -> ObjectBuilder {
    integer(says, 1..=AMOUNT_MINOR_UNITS_MAX).examples([145])
}

/// A sum of amounts, or a part of one.
pub fn sum(says: &str) -> ObjectBuilder {
    integer(says, 0..=AMOUNT_MINOR_UNITS_MAX)
}

/// A currency, of those that are accepted.
pub fn currency() -> ObjectBuilder {
    static ALL: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let letters = || b'A'..=b'Z';
        let codes = letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| [a, b, c])));
        let known = codes.filter_map(|code| {
            let code = std::str::from_utf8(&code).ok()?;
            Some(CurrencyCode::parse(code).ok()?.as_str())
        });
        known.collect()
    });
    let says = "An ISO 4217 code of a currency that has minor units, or none.";
    one_of(says, ALL.iter().copied()).examples(["EUR"])
}

/// Why money did not move.
pub fn decline_code(says: &str) -> ObjectBuilder {
    one_of(says, DeclineCode::ALL.map(DeclineCode::as_str))
}

/// The model of an authenticator.
pub fn aaid() -> ObjectBuilder {
    let says = "The model of the authenticator (UAF §3.1.4).";
    like(says, "^[0-9A-Fa-f]{4}#[0-9A-Fa-f]{4}$").examples(["FFFF#5301"])
}

/// What you should know about a person whose keys became less.
pub fn warnings() -> RefOr<Schema> {
    let says = "`last_credential`: the person has no active key left.";
    list("What you should know.", one_of(says, ["last_credential"]))
}

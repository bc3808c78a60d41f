//! Everything that is kept of a person, with the evidence.

use super::consent::CONSENT;
use super::credential::CREDENTIAL;
use super::names::{aaid, id, user};
use super::payment::PAYMENT;
use super::refund::REFUND;
use super::session::SESSION;
use crate::http::openapi::shape::{
    Members, Shape, count, extended, integer, like, list, moment, or_null, text, text_or_null,
};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema};

/// Everything that is kept of a person.
pub const EXPORT: Shape = Shape {
    name: "Export",
    schema: || {
        Members::open("Everything that is kept of a person.")
            .must("user", user())
            .must("exported_at", moment("When."))
            .must("credentials", list("Keys.", EXPORTED_CREDENTIAL.reference()))
            .must("consents", list("Consents.", CONSENT.reference()))
            .must(
                "enrolment_sessions",
                list("Enrolment sessions.", SESSION.reference()),
            )
            .must("authentication_sessions", list("Logins.", SESSION.reference()))
            .must("challenges", list("Challenges.", challenge()))
            .must(
                "payments",
                list("Payments, newest first.", EXPORTED_PAYMENT.reference()),
            )
            .must("refunds", list("Refunds of these payments.", REFUND.reference()))
            .into()
    },
};

/// A key with the evidence of its registration.
pub const EXPORTED_CREDENTIAL: Shape = Shape {
    name: "ExportedCredential",
    schema: || {
        let attestation = Members::open("How it was attested.").must("evidence", attestation_evidence());
        let display = "What its display can show, as it said at registration.";
        let own = Members::open("A key with the evidence of its registration.")
            .must("public_key", public_key())
            .must("authenticator_version", short("The authenticator's version."))
            .must("tc_display_png_characteristics", list(display, display_png()))
            .must("attestation", attestation);
        extended(&CREDENTIAL, own)
    },
};

/// A payment with the evidence of its signature.
pub const EXPORTED_PAYMENT: Shape = Shape {
    name: "ExportedPayment",
    schema: || {
        let authorisation = Members::open("Who signed it.").must("evidence", authorisation_evidence());
        let own = Members::open("A payment with the evidence of its signature.")
            .may("authorisation", authorisation);
        extended(&PAYMENT, own)
    },
};

fn base64url(says: &str) -> ObjectBuilder {
    like(&format!("{says} In base64url."), "^[A-Za-z0-9_-]*$")
}

fn short(says: &str) -> ObjectBuilder {
    integer(says, 0..=u64::from(u16::MAX))
}

fn algorithm() -> ObjectBuilder {
    short("What it signs with, as the FIDO registry numbers it.")
}

fn public_key() -> RefOr<Schema> {
    Members::open("The public key.")
        .must("algorithm", algorithm())
        .must(
            "format",
            short("The format of `original`, as the FIDO registry numbers it."),
        )
        .must("original", base64url("The key as it was attested."))
        .must("cose", base64url("The same key as a COSE_Key (RFC 9052 §7)."))
        .into()
}

fn display_png() -> RefOr<Schema> {
    let byte = |says| integer(says, 0..=255);
    let size = |says| integer(says, 0..=u64::from(u32::MAX));
    let colour = Members::open("A colour of the palette.")
        .must("r", short("Red."))
        .must("g", short("Green."))
        .must("b", short("Blue."));
    Members::open("What a transaction display can show (Metadata §3.7).")
        .must("width", size("Pixels."))
        .must("height", size("Pixels."))
        .must("bitDepth", byte("Bits of a sample."))
        .must("colorType", byte("PNG's colour type."))
        .must("compression", byte("PNG's compression method."))
        .must("filter", byte("PNG's filter method."))
        .must("interlace", byte("PNG's interlace method."))
        .may("plte", list("The palette, where there is one.", colour))
        .into()
}

fn attestation_evidence() -> RefOr<Schema> {
    let anchor =
        "SHA-256 of the listed root that the path ends at, in base64url; `null` where there is none.";
    Members::open("What the decision can be made again with.")
        .must(
            "attestation_type",
            short("What attested it, as the FIDO registry numbers it."),
        )
        .must("assertion", base64url("The whole registration assertion."))
        .must("fc_params", text("`fcParams` as it came."))
        .must("trust_anchor_sha256", text_or_null(text(anchor)))
        .must(
            "metadata_sha256",
            base64url("SHA-256 of the metadata statement that was in force."),
        )
        .into()
}

fn authorisation_evidence() -> RefOr<Schema> {
    let content = "The hash of what was shown and signed.";
    Members::open("What the signature can be verified with again.")
        .must("ceremony", id("The challenge that was signed.", "ce"))
        .must("credential", id("The key that signed.", "cred"))
        .must("aaid", aaid())
        .must(
            "key_id",
            text("The key's name inside of that model, in base64url."),
        )
        .must("algorithm", algorithm())
        .must(
            "public_key",
            base64url("The public key as a COSE_Key (RFC 9052 §7)."),
        )
        .must("final_challenge_hash", base64url("The hash of `fc_params`."))
        .must("transaction_content_hash", base64url(content))
        .may(
            "transaction_picture",
            base64url("The PNG that was shown in place of the text."),
        )
        .may("pictured_text", text("The text that it was drawn of."))
        .must("assertion", base64url("The whole authentication assertion."))
        .must("fc_params", text("`fcParams` as it came."))
        .must(
            "sign_counter",
            integer("The signature counter.", 0..=u64::from(u32::MAX)),
        )
        .must(
            "authorised_at_ms",
            count("When it was verified, in Unix milliseconds."),
        )
        .into()
}

fn challenge() -> RefOr<Schema> {
    let way =
        |name: &str, prefix: &str| Members::open("What it belongs to.").must(name, id("Its name.", prefix));
    let purpose = OneOfBuilder::new()
        .description(Some("What it is for."))
        .item(way("enrolment", "es"))
        .item(way("authentication", "as"))
        .item(way("payment", "pi"));
    Members::open("A challenge that was issued.")
        .must("id", id("Its name.", "ce"))
        .must("purpose", purpose)
        .must("issued_at", moment("When it was issued."))
        .must("expires_at", moment("Until when it may be answered."))
        .must(
            "spent_at",
            or_null(moment("When it was answered."), Type::Integer),
        )
        .into()
}

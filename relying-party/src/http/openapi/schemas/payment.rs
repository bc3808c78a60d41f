//! Payments and their receipts.

use super::names::{aaid, amount, currency, decline_code, id, secret, sum, user};
use crate::http::openapi::shape::{
    Members, Shape, boolean, count, integer, like, line, list, moment, one_of, or_null, text, text_or_null,
};
use smile_ceremony::limits::{
    DESCRIPTION_CHARS_MAX, ORDER_CHARS_MAX, PAYEE_CHARS_MAX, PAYMENT_LIFETIME_MAX_MS,
    PAYMENT_LIFETIME_MIN_MS, TRANSACTION_TEXT_CHARS_MAX, WEB_ADDRESS_CHARS_MAX,
};
use smile_ceremony::payment::PaymentStatus;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};

/// What a new payment asks for.
pub const NEW_PAYMENT: Shape = Shape {
    name: "NewPayment",
    schema: new_payment,
};

/// Who is to pay.
pub const PAYER: Shape = Shape {
    name: "Payer",
    schema: || {
        Members::closed("The person who is to pay.")
            .must("user", user())
            .into()
    },
};

/// A body without members.
pub const NOTHING: Shape = Shape {
    name: "Nothing",
    schema: || Members::closed("Nothing has to be said.").into(),
};

/// How much is captured.
pub const CAPTURE: Shape = Shape {
    name: "Capture",
    schema: || {
        let says = "A part of what was authorised; without it, all of it.";
        let amount = or_null(amount(says), Type::Integer);
        Members::closed("How much is captured.")
            .may("amount", amount)
            .into()
    },
};

/// A payment.
pub const PAYMENT: Shape = Shape {
    name: "Payment",
    schema: || payment().into(),
};

/// A payment in the answer to its creation.
pub const CREATED_PAYMENT: Shape = Shape {
    name: "CreatedPayment",
    schema: created,
};

/// A part of the list of payments.
pub const PAYMENTS: Shape = Shape {
    name: "Payments",
    schema: || {
        Members::open("A part of the list of payments.")
            .must("data", list("Newest first.", PAYMENT.reference()))
            .must("has_more", boolean("Whether there are more behind the last one."))
            .into()
    },
};

/// The keys that receipts are checked with.
pub const RECEIPT_KEYS: Shape = Shape {
    name: "ReceiptKeys",
    schema: receipt_keys,
};

/// No double quotes and no control characters, no white space at the ends. What else cannot be shown is refused too: the
/// rules of Unicode do not fit into a pattern.
const QUOTABLE: &str = r#"^[^\x00-\x20"\x7f]([^\x00-\x1f"\x7f]*[^\x00-\x20"\x7f])?$"#;

fn payee() -> ObjectBuilder {
    let says =
        "What the buyer reads: no double quotes, no white space at the ends; what is not ASCII is drawn.";
    line(says, 1..=PAYEE_CHARS_MAX, QUOTABLE).examples(["Deutsche Post"])
}

fn order() -> ObjectBuilder {
    let says = "Your name of what is paid for, which the buyer reads too: as for `payee`.";
    text_or_null(line(says, 1..=ORDER_CHARS_MAX, QUOTABLE)).examples(["A-17"])
}

fn description() -> ObjectBuilder {
    let says = "Your own note, neither shown by the authenticator nor signed.";
    text_or_null(text(says).max_length(Some(DESCRIPTION_CHARS_MAX)))
}

fn capture_method(says: &str) -> ObjectBuilder {
    one_of(says, ["automatic", "manual"])
}

fn new_payment() -> RefOr<Schema> {
    let lifetime = PAYMENT_LIFETIME_MIN_MS / 1000..=PAYMENT_LIFETIME_MAX_MS / 1000;
    let lifetime = integer(
        "How long it waits for its buyer, in seconds; 900 where you do not say.",
        lifetime,
    );
    let confirm = "Where a user is named, creation confirms the payment unless this is `false`.";
    let methods = ["automatic".into(), "manual".into(), serde_json::Value::Null];
    let method = "`automatic` takes the money once the buyer signed, and is what counts where you do not say; `manual` \
        when you say so.";
    Members::closed("A payment that is asked for.")
        .must(
            "amount",
            amount("How much, in minor units: 145 is 1.45 EUR, and 145 JPY."),
        )
        .must("currency", currency())
        .must("payee", payee())
        .may("order", order())
        .may("user", text_or_null(user()))
        .may("confirm", or_null(boolean(confirm), Type::Boolean))
        .may(
            "capture_method",
            text_or_null(text(method)).enum_values(Some(methods)),
        )
        .may("expires_in_s", or_null(lifetime, Type::Integer))
        .may("description", description())
        .may("return_url", return_url())
        .into()
}

fn return_url() -> ObjectBuilder {
    let says = "Where the hosted page leads the payer in the end: https, or http on loopback in development. Not signed.";
    let address = text_or_null(line(says, 1..=WEB_ADDRESS_CHARS_MAX, "^https?://"));
    address.examples(["https://shop.example/thanks"])
}

fn created() -> RefOr<Schema> {
    let says =
        "For the app, never your key: it reads this payment and begins its signature. Shown this once.";
    payment().must("client_secret", secret(says, "pi")).into()
}

fn payment() -> Members {
    let erased =
        boolean("There where the person was erased: `user` is `null` then.").enum_values(Some([true]));
    let statuses = PaymentStatus::ALL.map(PaymentStatus::as_str);
    Members::open("A payment.")
        .must("id", id("Its name.", "pi"))
        .must("status", one_of("Its state; states only move forward.", statuses))
        .must("amount", amount("What is asked for, in minor units."))
        .must("currency", currency())
        .must("payee", payee())
        .must("user", text_or_null(user()))
        .must("order", order())
        .must("description", description())
        .must("capture_method", capture_method("When the money is taken."))
        .must("amount_captured", sum("What was taken, in minor units."))
        .must(
            "amount_refunded",
            sum("What went back or is on its way, in minor units."),
        )
        .must("transaction_text", transaction_text())
        .must("return_url", return_url())
        .must("created_at", moment("When it was created."))
        .must("expires_at", moment("Until when it waits for its buyer."))
        .may("user_erased", erased)
        .may("transaction_picture", transaction_picture())
        .may("next_action", next_action())
        .may(
            "decline_code",
            decline_code("Why it failed, or why a cancelation was declined."),
        )
        .may("authorisation", authorisation())
}

fn transaction_text() -> ObjectBuilder {
    text("What the authenticator shows and signs.").max_length(Some(TRANSACTION_TEXT_CHARS_MAX))
}

fn next_action() -> RefOr<Schema> {
    let kind = one_of(
        "A UAF authentication with the client secret.",
        ["uaf_transaction_confirmation"],
    );
    Members::open("What the app must do, while the status is `requires_action`.")
        .must("type", kind)
        .may("url", text("The hosted page, where the server has them; with the client secret as its fragment in the answer to the creation."))
        .into()
}

fn transaction_picture() -> RefOr<Schema> {
    let hash = like("SHA-256 of the picture, in hexadecimal digits.", "^[0-9a-f]{64}$");
    let side = |says: &str| integer(says, 1..=u64::from(u32::MAX));
    Members::open("The picture of `transaction_text` that is shown and signed, where it is not ASCII.")
        .must("sha256", hash)
        .must("bytes", count("Its length."))
        .must("width", side("In pixels."))
        .must("height", side("In pixels."))
        .must("content_type", one_of("What it is.", ["image/png"]))
        .into()
}

fn authorisation() -> RefOr<Schema> {
    Members::open("Who signed it, once somebody did.")
        .must("credential", id("The key.", "cred"))
        .must("aaid", aaid())
        .must("authorised_at", moment("When."))
        .into()
}

fn receipt_keys() -> RefOr<Schema> {
    let coordinate = || text("32 bytes in base64url.").pattern(Some("^[A-Za-z0-9_-]{43}$"));
    let key = Members::open("A public key (RFC 7517 §4).")
        .must("kty", one_of("Its kind.", ["EC"]))
        .must("crv", one_of("Its curve.", ["P-256"]))
        .must("alg", one_of("What it verifies.", ["ES256"]))
        .must("use", one_of("What it is for.", ["sig"]))
        .must("kid", text("Its name, which a receipt has in its header."))
        .must("x", coordinate())
        .must("y", coordinate());
    Members::open("A JSON Web Key Set (RFC 7517 §5).")
        .must("keys", list("The keys.", key))
        .into()
}

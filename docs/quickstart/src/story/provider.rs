//! The provider's back office: it alone holds the secret key, and it alone says who may register and what costs what.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use smile_relying_party::clock::{Clock, SystemClock};

use crate::QuickstartError;
use crate::wire::Wire;

/// The price of the stamp in cents.
pub const STAMP_CENTS: u64 = 2_000;
/// Who is paid.
pub const PAYEE: &str = "Stamp Shop Hannover";
/// Who pays.
pub const BUYER: &str = "anna";

/// What the buyer agrees to before the device learns their face. Only its hash goes to the server.
const CONSENT: &str = "My device may learn my face and keep it. The server gets a public key.";

/// A payment as the provider created it.
pub struct Payment {
    /// `pi_…`
    pub id: String,
    /// The short-lived secret that the provider hands to the device.
    pub client_secret: String,
    /// The text that the buyer must see.
    pub text: String,
}

/// What an enrolment session of somebody who agrees at this moment is asked for with, as its member `consent`.
pub fn consent() -> Value {
    json!({
        "version": "2026-11", "language": "en", "text_sha256": hex::encode(Sha256::digest(CONSENT)),
        "agreed_at": SystemClock.now_ms() / 1000,
    })
}

/// A one-time permission for the device of `user`, who agreed to it, to register a key.
pub fn enrolment_token(provider: &mut Wire, user: &str) -> Result<String, QuickstartError> {
    let wanted = json!({"user": user, "consent": consent()});
    let session = provider.post_json("/v1/enrolment_sessions", &wanted, 201)?;
    text(&session, "token")
}

/// A payment of `user` for one stamp, waiting for their signature.
pub fn create_payment(provider: &mut Wire, user: &str) -> Result<Payment, QuickstartError> {
    let wanted = json!({
        "amount": STAMP_CENTS, "currency": "EUR", "payee": PAYEE, "user": user,
        "description": "Hannover Messe 1948, mint",
    });
    let created = provider.post_json("/v1/payment_intents", &wanted, 201)?;
    let status = text(&created, "status")?;
    if status != "requires_action" {
        return Err(unexpected("a new payment", "requires_action", &status));
    }
    Ok(Payment {
        id: text(&created, "id")?,
        client_secret: text(&created, "client_secret")?,
        text: text(&created, "transaction_text")?,
    })
}

/// The state of a payment now.
pub fn status(provider: &mut Wire, payment: &Payment) -> Result<String, QuickstartError> {
    let reply = provider
        .get(&format!("/v1/payment_intents/{}", payment.id), None)?
        .json()?;
    text(&reply, "status")
}

/// Errors unless the payment is in the state `expected`.
pub fn must_be(provider: &mut Wire, payment: &Payment, expected: &str) -> Result<(), QuickstartError> {
    let found = status(provider, payment)?;
    if found == expected {
        Ok(())
    } else {
        Err(unexpected("the payment's state", expected, &found))
    }
}

/// Identifiers of the registered keys of `user`.
pub fn credentials(provider: &mut Wire, user: &str) -> Result<Vec<String>, QuickstartError> {
    let reply = provider
        .get(&format!("/v1/users/{user}/credentials"), None)?
        .json()?;
    let data = reply["data"]
        .as_array()
        .ok_or_else(|| QuickstartError::Reply("has no `data`".into()))?;
    data.iter().map(|credential| text(credential, "id")).collect()
}

/// Revokes a key at the server; returns the UAF message that tells the device to erase its half.
pub fn deregister(provider: &mut Wire, credential: &str) -> Result<String, QuickstartError> {
    let path = format!("/v1/credentials/{credential}/deregister");
    text(&provider.post_json(&path, &json!({}), 200)?, "uaf_request")
}

fn text(object: &Value, member: &str) -> Result<String, QuickstartError> {
    let missing = || QuickstartError::Reply(format!("has no `{member}`: {object}"));
    object[member].as_str().map(str::to_owned).ok_or_else(missing)
}

fn unexpected(step: &'static str, expected: &str, found: &str) -> QuickstartError {
    QuickstartError::Unexpected {
        step,
        expected: expected.into(),
        found: found.into(),
    }
}

//! The shop's line to the provider's server, with the secret key.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::catalogue::PAYEE;
use super::consent::Agreement;
use super::refusal::{ShopRefusal, ShopRefusalCode};
use crate::QuickstartError;
use crate::receipt::{self, Facts};
use crate::wire::{Reply, Wire};

/// Where the server is, and the key. Calls block: they belong on a thread that may.
#[derive(Clone)]
pub struct Provider {
    /// The server.
    pub address: SocketAddr,
    /// `sk_…`, which never leaves the backend.
    pub secret_key: String,
}

impl Provider {
    fn wire(&self) -> Wire {
        Wire::new(self.address, Some(self.secret_key.clone()))
    }

    /// A one-time permission for `user`, who agreed to it, to register a key. The server keeps the text's hash too.
    pub fn enrolment_token(&self, user: &str, agreement: &Agreement) -> Result<String, ShopRefusal> {
        let consent = &agreement.consent;
        let consent = json!({
            "version": consent.version, "language": consent.language, "text_sha256": consent.text_hash,
            "agreed_at": agreement.agreed_at,
        });
        let wanted = json!({"user": user, "consent": consent});
        let made = self.post("/v1/enrolment_sessions", &wanted)?;
        text(&made, "token")
    }

    /// A new payment of `user` for an order, as the server shows it once, with its client secret. If the answer is
    /// lost, the same request is sent once more: under the order's key it makes one payment however often it comes.
    pub fn create_payment(
        &self,
        user: &str,
        order: &str,
        amount: u64,
        currency: &str,
        return_url: &str,
    ) -> Result<Value, ShopRefusal> {
        let wanted = json!({"amount": amount, "currency": currency, "payee": PAYEE, "user": user, "order": order,
            "return_url": return_url});
        let key = format!("order-{order}");
        let path = "/v1/payment_intents";
        let sent = self.wire().post_once(path, &wanted, &key);
        let sent = sent.or_else(|_| self.wire().post_once(path, &wanted, &key));
        json_of(&accepted(sent)?)
    }

    /// The state of a payment.
    pub fn payment_status(&self, id: &str) -> Result<String, ShopRefusal> {
        text(&self.get(&format!("/v1/payment_intents/{id}"))?, "status")
    }

    /// How many keys a user has.
    pub fn keys(&self, user: &str) -> Result<usize, ShopRefusal> {
        let listed = self.get(&format!("/v1/users/{user}/credentials"))?;
        listed["data"]
            .as_array()
            .map(Vec::len)
            .ok_or_else(|| unexpected("data"))
    }

    /// The receipt's bytes and what it says, after it was verified with the public key alone and found to tell of
    /// this payment and this text.
    pub fn receipt(&self, payment: &str, shown: &str) -> Result<(Vec<u8>, Facts), ShopRefusal> {
        let mut public = Wire::new(self.address, None);
        let receipt = accepted(
            self.wire()
                .get(&format!("/v1/payment_intents/{payment}/receipt"), None),
        )?;
        let keys = accepted(public.get("/v1/receipt_keys", Some(("Accept", "application/cose-key-set"))))?;
        let facts = receipt::verify(&receipt.body, &keys.body)
            .and_then(|payload| Facts::decode(&payload))
            .and_then(|facts| {
                facts.must_tell_of(payment, shown, "succeeded")?;
                Ok(facts)
            });
        let facts =
            facts.map_err(|error| ShopRefusal::new(ShopRefusalCode::ReceiptRefused, error.to_string()))?;
        Ok((receipt.body, facts))
    }

    /// The server's answer to a UAF message, whatever it is. No key goes along: the token in the message permits it.
    pub fn uaf(&self, path: &str, content_type: &str, body: &[u8]) -> Result<Reply, ShopRefusal> {
        Wire::new(self.address, None)
            .post(path, content_type, body)
            .map_err(unreachable)
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, ShopRefusal> {
        let sent = self
            .wire()
            .post(path, "application/json", body.to_string().as_bytes());
        json_of(&accepted(sent)?)
    }

    fn get(&self, path: &str) -> Result<Value, ShopRefusal> {
        json_of(&accepted(self.wire().get(path, None))?)
    }
}

/// An answer of the 200 range. Every other one is handed on in the server's own words.
fn accepted(reply: Result<Reply, QuickstartError>) -> Result<Reply, ShopRefusal> {
    let reply = reply.map_err(unreachable)?;
    if (200..300).contains(&reply.status) {
        return Ok(reply);
    }
    let problem = reply.json().unwrap_or_default();
    let word = |member: &str| problem[member].as_str().unwrap_or_default().to_owned();
    let detail = format!("{} {}: {}", reply.status, word("code"), word("detail"));
    Err(ShopRefusal::new(ShopRefusalCode::ProviderRefused, detail))
}

fn json_of(reply: &Reply) -> Result<Value, ShopRefusal> {
    reply
        .json()
        .map_err(|error| ShopRefusal::new(ShopRefusalCode::ProviderRefused, error.to_string()))
}

fn unreachable(error: QuickstartError) -> ShopRefusal {
    ShopRefusal::new(ShopRefusalCode::ProviderUnreachable, error.to_string())
}

fn text(object: &Value, member: &str) -> Result<String, ShopRefusal> {
    let found = object[member].as_str();
    found.map(str::to_owned).ok_or_else(|| unexpected(member))
}

fn unexpected(member: &str) -> ShopRefusal {
    // The answer may hold a secret: only the member's name is told.
    ShopRefusal::new(
        ShopRefusalCode::ProviderRefused,
        format!("the answer has no {member}"),
    )
}

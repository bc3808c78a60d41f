//! The UAF messages of the run, left for those who want to look at them with `smile-rp inspect` and `smile-rp vectors`.
//!
//! They hold no secret. A request is a challenge that was answered, and a response what a server may see: hashes, a public
//! key, signatures. The tokens that let a device ask and answer travel beside the messages, and are looked for here before
//! anything is written.

use serde_json::{Value, json};
use smile_protocol::uaf::registration::RegistrationResponse;

use crate::QuickstartError;
use crate::stage::RunFolder;

/// The folder of the messages, within the run's.
pub const FOLDER: &str = "uaf";
/// The assertions as `smile-rp vectors` reads them, within that folder.
pub const ASSERTIONS: &str = "assertions.json";

/// What went to and fro in one ceremony.
pub struct Exchange {
    /// The server's UAF message.
    pub request: String,
    /// The device's.
    pub response: String,
}

/// A registration and a payment by its key, with what must not be in them.
pub struct Messages<'a> {
    /// The registration.
    pub registration: &'a Exchange,
    /// The payment.
    pub payment: &'a Exchange,
    /// Keys and tokens of the run.
    pub secrets: &'a [&'a str],
}

impl Messages<'_> {
    /// Writes them into the run's folder. Errors: one holds a secret, is no message, or cannot be written.
    pub fn leave(&self, folder: &RunFolder) -> Result<(), QuickstartError> {
        let assertions = format!("{:#}\n", self.assertions()?);
        let files = [
            ("register-request.json", &self.registration.request),
            ("register-response.json", &self.registration.response),
            ("pay-request.json", &self.payment.request),
            ("pay-response.json", &self.payment.response),
            (ASSERTIONS, &assertions),
        ];
        for (name, text) in files {
            holds_no_secret(name, text, self.secrets)?;
        }
        let path = folder.join(FOLDER);
        std::fs::create_dir_all(&path).map_err(crate::stage::at(&path))?;
        for (name, text) in files {
            folder.write(&format!("{FOLDER}/{name}"), text.as_bytes())?;
        }
        Ok(())
    }

    /// The two assertions, the payment's with the public key that verifies it.
    fn assertions(&self) -> Result<Value, QuickstartError> {
        let no_message = |error: smile_protocol::ProtocolError| QuickstartError::Reply(error.to_string());
        let response = RegistrationResponse::decode(&self.registration.response).map_err(no_message)?;
        let first = response
            .assertions
            .first()
            .ok_or_else(|| QuickstartError::Reply("holds no assertion".to_owned()))?;
        let registered = first.decode_assertion().map_err(no_message)?;
        let mut login = entry("pay", "auth", &self.payment.response)?;
        login["pubkey"] = json!(smile_protocol::base64url::encode(&registered.krd.public_key));
        Ok(json!([
            entry("register", "reg", &self.registration.response)?,
            login
        ]))
    }
}

/// The first assertion of a response, with the final challenge parameters as they were sent.
fn entry(id: &str, kind: &str, response: &str) -> Result<Value, QuickstartError> {
    let message: Value = serde_json::from_str(response)
        .map_err(|error| QuickstartError::Reply(format!("is not JSON: {error}")))?;
    let (response, assertion) = (&message[0], &message[0]["assertions"][0]);
    Ok(json!({
        "id": id,
        "kind": kind,
        "assertionScheme": assertion["assertionScheme"],
        "assertion": assertion["assertion"],
        "fcParams": response["fcParams"],
    }))
}

fn holds_no_secret(name: &'static str, text: &str, secrets: &[&str]) -> Result<(), QuickstartError> {
    if secrets.iter().any(|secret| text.contains(secret)) {
        return Err(QuickstartError::Unexpected {
            step: name,
            expected: "no key and no token in a UAF message".to_owned(),
            found: "one is".to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{entry, holds_no_secret};

    #[test]
    fn a_file_with_a_secret_is_not_left() {
        assert!(holds_no_secret("f", "a token in it", &["key", "token"]).is_err());
        holds_no_secret("f", "nothing in it", &["key", "token"]).expect("there is none");
    }

    #[test]
    fn an_entry_has_what_was_sent() {
        let response =
            r#"[{"fcParams":"ZmM","assertions":[{"assertionScheme":"UAFV1TLV","assertion":"YXM"}]}]"#;
        let entry = entry("pay", "auth", response).expect("a response");
        assert_eq!(
            (&entry["fcParams"], &entry["assertion"], &entry["kind"]),
            (&"ZmM".into(), &"YXM".into(), &"auth".into())
        );
    }
}

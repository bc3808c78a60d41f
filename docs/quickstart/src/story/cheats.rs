//! The other half: five things that must fail, each for its own reason.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use smile_authenticator::AuthenticatorError;
use smile_models::Image;

use super::device::{self, Screen, Verdict};
use super::provider;
use super::purchase::Bought;
use super::setting::Scene;
use crate::QuickstartError;
use crate::steps::Steps;

/// Past the five minutes in which a challenge may be answered.
const TOO_LATE_MS: u64 = 6 * 60 * 1000;

impl Scene {
    /// Somebody else picks up the device. The authenticator says no; nothing is signed, and after the look nothing is
    /// sent.
    pub fn another_face(&mut self, stranger: &[Image], steps: &mut Steps) -> Result<(), QuickstartError> {
        let payment = provider::create_payment(&mut self.stage.provider, provider::BUYER)?;
        let before = self.stage.device.bytes_sent();
        let (request, _) = self.payment_request(&payment)?;
        let began = Instant::now();
        let asked = self.stage.device.bytes_sent();
        let mut screen = Screen::default();
        let server = self.stage.server.addr;
        let refusal = match device::answer(&mut self.authenticator, server, &request, stranger, &mut screen) {
            Err(refusal @ AuthenticatorError::NotConfirmed) => refusal,
            other => {
                return Err(came_out(
                    "another person's face",
                    "the face to be refused",
                    &other,
                ));
            }
        };
        if self.sent_since(asked) != 0 {
            return Err(came_out(
                "another person's face",
                "nothing to be sent after the look",
                &self.sent_since(asked),
            ));
        }
        provider::must_be(&mut self.stage.provider, &payment, "requires_action")?;
        steps.record(
            "another person's face",
            began,
            self.sent_since(before),
            format!("device: {refusal}; after the look nothing was sent"),
        );
        Ok(())
    }

    /// Something between server and device halves the amount that the buyer is shown. The key signs what was
    /// shown; the server finds another text signed than it asked for.
    pub fn changed_amount(&mut self, face: &[Image], steps: &mut Steps) -> Result<(), QuickstartError> {
        let payment = provider::create_payment(&mut self.stage.provider, provider::BUYER)?;
        let before = self.stage.device.bytes_sent();
        let (request, token) = self.payment_request(&payment)?;
        let forged = with_text(&request, &payment.text, &payment.text.replace("20.00", "10.00"))?;
        let began = Instant::now();
        let response = self.answer(&forged, face, &mut Screen::default())?;
        let verdict =
            device::send_response(&mut self.stage.device, &response, (token, &payment.client_secret))?;
        refused("a changed amount", &verdict, 1498)?;
        provider::must_be(&mut self.stage.provider, &payment, "requires_action")?;
        steps.record("a changed amount", began, self.sent_since(before), said(&verdict));
        Ok(())
    }

    /// The response that paid is sent a second time.
    pub fn replayed_response(&mut self, bought: &Bought, steps: &mut Steps) -> Result<(), QuickstartError> {
        let before = self.stage.device.bytes_sent();
        let began = Instant::now();
        let token = ("clientSecret", bought.payment.client_secret.as_str());
        let verdict = device::send_response(&mut self.stage.device, &bought.exchange.response, token)?;
        refused("a replayed response", &verdict, 1491)?;
        steps.record(
            "a replayed response",
            began,
            self.sent_since(before),
            said(&verdict),
        );
        Ok(())
    }

    /// The right face signs, but six minutes late by the server's clock.
    pub fn expired_challenge(&mut self, face: &[Image], steps: &mut Steps) -> Result<(), QuickstartError> {
        let payment = provider::create_payment(&mut self.stage.provider, provider::BUYER)?;
        let before = self.stage.device.bytes_sent();
        let (request, token) = self.payment_request(&payment)?;
        let began = Instant::now();
        let response = self.answer(&request, face, &mut Screen::default())?;
        self.stage.clock.advance_ms(TOO_LATE_MS);
        let verdict =
            device::send_response(&mut self.stage.device, &response, (token, &payment.client_secret))?;
        refused("an expired challenge", &verdict, 1491)?;
        provider::must_be(&mut self.stage.provider, &payment, "requires_action")?;
        steps.record(
            "an expired challenge (server's clock moved)",
            began,
            self.sent_since(before),
            said(&verdict),
        );
        Ok(())
    }

    /// The buyer's key is revoked while a payment waits. Its signature is refused. Returns the messages that tell the
    /// device to erase its half.
    pub fn deregistered_key(
        &mut self,
        face: &[Image],
        steps: &mut Steps,
    ) -> Result<Vec<String>, QuickstartError> {
        let payment = provider::create_payment(&mut self.stage.provider, provider::BUYER)?;
        let before = self.stage.device.bytes_sent();
        let (request, token) = self.payment_request(&payment)?;
        let mut messages = Vec::new();
        for credential in provider::credentials(&mut self.stage.provider, provider::BUYER)? {
            messages.push(provider::deregister(&mut self.stage.provider, &credential)?);
        }
        let began = Instant::now();
        let response = self.answer(&request, face, &mut Screen::default())?;
        let verdict =
            device::send_response(&mut self.stage.device, &response, (token, &payment.client_secret))?;
        refused("a deregistered key", &verdict, 1481)?;
        provider::must_be(&mut self.stage.provider, &payment, "requires_action")?;
        steps.record(
            "a deregistered key",
            began,
            self.sent_since(before),
            said(&verdict),
        );
        Ok(messages)
    }
}

/// The request with another transaction text, as something between server and device would forge it.
fn with_text(request: &str, text: &str, other: &str) -> Result<String, QuickstartError> {
    let (content, forged) = (URL_SAFE_NO_PAD.encode(text), URL_SAFE_NO_PAD.encode(other));
    if text == other || !request.contains(&content) {
        return Err(came_out(
            "forging the amount",
            "the payment's text in the request",
            &request,
        ));
    }
    Ok(request.replace(&content, &forged))
}

fn refused(step: &'static str, verdict: &Verdict, code: u64) -> Result<(), QuickstartError> {
    if verdict.status_code == code {
        Ok(())
    } else {
        Err(came_out(step, &code.to_string(), verdict))
    }
}

fn said(verdict: &Verdict) -> String {
    format!("server: {} {}", verdict.status_code, verdict.description)
}

fn came_out(step: &'static str, expected: &str, found: &dyn std::fmt::Debug) -> QuickstartError {
    QuickstartError::Unexpected {
        step,
        expected: expected.to_owned(),
        found: format!("{found:?}"),
    }
}

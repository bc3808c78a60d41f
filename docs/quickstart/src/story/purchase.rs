//! The good half: register a key, buy a stamp, check the receipt.

use std::time::Instant;

use smile_authenticator::AuthenticatorError;
use smile_models::Image;

use super::device::{self, Screen};
use super::provider::{self, Payment};
use super::setting::Scene;
use crate::QuickstartError;
use crate::messages::{Exchange, Messages};
use crate::receipt::{self, Facts};
use crate::steps::Steps;

/// What the purchase left behind; a cheat replays it.
pub struct Bought {
    /// The payment.
    pub payment: Payment,
    /// The UAF request, and the response that authorised it.
    pub exchange: Exchange,
    /// The receipt: COSE_Sign1 bytes.
    pub receipt: Vec<u8>,
}

/// What the registration left behind.
pub struct Registered {
    /// Its UAF request and response.
    pub exchange: Exchange,
    /// The one-time token that permitted it.
    pub token: String,
}

impl Scene {
    /// Registers a new key for the buyer: the provider permits it once, the face unlocks it.
    pub fn register(&mut self, face: &[Image], steps: &mut Steps) -> Result<Registered, QuickstartError> {
        steps.chapter("Register");
        let began = Instant::now();
        let secret = provider::enrolment_token(&mut self.stage.provider, provider::BUYER)?;
        steps.record("provider permits one registration", began, 0, "a one-time token");

        let before = self.stage.device.bytes_sent();
        let began = Instant::now();
        let token = ("enrolmentSession", secret.as_str());
        let request = device::fetch_request(&mut self.stage.device, token)?;
        let response = self.answer(&request, face, &mut Screen::default())?;
        steps.record(
            "face checked, key made, assertion signed",
            began,
            self.sent_since(before),
            "UAFV1TLV, Basic Full",
        );

        let before = self.stage.device.bytes_sent();
        let began = Instant::now();
        let verdict = device::send_response(&mut self.stage.device, &response, token)?;
        accepted("registration", &verdict)?;
        steps.record(
            "server verifies and stores the public key",
            began,
            self.sent_since(before),
            "status 1200",
        );
        Ok(Registered {
            exchange: Exchange { request, response },
            token: secret,
        })
    }

    /// Leaves the messages of the registration and the payment in the run's folder.
    pub fn leave_messages(&self, registered: &Registered, bought: &Bought) -> Result<(), QuickstartError> {
        let messages = Messages {
            registration: &registered.exchange,
            payment: &bought.exchange,
            secrets: &[
                self.stage.secret_key.as_str(),
                registered.token.as_str(),
                bought.payment.client_secret.as_str(),
            ],
        };
        messages.leave(&self.folder)
    }

    /// Buys the stamp: payment created, text shown, face checked, payment signed, verified, receipt checked.
    pub fn buy(&mut self, face: &[Image], steps: &mut Steps) -> Result<Bought, QuickstartError> {
        steps.chapter("Buy");
        let began = Instant::now();
        let payment = provider::create_payment(&mut self.stage.provider, provider::BUYER)?;
        steps.record(
            "provider creates a payment",
            began,
            0,
            format!("{} requires_action", payment.id),
        );

        let before = self.stage.device.bytes_sent();
        let began = Instant::now();
        let (request, token) = self.payment_request(&payment)?;
        let mut screen = Screen::default();
        let response = self.answer(&request, face, &mut screen)?;
        if screen.shown.as_deref() != Some(payment.text.as_str()) {
            let found = format!("{:?} was shown", screen.shown);
            return Err(QuickstartError::Unexpected {
                step: "the buyer's screen",
                expected: payment.text,
                found,
            });
        }
        steps.record(
            "face checked, this payment signed",
            began,
            self.sent_since(before),
            "text read first",
        );

        let before = self.stage.device.bytes_sent();
        let began = Instant::now();
        let verdict =
            device::send_response(&mut self.stage.device, &response, (token, &payment.client_secret))?;
        accepted("payment", &verdict)?;
        provider::must_be(&mut self.stage.provider, &payment, "succeeded")?;
        steps.record(
            "server verifies and authorises",
            began,
            self.sent_since(before),
            "succeeded",
        );

        let receipt = self.checked_receipt(&payment, steps)?;
        Ok(Bought {
            payment,
            exchange: Exchange { request, response },
            receipt,
        })
    }

    fn checked_receipt(&mut self, payment: &Payment, steps: &mut Steps) -> Result<Vec<u8>, QuickstartError> {
        let began = Instant::now();
        let path = format!("/v1/payment_intents/{}/receipt", payment.id);
        let receipt = self.stage.provider.get(&path, None)?;
        let keys = self
            .stage
            .device
            .get("/v1/receipt_keys", Some(("Accept", "application/cose-key-set")))?;
        let facts = Facts::decode(&receipt::verify(&receipt.body, &keys.body)?)?;
        facts.must_tell_of(&payment.id, &payment.text, "succeeded")?;
        steps.record(
            "receipt checked with the public key alone",
            began,
            0,
            format!("{} B COSE_Sign1", receipt.body.len()),
        );
        for (name, value) in facts.lines() {
            println!("    │ {name:<31}{value}");
        }
        self.folder.write("receipt.cose", &receipt.body)?;
        self.folder.write("receipt-keys.cose", &keys.body)?;
        Ok(receipt.body)
    }

    /// The UAF request of a payment, and the name of the token that permits it.
    pub(super) fn payment_request(
        &mut self,
        payment: &Payment,
    ) -> Result<(String, &'static str), QuickstartError> {
        let token = "clientSecret";
        let request = device::fetch_request(&mut self.stage.device, (token, &payment.client_secret))?;
        Ok((request, token))
    }

    /// The device's response to a message that has one.
    pub(super) fn answer(
        &mut self,
        message: &str,
        face: &[Image],
        screen: &mut Screen,
    ) -> Result<String, QuickstartError> {
        let answered = device::answer(
            &mut self.authenticator,
            self.stage.server.addr,
            message,
            face,
            screen,
        );
        let response = answered.map_err(|error| match error {
            AuthenticatorError::NotConfirmed => QuickstartError::OwnFaceNotConfirmed,
            other => other.into(),
        })?;
        response.ok_or_else(|| QuickstartError::Reply("is missing where the device owed one".into()))
    }

    pub(super) fn sent_since(&self, before: u64) -> u64 {
        self.stage.device.bytes_sent() - before
    }
}

fn accepted(step: &'static str, verdict: &device::Verdict) -> Result<(), QuickstartError> {
    if verdict.status_code == 1200 {
        return Ok(());
    }
    let found = format!("{} {}", verdict.status_code, verdict.description);
    Err(QuickstartError::Unexpected {
        step,
        expected: "1200".into(),
        found,
    })
}

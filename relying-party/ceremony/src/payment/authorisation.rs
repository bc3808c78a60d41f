//! What proves that a payment was authorised, and the facts that a receipt states.

use serde::{Deserialize, Serialize};
use smile_protocol::{
    hash::HashAlgorithm,
    uaf::{
        assertion::signed_data::TransactionContentHash,
        identity::{Aaid, KeyId},
    },
};

use super::{Money, Payee, PaymentIntent, PaymentStatus};
use crate::{
    binary::Binary,
    error::CeremonyError,
    identifier::{CeremonyId, CredentialId, PaymentId},
};

/// The evidence of one authorisation: enough to verify the signature again with nothing but this record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorisation {
    /// The ceremony whose challenge was signed.
    pub ceremony: CeremonyId,
    /// The key that signed.
    pub credential: CredentialId,
    /// The model of the authenticator.
    pub aaid: Aaid,
    /// The key's name inside that model.
    pub key_id: KeyId,
    /// FIDO registry code of the algorithm that the key signs with.
    pub algorithm: u16,
    /// The public key as a COSE_Key (RFC 9052 §7). It is here because a credential may be deleted, and its payments
    /// must stay verifiable.
    pub public_key: Binary,
    /// The hash of `fcParams` as transmitted, by the hash function of `algorithm`: 32, 48 or 64 bytes.
    pub final_challenge_hash: Binary,
    /// The hash of the transaction content that was shown and signed, by the same hash function: of the payment's
    /// text, or of the picture below.
    pub transaction_content_hash: Binary,
    /// The PNG that was shown, where the authenticator shows pictures; else the text was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_picture: Option<Binary>,
    /// The text that the picture was drawn of: a picture cannot be read. There exactly where the picture is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pictured_text: Option<String>,
    /// The whole authentication assertion (UAFV1TLV bytes): signed data and signature.
    pub assertion: Binary,
    /// `fcParams` as transmitted.
    pub fc_params: String,
    /// Value of the signature counter in the assertion.
    pub sign_counter: u32,
    /// When the server verified it, unix milliseconds.
    pub authorised_at_ms: u64,
}

impl Authorisation {
    /// That the text of `payment`, or the picture that was shown in its place, is what was signed. Where the payment was
    /// created with a picture, no other one will do.
    pub(super) fn must_be_over(&self, payment: &PaymentIntent) -> Result<(), CeremonyError> {
        let signed = self.transaction_content_hash.as_slice();
        let (text, kept) = (payment.transaction_text(), payment.picture()?);
        let content = match &self.transaction_picture {
            // UAF §3.5.1: no display shows as text what is not ASCII.
            None if text.is_ascii() => text.as_bytes(),
            Some(picture) => {
                let is_kept = kept.is_none_or(|kept| kept.png() == picture.as_slice());
                if !is_kept || self.pictured_text.as_deref() != Some(&text) {
                    return Err(CeremonyError::PaymentDrifted);
                }
                picture.as_slice()
            }
            None => return Err(CeremonyError::PaymentDrifted),
        };
        let is_it = HashAlgorithm::ALL
            .into_iter()
            .any(|algorithm| TransactionContentHash::of(algorithm, content).0.as_bytes() == signed);
        if is_it {
            Ok(())
        } else {
            Err(CeremonyError::PaymentDrifted)
        }
    }
}

/// What a receipt states, in the order in which a receipt lists it. Built only from an authorised payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptFacts {
    /// The payment.
    pub payment: PaymentId,
    /// The amount that was signed.
    pub amount: Money,
    /// Minor units of it that were captured; 0 while nothing was.
    pub amount_captured: u64,
    /// Who is paid.
    pub payee: Payee,
    /// The text that was shown and signed.
    pub transaction_text: String,
    /// The state of the payment when the receipt was written: `succeeded` or `requires_capture`.
    pub status: PaymentStatus,
    /// The evidence.
    pub authorisation: Authorisation,
}

impl ReceiptFacts {
    /// The facts of an authorised payment; `None` while it is not authorised, and after it was canceled or failed.
    pub fn of(payment: &PaymentIntent) -> Option<Self> {
        let authorised = matches!(
            payment.status(),
            PaymentStatus::Succeeded | PaymentStatus::RequiresCapture
        );
        let authorisation = payment.authorisation().filter(|_| authorised)?;
        Some(Self {
            payment: payment.id().clone(),
            amount: payment.amount(),
            amount_captured: payment.amount_captured().unwrap_or(0),
            payee: payment.payee().clone(),
            transaction_text: payment.transaction_text(),
            status: payment.status(),
            authorisation: authorisation.clone(),
        })
    }
}

//! The assertion scheme `WAV1CBOR`: a WebAuthn assertion inside a UAF message. **Experimental**: UAF 1.2 names the
//! scheme, and its normative text could not be had. What binds the two together is this project's reading:
//!
//! | WebAuthn | UAF |
//! |---|---|
//! | client data's hash | SHA-256 of `fcParams` as transmitted |
//! | RP ID | the host of the AppID, which is an https URL |
//! | AAGUID | AAID, by the metadata statement that names both |
//! | credential ID | KeyID |
//! | credential public key, a `COSE_Key` | `ALG_KEY_COSE`, 0x104 |
//! | attestation object | `assertion` of a registration |
//! | response of authenticatorGetAssertion | `assertion` of an authentication |

use crate::base64url;
use crate::error::ProtocolError;
use crate::hash::{HashAlgorithm, HashValue};
use crate::uaf::authentication::AuthenticatorSignAssertion;
use crate::uaf::challenge::FcParams;
use crate::uaf::facets::https_host;
use crate::uaf::identity::AppId;
use crate::uaf::registration::{AuthenticatorRegistrationAssertion, assertion_bytes};
use crate::webauthn::assertion::Assertion;
use crate::webauthn::attestation_object::AttestationObject;

/// The name of this scheme in `assertionScheme` members.
pub const WAV1CBOR: &str = "WAV1CBOR";

/// The rule for a member that names another scheme.
const OTHER_SCHEME: &str = "has to be WAV1CBOR";

/// SHA-256 of `fcParams` as transmitted, in the place of the client data's hash.
#[must_use]
pub fn client_data_hash(fc_params: &str) -> HashValue {
    HashAlgorithm::Sha256.digest(fc_params.as_bytes())
}

/// What is signed, by the key and by its attestation: the authenticator data as they came, then the client data's hash
/// (WebAuthn §6.3.3, §8.2).
#[must_use]
pub fn signed_message(authenticator_data: &[u8], fc_params: &FcParams) -> Vec<u8> {
    let hash = client_data_hash(fc_params.as_str());
    [authenticator_data, hash.as_bytes()].concat()
}

/// SHA-256 of the AppID's host in lower case, without a port; `None` unless the AppID is an https URL.
#[must_use]
pub fn rp_id_hash(app_id: &AppId) -> Option<HashValue> {
    let host = https_host(app_id.as_str())?;
    Some(HashAlgorithm::Sha256.digest(host.as_bytes()))
}

impl AuthenticatorRegistrationAssertion {
    /// An answer in the scheme `WAV1CBOR` (experimental).
    ///
    /// # Errors
    /// [`ProtocolError`] where the object cannot be written.
    pub fn wav1cbor(object: &AttestationObject) -> Result<Self, ProtocolError> {
        Ok(Self {
            assertion_scheme: WAV1CBOR.to_owned(),
            assertion: base64url::encode(&object.encode()?),
            tc_display_png_characteristics: Vec::new(),
            exts: Vec::new(),
        })
    }

    /// The attestation object inside.
    ///
    /// # Errors
    /// [`ProtocolError`] where the scheme is another one, the text is not base64url, or the bytes are not an
    /// attestation object.
    pub fn decode_attestation_object(&self) -> Result<AttestationObject, ProtocolError> {
        let scheme = (WAV1CBOR, OTHER_SCHEME);
        AttestationObject::decode(&assertion_bytes(scheme, &self.assertion_scheme, &self.assertion)?)
    }
}

impl AuthenticatorSignAssertion {
    /// An answer in the scheme `WAV1CBOR` (experimental).
    ///
    /// # Errors
    /// [`ProtocolError`] where the assertion cannot be written.
    pub fn wav1cbor(assertion: &Assertion) -> Result<Self, ProtocolError> {
        Ok(Self {
            assertion_scheme: WAV1CBOR.to_owned(),
            assertion: base64url::encode(&assertion.encode()?),
            exts: Vec::new(),
        })
    }

    /// The WebAuthn assertion inside.
    ///
    /// # Errors
    /// [`ProtocolError`] where the scheme is another one, the text is not base64url, or the bytes are not such an
    /// assertion.
    pub fn decode_webauthn_assertion(&self) -> Result<Assertion, ProtocolError> {
        let scheme = (WAV1CBOR, OTHER_SCHEME);
        Assertion::decode(&assertion_bytes(scheme, &self.assertion_scheme, &self.assertion)?)
    }
}

#[cfg(test)]
mod tests;

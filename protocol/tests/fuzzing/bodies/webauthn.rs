//! What WebAuthn and CTAP2 write in CBOR (WebAuthn §6.1, §6.5.4; CTAP2 §6.2). Canonical CBOR with every member known:
//! what is accepted has one spelling.

use smile_protocol::ProtocolError;
use smile_protocol::limits::ASSERTION_BYTES;
use smile_protocol::webauthn::assertion::Assertion;
use smile_protocol::webauthn::attestation_object::AttestationObject;
use smile_protocol::webauthn::authenticator_data::AuthenticatorData;

use crate::target::Verdict;

/// Authenticator data by themselves.
pub fn authenticator_data(data: &[u8]) -> Verdict {
    let read = AuthenticatorData::decode(data).map_err(|error| refused(&error, data))?;
    assert_eq!(read.encode().as_deref(), Ok(data));
    Ok(())
}

/// An attestation object.
pub fn attestation_object(data: &[u8]) -> Verdict {
    let read = limited(AttestationObject::decode(data), data)?;
    assert_eq!(read.encode().as_deref(), Ok(data));
    assert_eq!(read.authenticator_data.encode().as_ref(), Ok(&read.signed_bytes));
    Ok(())
}

/// An assertion.
pub fn assertion(data: &[u8]) -> Verdict {
    let read = limited(Assertion::decode(data), data)?;
    assert_eq!(read.encode().as_deref(), Ok(data));
    assert_eq!(read.authenticator_data.encode().as_ref(), Ok(&read.signed_bytes));
    Ok(())
}

fn limited<T>(read: Result<T, ProtocolError>, data: &[u8]) -> Result<T, String> {
    let too_large = matches!(&read, Err(ProtocolError::TooLarge { .. }));
    assert_eq!(too_large, data.len() > ASSERTION_BYTES);
    read.map_err(|error| refused(&error, data))
}

/// A refusal is about a place in the structure, or in the authenticator data inside it.
fn refused(error: &ProtocolError, data: &[u8]) -> String {
    match error {
        ProtocolError::Cbor { offset, .. } => assert!(*offset <= data.len(), "{error}"),
        ProtocolError::TooLarge { limit, actual, .. } => {
            assert_eq!((*limit, *actual), (ASSERTION_BYTES, data.len()));
        }
        other => panic!("CBOR has no {other:?}"),
    }
    error.to_string()
}

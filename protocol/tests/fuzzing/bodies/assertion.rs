//! Assertions (Commands §5.2).

use smile_protocol::ProtocolError;
use smile_protocol::limits::ASSERTION_BYTES;
use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;
use smile_protocol::uaf::assertion::registration::RegistrationAssertion;

use super::check::refusal_of_bytes;
use crate::target::Verdict;

/// Bytes of a tag and a length: where the signed part begins.
const HEADER_BYTES: usize = 4;

/// The limit holds, and a refusal names a place.
fn judged<T>(data: &[u8], decoded: Result<T, ProtocolError>) -> Result<T, String> {
    let too_large = matches!(&decoded, Err(ProtocolError::TooLarge { .. }));
    assert_eq!(too_large, data.len() > ASSERTION_BYTES);
    decoded.map_err(|error| refusal_of_bytes(&error, data, ASSERTION_BYTES))
}

/// What is signed is handed on as it came, and the whole is written again byte for byte, with what nobody knows.
fn comes_back(data: &[u8], signed: &[u8], written: &[u8]) {
    assert_eq!(&data[HEADER_BYTES..HEADER_BYTES + signed.len()], signed);
    assert_eq!(written, data);
}

/// A registration assertion.
pub fn registration(data: &[u8]) -> Verdict {
    let assertion = judged(data, RegistrationAssertion::decode(data))?;
    let written = assertion.encode().expect("no longer than it was");
    comes_back(data, &assertion.signed_bytes, &written);
    assert_eq!(RegistrationAssertion::decode(&written).as_ref(), Ok(&assertion));
    let fresh = RegistrationAssertion::new(assertion.krd.clone(), assertion.attestation.clone());
    let fresh = fresh
        .and_then(|fresh| fresh.encode())
        .expect("no longer than it was");
    let fresh = RegistrationAssertion::decode(&fresh).expect("written by us");
    assert_eq!(
        (fresh.krd, fresh.attestation),
        (assertion.krd, assertion.attestation)
    );
    Ok(())
}

/// An authentication assertion.
pub fn authentication(data: &[u8]) -> Verdict {
    let assertion = judged(data, AuthenticationAssertion::decode(data))?;
    let written = assertion.encode().expect("no longer than it was");
    comes_back(data, &assertion.signed_bytes, &written);
    assert_eq!(AuthenticationAssertion::decode(&written).as_ref(), Ok(&assertion));
    let fresh = AuthenticationAssertion::new(assertion.signed_data.clone(), assertion.signature.clone());
    let fresh = fresh
        .and_then(|fresh| fresh.encode())
        .expect("no longer than it was");
    let fresh = AuthenticationAssertion::decode(&fresh).expect("written by us");
    assert_eq!(
        (fresh.signed_data, fresh.signature),
        (assertion.signed_data, assertion.signature)
    );
    Ok(())
}

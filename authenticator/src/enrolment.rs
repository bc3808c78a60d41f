//! The enrolled face at rest: one template, sealed, under an identifier that every key is bound to.

use smile_face::Template;
use zeroize::Zeroizing;

use crate::error::AuthenticatorError;
use crate::sealed::{self, Vault};

const NAME: &str = "template";
const ID_BYTES: usize = 32;

/// Which enrolment a key belongs to: 32 random bytes, new at each enrolment.
///
/// Without it, whoever could delete the template file could enrol another face over the same keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EnrolmentId([u8; ID_BYTES]);

impl EnrolmentId {
    pub(crate) fn from_bytes(bytes: [u8; ID_BYTES]) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; ID_BYTES] {
        &self.0
    }
}

/// Seals a new template under a new identifier.
pub(crate) fn store(vault: &Vault, template: &Template) -> Result<EnrolmentId, AuthenticatorError> {
    let id = EnrolmentId(sealed::random()?);
    let encoded = template.encode();
    let mut record = Zeroizing::new(Vec::with_capacity(ID_BYTES + encoded.len()));
    record.extend_from_slice(id.as_bytes());
    record.extend_from_slice(&encoded);
    vault.write_over(NAME, &record)?;
    Ok(id)
}

/// The enrolled template; [`AuthenticatorError::NotEnrolled`] if there is none.
pub(crate) fn load(vault: &Vault) -> Result<(EnrolmentId, Template), AuthenticatorError> {
    let record = vault.read(NAME)?.ok_or(AuthenticatorError::NotEnrolled)?;
    let damaged = || AuthenticatorError::Sealed {
        name: NAME.to_owned(),
        rule: "not a template",
    };
    let (id, template) = record.split_first_chunk::<ID_BYTES>().ok_or_else(damaged)?;
    let template = Template::decode(template).map_err(|_| damaged())?;
    Ok((EnrolmentId(*id), template))
}

/// Whether a template is kept, sound or damaged.
pub(crate) fn exists(vault: &Vault) -> bool {
    vault.exists(NAME)
}

/// Which enrolment is current; `None` if nobody is enrolled.
pub(crate) fn current(vault: &Vault) -> Result<Option<EnrolmentId>, AuthenticatorError> {
    match load(vault) {
        Ok((id, _)) => Ok(Some(id)),
        Err(AuthenticatorError::NotEnrolled) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Overwrites and removes the template.
pub(crate) fn erase(vault: &Vault) -> Result<(), AuthenticatorError> {
    vault.erase(NAME).map(|_existed| ())
}

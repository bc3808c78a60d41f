//! Authenticator data: what an authenticator signs together with the client data's hash (WebAuthn §6.1).

use crate::error::ProtocolError;
use crate::limits;
pub use crate::webauthn::aaguid::Aaguid;
use crate::webauthn::algorithm::named_by_key;
use crate::webauthn::cbor;

const WHAT: &str = "authenticator data";

/// rpIdHash, flags, signCount.
const FIXED_BYTES: usize = 37;

/// AAGUID and the length of the credential ID.
const ATTESTED_FIXED_BYTES: usize = 18;

/// The flags byte (WebAuthn §6.1).
pub mod flags {
    /// UP: the user was present.
    pub const USER_PRESENT: u8 = 0x01;
    /// UV: the user was verified.
    pub const USER_VERIFIED: u8 = 0x04;
    /// BE: the key may be copied to other devices.
    pub const BACKUP_ELIGIBLE: u8 = 0x08;
    /// BS: the key has been copied.
    pub const BACKED_UP: u8 = 0x10;
    /// AT: attested credential data follow.
    pub const ATTESTED_CREDENTIAL_DATA: u8 = 0x40;
    /// ED: extensions follow.
    pub const EXTENSION_DATA: u8 = 0x80;
    /// Bits without a meaning.
    pub const RESERVED: u8 = 0x22;
}

/// A new key (WebAuthn §6.5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestedCredential {
    /// The authenticator's model.
    pub aaguid: Aaguid,
    /// The key's name, 1 to 1023 bytes.
    pub credential_id: Vec<u8>,
    /// The public key, a `COSE_Key` as it came.
    pub public_key: Vec<u8>,
}

/// Authenticator data, well-formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticatorData {
    /// SHA-256 of the relying party's identifier.
    pub rp_id_hash: [u8; 32],
    /// The bits of [`flags`]; those that announce parts agree with what is there.
    pub flags: u8,
    /// The signature counter; 0 where not counted.
    pub sign_count: u32,
    /// The new key; in registrations only.
    pub attested_credential: Option<AttestedCredential>,
    /// The extensions, a CBOR map as it came.
    pub extensions: Option<Vec<u8>>,
}

impl AuthenticatorData {
    /// Reads authenticator data.
    ///
    /// # Errors
    /// [`ProtocolError::Cbor`] for `authenticator data`: too short, a reserved bit, backed up though not eligible, a
    /// part that the flags do not announce or do announce and that is absent, or bytes after the end.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProtocolError> {
        let error = |offset, rule| cbor::error(WHAT, offset, rule);
        let (fixed, mut rest) = bytes
            .split_first_chunk::<FIXED_BYTES>()
            .ok_or(error(bytes.len(), "is shorter than 37 bytes"))?;
        let (rp_id_hash, tail) = fixed.split_first_chunk::<32>().expect("37 bytes hold 32");
        let [flags, c0, c1, c2, c3] = <[u8; 5]>::try_from(tail).expect("5 of 37 bytes are left");
        if flags & flags::RESERVED != 0 {
            return Err(error(32, "has a reserved flag"));
        }
        // WebAuthn §6.1.3: a key that is backed up is eligible for it.
        if flags & flags::BACKED_UP != 0 && flags & flags::BACKUP_ELIGIBLE == 0 {
            return Err(error(32, "is backed up without being eligible"));
        }
        let offset = |rest: &[u8]| bytes.len() - rest.len();
        let mut attested_credential = None;
        if flags & flags::ATTESTED_CREDENTIAL_DATA != 0 {
            let (credential, after) = AttestedCredential::read(rest, offset(rest))?;
            (attested_credential, rest) = (Some(credential), after);
        }
        let mut extensions = None;
        if flags & flags::EXTENSION_DATA != 0 {
            let length = cbor::item_length(rest, WHAT).map_err(|inner| inner.moved_by(offset(rest)))?;
            if rest[0] >> 5 != 5 {
                return Err(error(offset(rest), "has extensions that are not a map"));
            }
            let (map, after) = rest.split_at(length);
            (extensions, rest) = (Some(map.to_vec()), after);
        }
        if !rest.is_empty() {
            return Err(error(offset(rest), "is followed by more bytes"));
        }
        Ok(Self {
            rp_id_hash: *rp_id_hash,
            flags,
            sign_count: u32::from_be_bytes([c0, c1, c2, c3]),
            attested_credential,
            extensions,
        })
    }

    /// The bytes.
    ///
    /// # Errors
    /// [`ProtocolError::Cbor`] where the flags and the parts do not agree, or a part is too long.
    pub fn encode(&self) -> Result<Vec<u8>, ProtocolError> {
        let mut bytes = self.rp_id_hash.to_vec();
        bytes.push(self.flags);
        bytes.extend_from_slice(&self.sign_count.to_be_bytes());
        if let Some(credential) = &self.attested_credential {
            bytes.extend_from_slice(&credential.encode()?);
        }
        bytes.extend_from_slice(self.extensions.as_deref().unwrap_or_default());
        // What a reader would refuse is the writer's mistake, and is found here.
        Self::decode(&bytes)?;
        Ok(bytes)
    }
}

impl AttestedCredential {
    /// The number of the COSE algorithm that the public key names, which it has to (WebAuthn §6.5.2).
    ///
    /// # Errors
    /// [`ProtocolError::Cbor`] where it names none.
    pub fn cose_algorithm(&self) -> Result<i64, ProtocolError> {
        named_by_key(&self.public_key)
    }

    /// The credential at the beginning of `bytes`, and what follows it.
    fn read(bytes: &[u8], base: usize) -> Result<(Self, &[u8]), ProtocolError> {
        let error = |offset: usize, rule| cbor::error(WHAT, base + offset, rule);
        let short = || error(bytes.len(), "ends within the attested credential data");
        let (fixed, rest) = bytes
            .split_first_chunk::<ATTESTED_FIXED_BYTES>()
            .ok_or_else(short)?;
        let (aaguid, length) = fixed.split_first_chunk::<16>().expect("18 bytes hold 16");
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        if !(1..=limits::CREDENTIAL_ID_BYTES).contains(&length) {
            return Err(error(16, "has a credential ID that is not 1 to 1023 bytes"));
        }
        let (credential_id, rest) = rest.split_at_checked(length).ok_or_else(short)?;
        let at = ATTESTED_FIXED_BYTES + length;
        let key_length = cbor::item_length(rest, WHAT).map_err(|inner| inner.moved_by(base + at))?;
        let (public_key, rest) = rest.split_at(key_length);
        if public_key[0] >> 5 != 5 {
            return Err(error(at, "has a public key that is not a map"));
        }
        let credential = Self {
            aaguid: Aaguid(*aaguid),
            credential_id: credential_id.to_vec(),
            public_key: public_key.to_vec(),
        };
        Ok((credential, rest))
    }

    fn encode(&self) -> Result<Vec<u8>, ProtocolError> {
        let length = u16::try_from(self.credential_id.len())
            .map_err(|_| cbor::error(WHAT, 0, "has a credential ID that is not 1 to 1023 bytes"))?;
        Ok([
            &self.aaguid.0[..],
            &length.to_be_bytes(),
            &self.credential_id,
            &self.public_key,
        ]
        .concat())
    }
}

//! Answers at rest. What is kept under an idempotency key holds the one-time secrets that were answered, so it is sealed
//! as a whole under a key that follows from `server.key`: whoever reads the store reads no secret, and no handler has
//! to know which of its members are ones.

use crate::entropy::{self, Entropy};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use smile_ceremony::binary::Binary;
use smile_ceremony::identifier::{IdempotencyId, TenantId};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Bytes of a nonce: so many that random ones never meet.
const NONCE_BYTES: usize = 24;

/// Seals answers, and names keys and requests by codes that only this server can make. It does not print, copy or
/// serialise itself.
pub struct AnswerSeal {
    cipher: Arc<XChaCha20Poly1305>,
    naming: Zeroizing<[u8; 32]>,
}

impl AnswerSeal {
    /// The seal of the server that holds this key.
    pub fn of(server_key: &[u8]) -> Self {
        let sealing = Zeroizing::new(code(server_key, &[b"smile idempotent answers"]));
        Self {
            cipher: Arc::new(XChaCha20Poly1305::new(<&Key>::from(&*sealing))),
            naming: Zeroizing::new(code(server_key, &[b"smile idempotency names"])),
        }
    }

    /// The name of a tenant's idempotency key.
    pub fn name(&self, tenant: &TenantId, key: &str) -> IdempotencyId {
        let code = code(
            &*self.naming,
            &[b"key", tenant.as_str().as_bytes(), key.as_bytes()],
        );
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&code[..16]);
        IdempotencyId::from_bytes(bytes)
    }

    /// What a request asks for, as a code: a plain hash of a short body could be guessed.
    pub fn fingerprint(&self, method: &str, path: &str, body: &[u8]) -> Binary {
        let parts: [&[u8]; 4] = [b"request", method.as_bytes(), path.as_bytes(), body];
        Binary::from(&code(&*self.naming, &parts)[..])
    }

    /// A function that seals one answer to the request of this name: it may run later and elsewhere, each time with
    /// a nonce of its own.
    pub fn sealer(
        &self,
        id: &IdempotencyId,
        entropy: Arc<dyn Entropy>,
    ) -> impl Fn(&[u8]) -> Binary + Send + use<> {
        let (cipher, id) = (self.cipher.clone(), id.clone());
        move |answer| {
            let nonce: [u8; NONCE_BYTES] = entropy::bytes(&*entropy);
            let payload = Payload {
                msg: answer,
                aad: id.as_str().as_bytes(),
            };
            let sealed = cipher
                .encrypt(<&XNonce>::from(&nonce), payload)
                .expect("an answer is shorter than the cipher's limit");
            Binary([nonce.as_slice(), &sealed].concat())
        }
    }

    /// The answer; `None` where it was not sealed for this name by this key.
    pub fn open(&self, id: &IdempotencyId, sealed: &Binary) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.as_slice().split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload {
            msg: sealed,
            aad: id.as_str().as_bytes(),
        };
        let opened = self.cipher.decrypt(<&XNonce>::from(nonce), payload);
        opened.ok().map(Zeroizing::new)
    }
}

/// HMAC-SHA256 over parts, each with its length in front.
fn code(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::AnswerSeal;
    use crate::entropy::SystemEntropy;
    use smile_ceremony::identifier::TenantId;
    use std::sync::Arc;

    #[test]
    fn an_answer_is_opened_under_its_own_name_and_key_only() {
        let (seal, other) = (AnswerSeal::of(&[1; 32]), AnswerSeal::of(&[2; 32]));
        let tenant = TenantId::parse("stamps").expect("a tenant");
        let (id, second) = (seal.name(&tenant, "a"), seal.name(&tenant, "b"));
        assert_ne!(id, second);
        let sealer = seal.sealer(&id, Arc::new(SystemEntropy));
        let sealed = sealer(b"secret");
        assert_ne!(sealed, sealer(b"secret"), "no nonce is used twice");
        assert!(!sealed.as_slice().windows(6).any(|window| window == b"secret"));
        assert_eq!(
            seal.open(&id, &sealed).as_deref().map(Vec::as_slice),
            Some(b"secret".as_slice())
        );
        assert_eq!(seal.open(&second, &sealed), None);
        assert_eq!(other.open(&id, &sealed), None);
        assert_eq!(seal.open(&id, &sealed.as_slice()[..23].into()), None);
    }

    #[test]
    fn requests_that_differ_anywhere_have_other_fingerprints() {
        let seal = AnswerSeal::of(&[1; 32]);
        let print = |method, path, body: &[u8]| seal.fingerprint(method, path, body);
        let one = print("POST", "/v1/refunds", b"{}");
        assert_eq!(one, print("POST", "/v1/refunds", b"{}"));
        for other in [
            print("PUT", "/v1/refunds", b"{}"),
            print("POST", "/v1/refund", b"s{}"),
            print("POST", "/v1/refunds", b"{ }"),
        ] {
            assert_ne!(one, other);
        }
    }
}

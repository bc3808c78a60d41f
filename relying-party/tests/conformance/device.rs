//! The signing side: keys by number, signed with a library that is foreign to the server's.
//!
//! Signatures are deterministic (RFC 6979) and worlds repeat to the byte, so each is made once and remembered.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use p256::ecdsa::{Signature, signature::Signer as _};

use crate::certificates::test_key;
use crate::element::Element;
use crate::models::{FULL, FULL_ONLY, KOBLITZ, KOBLITZ_FULL, LEAF_KEY, VERSION, leaf};

/// An authenticator with one key.
#[derive(Clone, Debug)]
pub struct Device {
    pub aaid: &'static str,
    /// Names the key: the scalar and the KeyID are this byte, 32 times.
    pub number: u8,
    pub key_id: Vec<u8>,
    pub version: u16,
    /// The counter that its next answer states.
    pub counter: u32,
}

impl Device {
    pub fn new(aaid: &'static str, number: u8) -> Self {
        Self {
            aaid,
            number,
            key_id: vec![number; 32],
            version: VERSION,
            counter: 1,
        }
    }

    /// The algorithm that its model signs with.
    pub fn algorithm(&self) -> u16 {
        if self.is_koblitz() { 5 } else { 1 }
    }

    fn is_koblitz(&self) -> bool {
        [KOBLITZ, KOBLITZ_FULL].contains(&self.aaid)
    }

    /// The public key: an uncompressed point on the model's curve.
    pub fn point(&self) -> Vec<u8> {
        if self.is_koblitz() {
            koblitz_key(self.number)
                .verifying_key()
                .to_sec1_point(false)
                .as_bytes()
                .to_vec()
        } else {
            point(self.number)
        }
    }

    /// The raw signature of its key.
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        if self.is_koblitz() {
            koblitz_sign(self.number, bytes)
        } else {
            sign(self.number, bytes)
        }
    }

    /// Whether its model attests with a certificate.
    pub fn is_attested_in_full(&self) -> bool {
        [FULL, FULL_ONLY, KOBLITZ_FULL].contains(&self.aaid)
    }

    /// How its model attests `signed`, with this signature.
    pub fn attestation(&self, signature: Vec<u8>) -> Element {
        let signature = Element::leaf(0x2E06, signature);
        match self.aaid {
            FULL | FULL_ONLY => Element::node(0x3E07, vec![signature, Element::leaf(0x2E05, leaf())]),
            KOBLITZ_FULL => {
                let certificate = Element::leaf(0x2E05, crate::ebay::rsa_issued_leaf());
                Element::node(0x3E07, vec![signature, certificate])
            }
            _ => Element::node(0x3E08, vec![signature]),
        }
    }

    /// The signature that its model attests with.
    pub fn attest(&self, bytes: &[u8]) -> Vec<u8> {
        match self.aaid {
            FULL | FULL_ONLY => sign(LEAF_KEY, bytes),
            KOBLITZ_FULL => koblitz_sign(LEAF_KEY, bytes),
            _ => self.sign(bytes),
        }
    }
}

/// The P-256 point of the key with this number.
pub fn point(number: u8) -> Vec<u8> {
    remembered(number, b"point", || {
        test_key(number)
            .verifying_key()
            .to_sec1_point(false)
            .as_bytes()
            .to_vec()
    })
}

/// `R ‖ S` on P-256 over `bytes`, under the key with this number.
pub fn sign(number: u8, bytes: &[u8]) -> Vec<u8> {
    remembered(number, bytes, || {
        let signature: Signature = test_key(number).sign(bytes);
        signature.to_bytes().to_vec()
    })
}

fn koblitz_key(number: u8) -> k256::ecdsa::SigningKey {
    k256::ecdsa::SigningKey::from_slice(&[number; 32]).expect("a small number is a valid scalar")
}

/// `R ‖ S` on secp256k1 over `bytes`, under the key with this number.
pub fn koblitz_sign(number: u8, bytes: &[u8]) -> Vec<u8> {
    let signature: k256::ecdsa::Signature = koblitz_key(number).sign(bytes);
    signature.to_bytes().to_vec()
}

fn remembered(number: u8, bytes: &[u8], make: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
    type Made = HashMap<(u8, Vec<u8>), Vec<u8>>;
    static MADE: Mutex<Option<Made>> = Mutex::new(None);
    let key = (number, bytes.to_vec());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.get_or_insert_default()
        .entry(key)
        .or_insert_with(make)
        .clone()
}

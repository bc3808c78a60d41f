//! Attestation paths whose certificates are signed by each algorithm, and whose leaves hold each kind of key.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use smile_ceremony::{
    error::CeremonyError,
    signature::{SignatureRule, VerifyingKey, verify_assertion},
    trust::{TrustPolicy, TrustRule, TrustedLeaf, verify_path},
};
use smile_protocol::{
    hash::HashAlgorithm,
    key::{EcCurve, KeyKind},
    registry::AuthenticationAlgorithm as Algorithm,
    uaf::identity::Aaid,
};

use crate::{
    authenticator::{AttestWith, DeviceKey},
    certificates::{ECDSA_SHA1, ECDSA_SHA256, NOW_MS, Recipe, key_usage, oid, test_key, tlv},
    foreign_key::ForeignKey,
    world::{ATTESTED, World, root},
};

const AAID: Aaid = Aaid::new(0xFFFF, 0x5301);
const STRICT: TrustPolicy = TrustPolicy { allow_sha1: false };
const LENIENT: TrustPolicy = TrustPolicy { allow_sha1: true };
const NULL: [u8; 2] = [0x05, 0x00];

const CURVES: [EcCurve; 4] = [EcCurve::P256, EcCurve::P384, EcCurve::P521, EcCurve::Secp256k1];
const KINDS: [KeyKind; 6] = [
    KeyKind::Ec(EcCurve::P256),
    KeyKind::Ec(EcCurve::P384),
    KeyKind::Ec(EcCurve::P521),
    KeyKind::Ec(EcCurve::Secp256k1),
    KeyKind::Ed25519,
    KeyKind::Rsa,
];

/// Signs the signed part of a certificate.
type Sign = dyn Fn(&ForeignKey, &[u8]) -> Vec<u8>;

/// An issuer with one way to sign certificates.
struct Issuer {
    name: String,
    key: ForeignKey,
    /// `AlgorithmIdentifier` in DER.
    algorithm: Vec<u8>,
    sign: Box<Sign>,
}

impl Issuer {
    fn new(
        name: String,
        kind: KeyKind,
        algorithm: &[&[u8]],
        sign: impl Fn(&ForeignKey, &[u8]) -> Vec<u8> + 'static,
    ) -> Self {
        Self {
            name,
            key: ForeignKey::new(kind, 20),
            algorithm: tlv(0x30, algorithm),
            sign: Box::new(sign),
        }
    }

    fn certify(&self, recipe: &Recipe, spki: &[u8]) -> Vec<u8> {
        let algorithm = (self.algorithm.as_slice(), self.algorithm.as_slice());
        recipe.assemble(spki, algorithm, |tbs| (self.sign)(&self.key, tbs))
    }

    /// A leaf with `spki` and the issuer's own certificate, signed by this issuer.
    fn path(&self, spki: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let leaf = Recipe {
            extensions: vec![key_usage(0)],
            ..Recipe::leaf("leaf", "issuer", test_key(1))
        };
        let issuer = Recipe::authority("issuer", "issuer", test_key(1));
        (self.certify(&leaf, spki), self.certify(&issuer, &self.key.spki()))
    }

    fn verdict(&self, policy: TrustPolicy) -> Result<TrustedLeaf, TrustRule> {
        let (leaf, root) = self.path(&ForeignKey::new(KeyKind::Ec(EcCurve::P256), 1).spki());
        verify_path(&[leaf], &[root], AAID, policy, NOW_MS)
    }

    /// Accepted, and refused when the signature's last bit is flipped.
    fn must_be_accepted(&self, policy: TrustPolicy) {
        let verdict = self.verdict(policy).map(drop);
        assert_eq!(verdict, Ok(()), "{}", self.name);
        let (mut leaf, root) = self.path(&ForeignKey::new(KeyKind::Ec(EcCurve::P256), 1).spki());
        *leaf.last_mut().expect("not empty") ^= 1;
        let verdict = verify_path(&[leaf], &[root], AAID, policy, NOW_MS).map(drop);
        assert_eq!(
            verdict,
            Err(TrustRule::Signature(SignatureRule::Wrong)),
            "{}",
            self.name
        );
    }

    fn must_be_refused(&self, policy: TrustPolicy, rule: SignatureRule) {
        let verdict = self.verdict(policy).map(drop);
        assert_eq!(verdict, Err(TrustRule::Signature(rule)), "{}", self.name);
    }
}

fn ecdsa(curve: EcCurve, hash: HashAlgorithm) -> Issuer {
    let id = match hash {
        HashAlgorithm::Sha256 => ECDSA_SHA256,
        HashAlgorithm::Sha384 => "1.2.840.10045.4.3.3",
        _ => "1.2.840.10045.4.3.4",
    };
    let name = format!("{curve:?} {hash:?}");
    Issuer::new(name, KeyKind::Ec(curve), &[&oid(id)], move |key, tbs| {
        key.ecdsa(hash, tbs).1
    })
}

fn pkcs1(hash: HashAlgorithm) -> Issuer {
    let id = match hash {
        HashAlgorithm::Sha256 => "1.2.840.113549.1.1.11",
        HashAlgorithm::Sha384 => "1.2.840.113549.1.1.12",
        _ => "1.2.840.113549.1.1.13",
    };
    Issuer::new(
        format!("PKCS #1 {hash:?}"),
        KeyKind::Rsa,
        &[&oid(id), &NULL],
        move |key, tbs| key.pkcs1(hash, tbs),
    )
}

/// The identifier of a hash in DER, with these parameters.
fn hash_identifier(hash: HashAlgorithm, parameters: &[u8]) -> Vec<u8> {
    let id = match hash {
        HashAlgorithm::Sha256 => "2.16.840.1.101.3.4.2.1",
        HashAlgorithm::Sha384 => "2.16.840.1.101.3.4.2.2",
        _ => "2.16.840.1.101.3.4.2.3",
    };
    tlv(0x30, &[&oid(id), parameters])
}

/// `RSASSA-PSS-params` in the making (RFC 4055 §3.1).
struct Pss {
    hash: HashAlgorithm,
    mask_hash: HashAlgorithm,
    mask_function: &'static str,
    /// Parameters inside of the hash's identifier.
    inner: &'static [u8],
    /// The same of the mask's hash.
    mask_inner: &'static [u8],
    salt_bytes: u8,
    /// What follows the salt's length.
    trailer: Vec<u8>,
}

impl Pss {
    fn sound(hash: HashAlgorithm) -> Self {
        Self {
            hash,
            mask_hash: hash,
            mask_function: "1.2.840.113549.1.1.8",
            inner: &NULL,
            mask_inner: &NULL,
            salt_bytes: u8::try_from(hash.output_bytes()).expect("at most 64"),
            trailer: Vec::new(),
        }
    }

    fn issuer(self) -> Issuer {
        let mask = tlv(
            0x30,
            &[
                &oid(self.mask_function),
                &hash_identifier(self.mask_hash, self.mask_inner),
            ],
        );
        let parameters = tlv(
            0x30,
            &[
                &tlv(0xa0, &[&hash_identifier(self.hash, self.inner)]),
                &tlv(0xa1, &[&mask]),
                &tlv(0xa2, &[&[0x02, 0x01, self.salt_bytes]]),
                &self.trailer,
            ],
        );
        let (hash, salt_bytes) = (self.hash, usize::from(self.salt_bytes));
        let id = oid("1.2.840.113549.1.1.10");
        Issuer::new(
            format!("PSS {hash:?}"),
            KeyKind::Rsa,
            &[&id, &parameters],
            move |key, tbs| key.pss(hash, salt_bytes, tbs),
        )
    }
}

fn ed25519() -> Issuer {
    Issuer::new(
        "Ed25519".to_owned(),
        KeyKind::Ed25519,
        &[&oid("1.3.101.112")],
        |key, tbs| key.ed25519(tbs),
    )
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}

fn ecdsa_sha1(curve: EcCurve) -> Issuer {
    Issuer::new(
        format!("{curve:?} SHA-1"),
        KeyKind::Ec(curve),
        &[&oid(ECDSA_SHA1)],
        |key, tbs| key.ecdsa_over(&sha1(tbs)).1,
    )
}

fn pkcs1_sha1() -> Issuer {
    let id = oid("1.2.840.113549.1.1.5");
    Issuer::new(
        "PKCS #1 SHA-1".to_owned(),
        KeyKind::Rsa,
        &[&id, &NULL],
        |key, tbs| key.pkcs1_sha1_over(&sha1(tbs)),
    )
}

#[test]
fn certificates_may_be_signed_with_each_modern_algorithm() {
    for hash in HashAlgorithm::ALL {
        for curve in [EcCurve::P256, EcCurve::P384, EcCurve::P521] {
            ecdsa(curve, hash).must_be_accepted(STRICT);
        }
        pkcs1(hash).must_be_accepted(STRICT);
        Pss::sound(hash).issuer().must_be_accepted(STRICT);
    }
    ecdsa(EcCurve::Secp256k1, HashAlgorithm::Sha256).must_be_accepted(STRICT);
    ed25519().must_be_accepted(STRICT);
}

#[test]
fn the_issuers_key_is_of_the_algorithms_kind() {
    let misfits = KINDS.map(|kind| {
        let mut issuers = vec![
            ecdsa(EcCurve::P256, HashAlgorithm::Sha256),
            pkcs1(HashAlgorithm::Sha256),
            ed25519(),
        ];
        issuers.retain(|issuer| match kind {
            KeyKind::Ec(_) => !matches!(issuer.key, ForeignKey::P256(_)),
            KeyKind::Ed25519 => !matches!(issuer.key, ForeignKey::Ed25519(_)),
            _ => !matches!(issuer.key, ForeignKey::Rsa(_)),
        });
        (kind, issuers)
    });
    for (kind, issuers) in misfits {
        for issuer in issuers {
            // The same signature under a root that holds another kind of key.
            issuer.must_be_accepted(STRICT);
            let (leaf, _) = issuer.path(&ForeignKey::new(KeyKind::Ec(EcCurve::P256), 1).spki());
            let other = Recipe::authority("issuer", "issuer", test_key(1));
            let root = issuer.certify(&other, &ForeignKey::new(kind, 20).spki());
            let verdict = verify_path(&[leaf], &[root], AAID, STRICT, NOW_MS).map(drop);
            assert_eq!(
                verdict,
                Err(TrustRule::Signature(SignatureRule::KeyDoesNotFit)),
                "{} under {kind:?}",
                issuer.name
            );
        }
    }
}

#[test]
fn sha_1_signs_a_certificate_only_where_the_policy_allows_it() {
    assert_eq!(TrustPolicy::default(), STRICT);
    for issuer in [ecdsa_sha1(EcCurve::P256), ecdsa_sha1(EcCurve::P521), pkcs1_sha1()] {
        issuer.must_be_refused(STRICT, SignatureRule::Sha1Refused);
        issuer.must_be_accepted(LENIENT);
    }
    // The library has no SHA-1 for these curves.
    for curve in [EcCurve::P384, EcCurve::Secp256k1] {
        ecdsa_sha1(curve).must_be_refused(STRICT, SignatureRule::Sha1Refused);
        ecdsa_sha1(curve).must_be_refused(LENIENT, SignatureRule::AlgorithmUnsupported);
    }
}

#[test]
fn the_policy_for_sha_1_changes_nothing_else() {
    ecdsa(EcCurve::P256, HashAlgorithm::Sha256).must_be_accepted(LENIENT);
    let (leaf, root) = pkcs1_sha1().path(&ForeignKey::new(KeyKind::Ec(EcCurve::P256), 1).spki());
    let at = |now_ms| {
        verify_path(
            std::slice::from_ref(&leaf),
            std::slice::from_ref(&root),
            AAID,
            LENIENT,
            now_ms,
        )
    };
    assert!(at(NOW_MS).is_ok());
    assert_eq!(at(4_000_000_000_000).map(drop), Err(TrustRule::Expired));
    let unlisted = verify_path(std::slice::from_ref(&leaf), &[], AAID, LENIENT, NOW_MS);
    assert_eq!(unlisted.map(drop), Err(TrustRule::RootNotListed));
}

#[test]
fn md5_signs_no_certificate() {
    pkcs1(HashAlgorithm::Sha256).must_be_accepted(STRICT);
    let id = oid("1.2.840.113549.1.1.4");
    let md5 = Issuer::new("MD5".to_owned(), KeyKind::Rsa, &[&id, &NULL], |key, tbs| {
        key.pkcs1(HashAlgorithm::Sha256, tbs)
    });
    md5.must_be_refused(STRICT, SignatureRule::Md5Refused);
    md5.must_be_refused(LENIENT, SignatureRule::Md5Refused);
}

#[test]
fn an_unknown_signature_algorithm_is_refused() {
    ecdsa(EcCurve::P256, HashAlgorithm::Sha256).must_be_accepted(STRICT);
    // SM2 with SM3.
    let id = oid("1.2.156.10197.1.501");
    let sm2 = Issuer::new(
        "SM2".to_owned(),
        KeyKind::Ec(EcCurve::P256),
        &[&id],
        |key, tbs| key.ecdsa(HashAlgorithm::Sha256, tbs).1,
    );
    sm2.must_be_refused(STRICT, SignatureRule::AlgorithmUnsupported);
}

#[test]
fn rsassa_pss_says_parameters_that_are_read() {
    let sound = || Pss::sound(HashAlgorithm::Sha256);
    sound().issuer().must_be_accepted(STRICT);
    // RFC 4055 §2.1 and §3.1: a hash has NULL or no parameters, and the trailer may be written out.
    Pss {
        inner: &[],
        mask_inner: &[],
        ..sound()
    }
    .issuer()
    .must_be_accepted(STRICT);
    let trailer = |number| tlv(0xa3, &[&[0x02, 0x01, number]]);
    Pss {
        trailer: trailer(1),
        ..sound()
    }
    .issuer()
    .must_be_accepted(STRICT);
    let unread = [
        Pss {
            trailer: trailer(2),
            ..sound()
        },
        Pss {
            salt_bytes: 20,
            ..sound()
        },
        Pss {
            mask_hash: HashAlgorithm::Sha512,
            ..sound()
        },
        Pss {
            mask_inner: &[0x02, 0x01, 0x00],
            ..sound()
        },
        // The next number in the same arc, which no standard gives to a mask function.
        Pss {
            mask_function: "1.2.840.113549.1.1.9",
            ..sound()
        },
    ];
    for flawed in unread {
        flawed
            .issuer()
            .must_be_refused(STRICT, SignatureRule::AlgorithmUnsupported);
    }
    let odd = Pss {
        inner: &[0x02, 0x01, 0x00],
        ..sound()
    };
    odd.issuer().must_be_refused(STRICT, SignatureRule::Malformed);
    let id = oid("1.2.840.113549.1.1.10");
    let sign = |key: &ForeignKey, tbs: &[u8]| key.pss(HashAlgorithm::Sha256, 32, tbs);
    let none = Issuer::new("without parameters".to_owned(), KeyKind::Rsa, &[&id], sign);
    none.must_be_refused(STRICT, SignatureRule::Malformed);
    // RFC 4055 §3.1: all defaults is SHA-1, which the library does not verify even where the policy would.
    let defaults = Issuer::new("defaults".to_owned(), KeyKind::Rsa, &[&id, &[0x30, 0x00]], sign);
    defaults.must_be_refused(STRICT, SignatureRule::Sha1Refused);
    defaults.must_be_refused(LENIENT, SignatureRule::Sha1Refused);
}

#[test]
fn the_parameters_say_which_salt_is_verified() {
    Pss::sound(HashAlgorithm::Sha256)
        .issuer()
        .must_be_accepted(STRICT);
    let mut issuer = Pss::sound(HashAlgorithm::Sha256).issuer();
    issuer.sign = Box::new(|key, tbs| key.pss(HashAlgorithm::Sha256, 20, tbs));
    issuer.must_be_refused(STRICT, SignatureRule::Wrong);
}

#[test]
fn a_leaf_may_hold_each_kind_of_key() {
    const MESSAGE: &[u8] = b"a key registration";
    let issuer = ecdsa(EcCurve::P384, HashAlgorithm::Sha512);
    for code in [0x01, 0x05, 0x03, 0x09, 0x10, 0x11, 0x12] {
        let algorithm = Algorithm::try_from(code).expect("a registered code");
        let key = ForeignKey::for_algorithm(algorithm, 21);
        let (leaf, root) = issuer.path(&key.spki());
        let leaf = verify_path(&[leaf], &[root], AAID, STRICT, NOW_MS).expect("a sound path");
        let signature = key.sign(algorithm, MESSAGE);
        assert!(
            verify_assertion(algorithm, leaf.key(), MESSAGE, &signature).is_ok(),
            "{code:#x}"
        );
        let other = verify_assertion(algorithm, leaf.key(), b"another", &signature);
        assert_eq!(other.map(drop), Err(SignatureRule::Wrong), "{code:#x}");
    }
}

#[test]
fn a_leafs_key_is_a_strong_and_valid_one() {
    let issuer = ecdsa(EcCurve::P256, HashAlgorithm::Sha256);
    let with = |spki: &[u8]| {
        let (leaf, root) = issuer.path(spki);
        verify_path(&[leaf], &[root], AAID, STRICT, NOW_MS).map(|leaf| leaf.key().clone())
    };
    let rsa = |n: &[u8], e: &[u8]| {
        let key = tlv(0x30, &[&tlv(0x02, &[&[0], n]), &tlv(0x02, &[e])]);
        let algorithm = tlv(0x30, &[&oid("1.2.840.113549.1.1.1"), &NULL]);
        tlv(0x30, &[&algorithm, &tlv(0x03, &[&[0], &key])])
    };
    let (n, e) = ForeignKey::new(KeyKind::Rsa, 0).modulus_and_exponent();
    assert_eq!(
        with(&rsa(&n, &e)),
        Ok(VerifyingKey::rsa(&n, &e).expect("2048 bits"))
    );
    let mut even = n.clone();
    even[255] ^= 1;
    let invalid = Err(TrustRule::Key(SignatureRule::KeyInvalid));
    // 1024 and 2040 bits, an exponent of 1, an even modulus.
    for (n, e) in [(&n[128..], &e[..]), (&n[1..], &e), (&n, &[1][..]), (&even, &e)] {
        let mut n = n.to_vec();
        n[0] |= 0x80;
        assert_eq!(with(&rsa(&n, e)), invalid);
    }
    for curve in CURVES {
        let key = ForeignKey::new(KeyKind::Ec(curve), 21);
        let mut spki = key.spki();
        assert!(with(&spki).is_ok(), "{curve:?}");
        *spki.last_mut().expect("not empty") ^= 1;
        assert_eq!(with(&spki), invalid, "{curve:?} beside the curve");
    }
    let mut spki = ForeignKey::new(KeyKind::Ed25519, 21).spki();
    assert!(with(&spki).is_ok());
    let at = spki.len() - 32;
    spki[at..].fill(0);
    assert_eq!(with(&spki), invalid, "an Ed25519 key of order 4");
}

#[test]
fn the_relying_partys_policy_reaches_the_registration() {
    let device = DeviceKey::new(ATTESTED, 1);
    let root_key = ForeignKey::P256(test_key(200));
    let recipe = Recipe {
        inner_algorithm: ECDSA_SHA1,
        outer_algorithm: ECDSA_SHA1,
        ..Recipe::leaf("test leaf", "test root", test_key(201))
    };
    let algorithm = tlv(0x30, &[&oid(ECDSA_SHA1)]);
    let spki = ForeignKey::P256(test_key(201)).spki();
    let leaf = recipe.assemble(&spki, (&algorithm, &algorithm), |tbs| {
        root_key.ecdsa_over(&sha1(tbs)).1
    });
    assert!(verify_path(std::slice::from_ref(&leaf), &[root()], ATTESTED, LENIENT, NOW_MS).is_ok());
    let attest = || AttestWith::BasicFull {
        key: test_key(201),
        certificates: vec![leaf.clone()],
    };
    let mut world = World::new();
    let refused = world.register("alice", &device, |forge| forge.attest = attest());
    let rule = TrustRule::Signature(SignatureRule::Sha1Refused);
    assert_eq!(refused.err(), Some(CeremonyError::TrustPath(rule)));
    assert!(world.rows.credentials.is_empty());
    world.rp.trust = LENIENT;
    let registered = world.register("alice", &device, |forge| forge.attest = attest());
    assert_eq!(registered.map(|credentials| credentials.len()), Ok(1));
}

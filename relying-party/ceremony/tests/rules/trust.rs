//! Attestation paths, RFC 5280 §6: a case for each rule.

use p256::ecdsa::SigningKey;
use smile_ceremony::{
    signature::SignatureRule,
    trust::{TrustPolicy, TrustRule, verify_path},
};
use smile_protocol::uaf::identity::Aaid;

use crate::certificates::{
    BASIC_CONSTRAINTS, ECDSA_SHA1, NOW_MS, Recipe, basic_constraints, key_usage, names_aaid, test_key, tlv,
};

const AAID: Aaid = Aaid::new(0xFFFF, 0x5301);

/// A path of three below a listed root: leaf, lower authority, upper authority | root.
struct Path {
    leaf: Recipe,
    lower: Recipe,
    upper: Recipe,
    root: Recipe,
    policy: TrustPolicy,
    now_ms: u64,
}

impl Path {
    fn sound() -> Self {
        Self {
            leaf: Recipe::leaf("leaf", "lower", test_key(1)),
            lower: Recipe::authority("lower", "upper", test_key(2)),
            upper: Recipe::authority("upper", "root", test_key(3)),
            root: Recipe::authority("root", "root", test_key(4)),
            policy: TrustPolicy::default(),
            now_ms: NOW_MS,
        }
    }

    fn certificates(&self) -> (Vec<Vec<u8>>, Vec<u8>) {
        let path = vec![
            self.leaf.sign(&self.lower.key),
            self.lower.sign(&self.upper.key),
            self.upper.sign(&self.root.key),
        ];
        (path, self.root.sign(&self.root.key))
    }

    fn verdict(&self) -> Result<(), TrustRule> {
        let (path, root) = self.certificates();
        verify_path(&path, &[root], AAID, self.policy, self.now_ms).map(|_| ())
    }
}

/// The sound path is accepted; with the flaw it breaks exactly `rule`.
fn refused(rule: TrustRule, flaw: impl Fn(&mut Path)) {
    let mut path = Path::sound();
    assert_eq!(path.verdict(), Ok(()));
    flaw(&mut path);
    assert_eq!(path.verdict(), Err(rule));
}

#[test]
fn the_witness_holds_the_leafs_key_and_the_root() {
    let (path, root) = Path::sound().certificates();
    let leaf = verify_path(
        &path,
        std::slice::from_ref(&root),
        AAID,
        TrustPolicy::default(),
        NOW_MS,
    )
    .expect("a sound path");
    let point = test_key(1).verifying_key().to_sec1_point(false);
    assert_eq!(
        *leaf.key(),
        smile_ceremony::signature::VerifyingKey::p256(point.as_bytes()).expect("on the curve")
    );
    assert_eq!(
        leaf.anchor_sha256(),
        <[u8; 32]>::from(<sha2::Sha256 as sha2::Digest>::digest(&root))
    );
}

#[test]
fn a_path_has_one_to_five_certificates() {
    let (path, root) = Path::sound().certificates();
    assert!(
        verify_path(
            &path,
            std::slice::from_ref(&root),
            AAID,
            TrustPolicy::default(),
            NOW_MS
        )
        .is_ok()
    );
    let none = verify_path(
        &[],
        std::slice::from_ref(&root),
        AAID,
        TrustPolicy::default(),
        NOW_MS,
    );
    assert_eq!(none.err(), Some(TrustRule::PathLength));
    let six = [path.clone(), path].concat();
    assert_eq!(
        verify_path(&six, &[root], AAID, TrustPolicy::default(), NOW_MS).err(),
        Some(TrustRule::PathLength)
    );
}

#[test]
fn a_certificate_is_der_without_trailing_bytes() {
    let (mut path, root) = Path::sound().certificates();
    assert!(
        verify_path(
            &path,
            std::slice::from_ref(&root),
            AAID,
            TrustPolicy::default(),
            NOW_MS
        )
        .is_ok()
    );
    path[0].push(0);
    assert_eq!(
        verify_path(&path, &[root], AAID, TrustPolicy::default(), NOW_MS).err(),
        Some(TrustRule::Malformed)
    );
}

#[test]
fn the_two_algorithm_fields_agree() {
    refused(TrustRule::AlgorithmsDiffer, |path| {
        path.leaf.inner_algorithm = ECDSA_SHA1
    });
}

#[test]
fn extensions_need_version_3() {
    refused(TrustRule::ExtensionsWithoutVersion3, |path| path.leaf.version = 0);
}

#[test]
fn no_extension_occurs_twice() {
    refused(TrustRule::ExtensionTwice, |path| {
        path.leaf.extensions.push(key_usage(0))
    });
}

#[test]
fn critical_extensions_are_understood() {
    let unknown = |critical| ("1.3.6.1.4.1.99999.1", critical, vec![0x05, 0x00]);
    let mut tolerated = Path::sound();
    tolerated.leaf.extensions.push(unknown(false));
    assert_eq!(tolerated.verdict(), Ok(()));
    refused(TrustRule::CriticalExtensionUnknown, |path| {
        path.leaf.extensions.push(unknown(true))
    });
}

#[test]
fn every_certificate_is_valid_now() {
    type Member = fn(&mut Path) -> &mut Recipe;
    let members: [Member; 4] = [
        |path| &mut path.leaf,
        |path| &mut path.lower,
        |path| &mut path.upper,
        |path| &mut path.root,
    ];
    for member in members {
        refused(TrustRule::Expired, |path| {
            member(path).not_after_s = NOW_MS / 1000 - 1
        });
        refused(TrustRule::NotYetValid, |path| {
            member(path).not_before_s = NOW_MS / 1000 + 1
        });
    }
}

#[test]
fn both_ends_belong_to_the_validity() {
    let mut path = Path::sound();
    path.leaf.not_before_s = NOW_MS / 1000;
    path.leaf.not_after_s = NOW_MS / 1000;
    assert_eq!(path.verdict(), Ok(()));
    path.now_ms = NOW_MS + 999;
    assert_eq!(path.verdict(), Ok(()));
    path.now_ms = NOW_MS + 1000;
    assert_eq!(path.verdict(), Err(TrustRule::Expired));
    path.now_ms = NOW_MS - 1;
    assert_eq!(path.verdict(), Err(TrustRule::NotYetValid));
}

#[test]
fn each_certificate_names_the_next_as_issuer() {
    refused(TrustRule::IssuerMismatch, |path| path.leaf.issuer = "upper");
}

#[test]
fn each_signature_is_the_issuers() {
    let (mut path, root) = Path::sound().certificates();
    assert!(
        verify_path(
            &path,
            std::slice::from_ref(&root),
            AAID,
            TrustPolicy::default(),
            NOW_MS
        )
        .is_ok()
    );
    path[0] = Path::sound().leaf.sign(&test_key(9));
    let verdict = verify_path(&path, &[root], AAID, TrustPolicy::default(), NOW_MS);
    assert_eq!(verdict.err(), Some(TrustRule::Signature(SignatureRule::Wrong)));
}

#[test]
fn sha_1_signs_no_certificate() {
    refused(TrustRule::Signature(SignatureRule::Sha1Refused), |path| {
        path.leaf.inner_algorithm = ECDSA_SHA1;
        path.leaf.outer_algorithm = ECDSA_SHA1;
    });
}

#[test]
fn an_intermediate_says_that_it_is_a_ca() {
    refused(TrustRule::IssuerNotCa, |path| {
        path.lower.extensions = vec![key_usage(5)]
    });
    refused(TrustRule::IssuerNotCa, |path| {
        path.lower.extensions = vec![basic_constraints(false, None)]
    });
    refused(TrustRule::IssuerNotCa, |path| {
        path.lower.version = 0;
        path.lower.extensions.clear();
    });
}

#[test]
fn a_listed_root_may_be_of_version_1() {
    let mut path = Path::sound();
    path.root.version = 0;
    path.root.extensions.clear();
    assert_eq!(path.verdict(), Ok(()));
    // Of version 3 it has to say that it is a CA.
    path.root.version = 2;
    path.root.extensions = vec![key_usage(5)];
    assert_eq!(path.verdict(), Err(TrustRule::IssuerNotCa));
}

#[test]
fn an_issuers_key_usage_includes_signing_certificates() {
    refused(TrustRule::IssuerKeyUsage, |path| {
        path.upper.extensions[1] = key_usage(0)
    });
    refused(TrustRule::IssuerKeyUsage, |path| {
        path.root.extensions[1] = key_usage(0)
    });
}

#[test]
fn path_length_limits_hold() {
    let mut enough = Path::sound();
    enough.lower.extensions[0] = basic_constraints(true, Some(0));
    enough.upper.extensions[0] = basic_constraints(true, Some(1));
    enough.root.extensions[0] = basic_constraints(true, Some(2));
    assert_eq!(enough.verdict(), Ok(()));
    refused(TrustRule::PathLenConstraint, |path| {
        path.upper.extensions[0] = basic_constraints(true, Some(0))
    });
    refused(TrustRule::PathLenConstraint, |path| {
        path.root.extensions[0] = basic_constraints(true, Some(1))
    });
}

#[test]
fn the_path_ends_at_a_listed_root() {
    let (path, root) = Path::sound().certificates();
    assert!(
        verify_path(
            &path,
            std::slice::from_ref(&root),
            AAID,
            TrustPolicy::default(),
            NOW_MS
        )
        .is_ok()
    );
    assert!(verify_path(&path, &[], AAID, TrustPolicy::default(), NOW_MS).is_err());
    let stranger = Recipe::authority("stranger", "stranger", test_key(8)).sign(&test_key(8));
    assert_eq!(
        verify_path(&path, &[stranger], AAID, TrustPolicy::default(), NOW_MS).err(),
        Some(TrustRule::RootNotListed)
    );
    // A root of the right name and another key issued nothing here; beside the right one it does no harm.
    let namesake = Recipe::authority("root", "root", test_key(8)).sign(&test_key(8));
    let alone = verify_path(
        &path,
        std::slice::from_ref(&namesake),
        AAID,
        TrustPolicy::default(),
        NOW_MS,
    );
    assert_eq!(alone.err(), Some(TrustRule::Signature(SignatureRule::Wrong)));
    assert!(verify_path(&path, &[namesake, root], AAID, TrustPolicy::default(), NOW_MS).is_ok());
}

#[test]
fn a_root_inside_the_path_is_its_end() {
    let (mut path, root) = Path::sound().certificates();
    path.push(root.clone());
    assert!(
        verify_path(
            &path,
            std::slice::from_ref(&root),
            AAID,
            TrustPolicy::default(),
            NOW_MS
        )
        .is_ok()
    );
    path.push(Recipe::authority("root", "root", test_key(4)).sign(&test_key(4)));
    assert_eq!(
        verify_path(&path, &[root], AAID, TrustPolicy::default(), NOW_MS).err(),
        Some(TrustRule::RootNotListed)
    );
}

#[test]
fn a_listed_root_of_version_1_may_end_the_path() {
    let mut recipes = Path::sound();
    recipes.root.version = 0;
    recipes.root.extensions.clear();
    let (mut path, root) = recipes.certificates();
    path.push(root.clone());
    assert!(
        verify_path(
            &path,
            std::slice::from_ref(&root),
            AAID,
            TrustPolicy::default(),
            NOW_MS
        )
        .is_ok()
    );
    // Where the same bytes are not listed, version 1 says nothing of being a CA.
    let stranger = Recipe::authority("stranger", "stranger", test_key(8)).sign(&test_key(8));
    assert_eq!(
        verify_path(&path, &[stranger], AAID, TrustPolicy::default(), NOW_MS).err(),
        Some(TrustRule::IssuerNotCa)
    );
}

#[test]
fn the_leaf_may_be_the_listed_root() {
    // As in real metadata: version 1 and SHA-1-signed, which nobody has to verify because the bytes are listed.
    let key: SigningKey = test_key(1);
    let recipe = Recipe {
        version: 0,
        extensions: Vec::new(),
        inner_algorithm: ECDSA_SHA1,
        outer_algorithm: ECDSA_SHA1,
        ..Recipe::leaf("vendor", "vendor", key.clone())
    };
    let listed = recipe.sign(&key);
    assert!(
        verify_path(
            std::slice::from_ref(&listed),
            std::slice::from_ref(&listed),
            AAID,
            TrustPolicy::default(),
            NOW_MS
        )
        .is_ok()
    );
    let namesake = Recipe {
        key: test_key(2),
        ..recipe
    }
    .sign(&test_key(2));
    assert!(verify_path(&[namesake], &[listed], AAID, TrustPolicy::default(), NOW_MS).is_err());
}

#[test]
fn a_leaf_may_say_that_it_is_a_ca() {
    let mut path = Path::sound();
    path.leaf.extensions = vec![basic_constraints(true, None), key_usage(5)];
    assert_eq!(path.verdict(), Ok(()));
    path.leaf.extensions = vec![basic_constraints(true, None)];
    assert_eq!(path.verdict(), Ok(()));
}

#[test]
fn a_leafs_key_usage_includes_signing_data() {
    refused(TrustRule::LeafKeyUsage, |path| {
        path.leaf.extensions = vec![key_usage(2)]
    });
}

#[test]
fn a_leaf_that_names_a_model_names_this_one() {
    let mut path = Path::sound();
    path.leaf.extensions.push(names_aaid("ffff#5301"));
    assert_eq!(path.verdict(), Ok(()));
    let utf8 = (crate::certificates::FIDO_AAID, false, tlv(0x0c, &[b"FFFF#5301"]));
    path.leaf.extensions[1] = utf8;
    assert_eq!(path.verdict(), Ok(()));
    refused(TrustRule::LeafAaid, |path| {
        path.leaf.extensions.push(names_aaid("FFFF#5302"))
    });
    refused(TrustRule::LeafAaid, |path| {
        path.leaf.extensions.push(names_aaid("FFFF"))
    });
}

#[test]
fn constraints_are_well_formed() {
    refused(TrustRule::Malformed, |path| {
        path.lower.extensions[0] = (BASIC_CONSTRAINTS, true, vec![0x05, 0x00])
    });
}

#[test]
fn the_leafs_key_is_a_valid_one() {
    let key = test_key(1);
    let sound = Recipe::leaf("vendor", "vendor", key.clone()).sign(&key);
    assert!(
        verify_path(
            std::slice::from_ref(&sound),
            std::slice::from_ref(&sound),
            AAID,
            TrustPolicy::default(),
            NOW_MS
        )
        .is_ok()
    );
    // The last byte of its point, changed: listed as it is, so that no signature covers it.
    let point = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
    let at = sound
        .windows(point.len())
        .position(|window| window == point)
        .expect("the point is in there");
    let mut off_curve = sound;
    off_curve[at + point.len() - 1] ^= 1;
    let verdict = verify_path(
        std::slice::from_ref(&off_curve),
        std::slice::from_ref(&off_curve),
        AAID,
        TrustPolicy::default(),
        NOW_MS,
    );
    assert_eq!(verdict.err(), Some(TrustRule::Key(SignatureRule::KeyInvalid)));
}

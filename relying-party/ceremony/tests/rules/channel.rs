//! The rules about channel bindings, UAF §3.1.8, shown on registrations.

use der::Encode;
use sha2::{Digest, Sha256, Sha384, Sha512};
use smile_ceremony::{
    error::CeremonyError as E,
    uaf::channel::{ChannelBindingMode as Mode, ExpectedChannel, TlsConnection},
};
use smile_protocol::{
    base64url,
    uaf::challenge::{ChannelBinding, ChannelId},
};

use crate::{
    certificates::{ECDSA_SHA1, Recipe, test_key, tlv},
    registration::device,
    world::World,
};

fn certificate() -> Vec<u8> {
    Recipe::leaf("tls", "tls", test_key(50)).sign(&test_key(50))
}

/// What an honest client says of [`certificate`] and [`connection`].
fn honest() -> ChannelBinding {
    let id = ChannelId::Key {
        x: [3; 32],
        y: [4; 32],
    };
    ChannelBinding {
        server_end_point: Some(base64url::encode(&Sha256::digest(certificate()))),
        tls_server_certificate: Some(base64url::encode(&certificate())),
        tls_unique: Some(base64url::encode(&[9; 12])),
        cid_pubkey: Some(id.encode()),
    }
}

/// A connection of which everything is known.
fn connection() -> TlsConnection {
    TlsConnection {
        tls_unique: Some(vec![9; 12]),
        channel_id: Some(([3; 32], [4; 32])),
    }
}

fn channel(mode: Mode, certificates: &[Vec<u8>]) -> ExpectedChannel {
    ExpectedChannel::new(mode, certificates.to_vec()).expect("sound certificates")
}

/// A registration under these bindings.
fn register(
    channel: &ExpectedChannel,
    connection: &TlsConnection,
    binding: ChannelBinding,
) -> Result<usize, E> {
    let mut world = World::new();
    world.rp.channel = channel.clone();
    world.connection = connection.clone();
    let outcome = world.register("alice", &device(), |forge| {
        forge.envelope.fc.channel_binding = binding;
    });
    assert_eq!(world.rows.credentials.len(), usize::from(outcome.is_ok()));
    outcome.map(|credentials| credentials.len())
}

/// The honest bindings with one member set.
fn with(change: impl FnOnce(&mut ChannelBinding)) -> ChannelBinding {
    let mut binding = honest();
    change(&mut binding);
    binding
}

/// Only the member that `keep` moves over.
fn only(keep: impl FnOnce(&ChannelBinding, &mut ChannelBinding)) -> ChannelBinding {
    let mut binding = ChannelBinding::default();
    keep(&honest(), &mut binding);
    binding
}

#[test]
fn each_binding_that_is_sent_fits() {
    for mode in [Mode::Optional, Mode::Required] {
        let expected = channel(mode, &[certificate()]);
        let told = |binding| register(&expected, &connection(), binding);
        assert_eq!(told(honest()), Ok(1));
        let wrong = base64url::encode(&[0; 32]);
        let id = |x: u8, y: u8| {
            let key = ChannelId::Key {
                x: [x; 32],
                y: [y; 32],
            };
            Some(key.encode())
        };
        let flaws = [
            with(|one| one.server_end_point = Some(wrong.clone())),
            with(|one| one.tls_server_certificate = Some(wrong.clone())),
            with(|one| one.tls_unique = Some(wrong.clone())),
            with(|one| one.cid_pubkey = id(3, 5)),
            with(|one| one.cid_pubkey = id(5, 4)),
            // The server asked for a channel ID: somebody in between hid that from the client.
            with(|one| one.cid_pubkey = Some("unused".to_owned())),
            with(|one| one.cid_pubkey = Some("no key".to_owned())),
        ];
        for flaw in flaws {
            assert_eq!(told(flaw), Err(E::ChannelBindingRejected), "{mode:?}");
        }
    }
}

#[test]
fn each_binding_alone_is_enough_where_one_is_required() {
    let required = channel(Mode::Required, &[certificate()]);
    let alone = [
        only(|from, to| to.server_end_point.clone_from(&from.server_end_point)),
        only(|from, to| to.tls_server_certificate.clone_from(&from.tls_server_certificate)),
        only(|from, to| to.tls_unique.clone_from(&from.tls_unique)),
        only(|from, to| to.cid_pubkey.clone_from(&from.cid_pubkey)),
    ];
    for binding in alone {
        assert_eq!(register(&required, &connection(), binding), Ok(1));
    }
    let none = ChannelBinding::default();
    assert_eq!(
        register(&required, &connection(), none.clone()),
        Err(E::ChannelBindingMissing)
    );
    let optional = channel(Mode::Optional, &[certificate()]);
    assert_eq!(register(&optional, &connection(), none), Ok(1));
}

#[test]
fn that_no_channel_id_is_used_binds_nothing() {
    let unused = || only(|_, to| to.cid_pubkey = Some("unused".to_owned()));
    let certificates = [certificate()];
    let nothing = TlsConnection::default();
    let required = channel(Mode::Required, &certificates);
    assert_eq!(
        register(&required, &nothing, unused()),
        Err(E::ChannelBindingMissing)
    );
    let beside = ChannelBinding {
        server_end_point: honest().server_end_point,
        ..unused()
    };
    assert_eq!(register(&required, &nothing, beside), Ok(1));
    assert_eq!(
        register(&channel(Mode::Optional, &certificates), &nothing, unused()),
        Ok(1)
    );
}

#[test]
fn what_the_server_cannot_compare_is_ignored_unless_bindings_are_required() {
    let nothing = TlsConnection::default();
    let certificates = [certificate()];
    let unknown = [
        (&certificates[..], with(|one| one.cid_pubkey = None)),
        (&certificates[..], with(|one| one.tls_unique = None)),
        (
            &[][..],
            only(|from, to| to.server_end_point.clone_from(&from.server_end_point)),
        ),
        (
            &[][..],
            only(|from, to| to.tls_server_certificate.clone_from(&from.tls_server_certificate)),
        ),
    ];
    for (certificates, binding) in unknown {
        let optional = channel(Mode::Optional, certificates);
        assert_eq!(register(&optional, &nothing, binding.clone()), Ok(1));
        let required = channel(Mode::Required, certificates);
        assert_eq!(
            register(&required, &nothing, binding),
            Err(E::ChannelBindingNotComparable)
        );
    }
}

#[test]
fn with_bindings_off_nothing_is_compared() {
    let wrong = with(|one| one.cid_pubkey = Some("no key".to_owned()));
    let certificates = [certificate()];
    assert_eq!(
        register(&channel(Mode::Off, &certificates), &connection(), wrong.clone()),
        Ok(1)
    );
    assert_eq!(
        register(&ExpectedChannel::default(), &connection(), wrong.clone()),
        Ok(1)
    );
    assert_eq!(
        register(&channel(Mode::Optional, &certificates), &connection(), wrong),
        Err(E::ChannelBindingRejected)
    );
}

#[test]
fn any_of_the_certificates_will_do_and_each_must_be_one() {
    let other = Recipe::leaf("other", "other", test_key(51)).sign(&test_key(51));
    let both = channel(Mode::Required, &[other, certificate()]);
    let told = with(|one| {
        one.tls_unique = None;
        one.cid_pubkey = None;
    });
    assert_eq!(register(&both, &TlsConnection::default(), told), Ok(1));
    let broken = ExpectedChannel::new(Mode::Required, vec![certificate(), vec![1, 2, 3]]);
    assert_eq!(broken, Err(E::ChannelCertificateInvalid));
}

// The hash of `serverEndPoint`.

/// [`certificate`] with another outer signature algorithm, given in DER. Nobody verifies the signature here.
fn signed_with(algorithm: &[u8]) -> Vec<u8> {
    let sound = certificate();
    let old = algorithm_of("1.2.840.10045.4.3.2", &[]);
    let at = sound
        .windows(old.len())
        .rposition(|window| window == old)
        .expect("the outer algorithm");
    // The outermost SEQUENCE has a length of two bytes: its content begins at 4.
    tlv(0x30, &[&sound[4..at], algorithm, &sound[at + old.len()..]])
}

fn algorithm_of(oid: &str, parameters: &[u8]) -> Vec<u8> {
    let oid = der::asn1::ObjectIdentifier::new(oid).expect("well-formed");
    tlv(0x30, &[&oid.to_der().expect("encodes"), parameters])
}

/// RSASSA-PSS with this hash, and this one in its mask.
fn pss(hash: Option<&str>, mask: Option<&str>) -> Vec<u8> {
    let hash = hash.map(|oid| tlv(0xA0, &[&algorithm_of(oid, &[])]));
    let mask = mask.map(|oid| {
        tlv(
            0xA1,
            &[&algorithm_of("1.2.840.113549.1.1.8", &algorithm_of(oid, &[]))],
        )
    });
    let salt = tlv(0xA2, &[&tlv(0x02, &[&[32]])]);
    let parts = [hash.unwrap_or_default(), mask.unwrap_or_default(), salt];
    let parameters = tlv(0x30, &[&parts.concat()]);
    algorithm_of("1.2.840.113549.1.1.10", &parameters)
}

/// Whether the end point of a certificate with this algorithm is its hash under `H`, and no other hash.
fn end_point_is<H: Digest>(algorithm: &[u8]) -> bool {
    let served = signed_with(algorithm);
    let required = channel(Mode::Required, std::slice::from_ref(&served));
    let told = |hash: Vec<u8>| {
        let binding = ChannelBinding {
            server_end_point: Some(base64url::encode(&hash)),
            ..ChannelBinding::default()
        };
        register(&required, &TlsConnection::default(), binding)
    };
    let hashes = [
        Sha256::digest(&served).to_vec(),
        Sha384::digest(&served).to_vec(),
        Sha512::digest(&served).to_vec(),
    ];
    let wanted = H::digest(&served).to_vec();
    hashes.into_iter().all(|hash| {
        let expected = if hash == wanted {
            Ok(1)
        } else {
            Err(E::ChannelBindingRejected)
        };
        told(hash) == expected
    })
}

const SHA1: &str = "1.3.14.3.2.26";
const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const SHA384: &str = "2.16.840.1.101.3.4.2.2";
const SHA512: &str = "2.16.840.1.101.3.4.2.3";

#[test]
fn the_end_point_has_the_hash_of_the_certificates_signature() {
    let named = |oid| algorithm_of(oid, &[]);
    // MD5 and SHA-1 give way to SHA-256.
    assert!(end_point_is::<Sha256>(&named("1.2.840.113549.1.1.4")));
    assert!(end_point_is::<Sha256>(&named("1.2.840.113549.1.1.5")));
    assert!(end_point_is::<Sha256>(&named(ECDSA_SHA1)));
    assert!(end_point_is::<Sha256>(&named("1.2.840.113549.1.1.11")));
    assert!(end_point_is::<Sha384>(&named("1.2.840.10045.4.3.3")));
    assert!(end_point_is::<Sha384>(&named("1.2.840.113549.1.1.12")));
    assert!(end_point_is::<Sha512>(&named("1.2.840.10045.4.3.4")));
    assert!(end_point_is::<Sha512>(&named("1.2.840.113549.1.1.13")));
}

#[test]
fn rsa_pss_names_its_hash_in_its_parameters() {
    assert!(end_point_is::<Sha256>(&pss(Some(SHA256), Some(SHA256))));
    assert!(end_point_is::<Sha384>(&pss(Some(SHA384), Some(SHA384))));
    assert!(end_point_is::<Sha512>(&pss(Some(SHA512), Some(SHA512))));
    // The default is SHA-1, which gives way to SHA-256.
    assert!(end_point_is::<Sha256>(&pss(None, None)));
    assert!(end_point_is::<Sha256>(&pss(Some(SHA1), None)));
}

#[test]
fn without_one_hash_function_there_is_no_end_point() {
    // Ed25519 has none of its own, these PSS parameters have two, and of the last the server knows nothing.
    let without = [
        algorithm_of("1.3.101.112", &[]),
        pss(Some(SHA256), Some(SHA384)),
        pss(Some(SHA256), None),
        algorithm_of("1.2.840.113549.1.1.10", &[]),
        algorithm_of("1.2.3.4", &[]),
    ];
    for algorithm in without {
        let served = signed_with(&algorithm);
        let told = |mode| {
            let binding = ChannelBinding {
                server_end_point: Some(base64url::encode(&Sha256::digest(&served))),
                ..ChannelBinding::default()
            };
            let expected = channel(mode, std::slice::from_ref(&served));
            register(&expected, &TlsConnection::default(), binding)
        };
        assert_eq!(told(Mode::Optional), Ok(1));
        assert_eq!(told(Mode::Required), Err(E::ChannelBindingNotComparable));
        let whole = ChannelBinding {
            tls_server_certificate: Some(base64url::encode(&served)),
            ..ChannelBinding::default()
        };
        let required = channel(Mode::Required, std::slice::from_ref(&served));
        assert_eq!(register(&required, &TlsConnection::default(), whole), Ok(1));
    }
}

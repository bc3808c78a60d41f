//! Keys that another library wrote (PyCA cryptography 50): the generators of both curves, and
//! one RSA key of 2048 bits with the exponent 65537.

use smile_protocol::key::{EcCurve, KeyKind, PublicKey};
use smile_protocol::registry::{AuthenticationAlgorithm as Algorithm, PublicKeyFormat as Format};

/// `X962`, uncompressed: the generator of secp256r1.
const P256_POINT: &str = concat!(
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb",
    "4a7c0f9e162bce33576b315ececbb6406837bf51f5",
);

/// `SubjectPublicKeyInfo` of the same.
const P256_SPKI: &str = concat!(
    "3059301306072a8648ce3d020106082a8648ce3d030107034200046b17d1f2e12c4247f8bce6e563a440f277",
    "037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837",
    "bf51f5",
);

/// `X962`, uncompressed: the generator of secp256k1.
const K1_POINT: &str = concat!(
    "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fb",
    "fc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
);

/// `SubjectPublicKeyInfo` of the same.
const K1_SPKI: &str = concat!(
    "3056301006072a8648ce3d020106052b8104000a0342000479be667ef9dcbbac55a06295ce870b07029bfcdb",
    "2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
);

/// `RSAPublicKey`.
const RSA_PKCS1: &str = concat!(
    "3082010a0282010100e4bce4179bb7649fb6d9986c323f2981363ff968398490d813f4c979004ab847f3415e",
    "f1d4299dbca29e6c667d541e37991511ecc9610ccf9097d7932ceb5d7eb9633c67fc5e0a8f354d3fea86cc39",
    "b65d216a2ada08055c0c6adc27a59906d0c96bcbf130afe25c7a9a1ace86eb33a5bd2e2d87badf5bf395025e",
    "3c6288455011f11d1403addc6bc91a18d3a53c814d4d5df90f78380cc9e5387307230b1239919cc8b17977e7",
    "4d682bbaca274cae994af21de0022184c1379444550f0e42c2383bd349846672b11c18e4e60eb7df67007d91",
    "f638c6b19b4f6a5957df0f3aa160a9aef135de2d6e3420cb195ae9da22c7f644a535165b0494e1147750ccd3",
    "7d0203010001",
);

/// `SubjectPublicKeyInfo` of the same.
const RSA_SPKI: &str = concat!(
    "30820122300d06092a864886f70d01010105000382010f003082010a0282010100e4bce4179bb7649fb6d998",
    "6c323f2981363ff968398490d813f4c979004ab847f3415ef1d4299dbca29e6c667d541e37991511ecc9610c",
    "cf9097d7932ceb5d7eb9633c67fc5e0a8f354d3fea86cc39b65d216a2ada08055c0c6adc27a59906d0c96bcb",
    "f130afe25c7a9a1ace86eb33a5bd2e2d87badf5bf395025e3c6288455011f11d1403addc6bc91a18d3a53c81",
    "4d4d5df90f78380cc9e5387307230b1239919cc8b17977e74d682bbaca274cae994af21de0022184c1379444",
    "550f0e42c2383bd349846672b11c18e4e60eb7df67007d91f638c6b19b4f6a5957df0f3aa160a9aef135de2d",
    "6e3420cb195ae9da22c7f644a535165b0494e1147750ccd37d0203010001",
);

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).expect("the constants are hexadecimal")
}

#[test]
fn elliptic_keys_of_another_library_are_read_and_written_alike() {
    let cases = [
        (
            EcCurve::P256,
            Algorithm::Secp256r1EcdsaSha256Raw,
            P256_POINT,
            P256_SPKI,
        ),
        (
            EcCurve::Secp256k1,
            Algorithm::Secp256k1EcdsaSha256Raw,
            K1_POINT,
            K1_SPKI,
        ),
    ];
    for (curve, algorithm, point, spki) in cases {
        let key = PublicKey::decode(Format::EccX962Raw, algorithm, &bytes(point)).expect("a point");
        assert_eq!(key.kind(), KeyKind::Ec(curve));
        assert_eq!(PublicKey::from_spki(&bytes(spki)), Ok(key.clone()));
        assert_eq!(key.to_spki(), Ok(bytes(spki)));
        assert_eq!(key.encode(Format::EccX962Der, algorithm), Ok(bytes(spki)));
        assert_eq!(key.x962_point(), Some(bytes(point)));
    }
}

#[test]
fn rsa_keys_of_another_library_are_read_and_written_alike() {
    let algorithm = Algorithm::RsassaPssSha256Raw;
    let key = PublicKey::decode(Format::Rsa2048Der, algorithm, &bytes(RSA_PKCS1)).expect("a key");
    assert_eq!(
        PublicKey::decode(Format::Rsa2048Der, algorithm, &bytes(RSA_SPKI)),
        Ok(key.clone())
    );
    assert_eq!(key.encode(Format::Rsa2048Der, algorithm), Ok(bytes(RSA_PKCS1)));
    assert_eq!(key.to_spki(), Ok(bytes(RSA_SPKI)));
    let PublicKey::Rsa { n, e } = &key else {
        panic!("an RSA key")
    };
    assert_eq!((n.len(), e.as_slice()), (256, &[1, 0, 1][..]));
    let raw = key.encode(Format::Rsa2048Raw, algorithm).expect("2048 bits");
    assert_eq!(raw.len(), 259);
    assert_eq!(PublicKey::decode(Format::Rsa2048Raw, algorithm, &raw), Ok(key));
}

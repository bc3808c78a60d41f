//! Channel bindings from configuration and proxy headers to the verdict 1490.

use crate::signer::{Registration, Signer};
use crate::world::World;
use serde_json::{Value, json};
use smile_protocol::base64url;
use smile_protocol::uaf::challenge::ChannelId;
use smile_relying_party::config::{ChannelBinding, Config};
use std::path::Path;

/// A certificate of pay.example, as a proxy's file holds it.
const PEM: &str = "\
-----BEGIN CERTIFICATE-----
MIIBgjCCASmgAwIBAgIUEW8Wl32zGam8AN3YuFAEhMQFb+4wCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLcGF5LmV4YW1wbGUwIBcNMjYxMTI0MjExMTM3WhgPMjEyNjEw
MzEyMTExMzdaMBYxFDASBgNVBAMMC3BheS5leGFtcGxlMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEYuYhyIkWQzgI//i0WPMUuBnvUqILtLQ+bKKyY9RYh68hkLQt
Hf4tIsM9X1hqbbgcI1hyoptt/UltP7kt8RGRdKNTMFEwHQYDVR0OBBYEFH7MQ6KG
i7IYoih2koBjI5obpN1MMB8GA1UdIwQYMBaAFH7MQ6KGi7IYoih2koBjI5obpN1M
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgVddq1K1R7aFlbu/8
VvwnQpT80b9sYs3VUqP+ZwIJ1A8CIAk9I/F4Is21DaUtaMpT6y6X8O/gTbOn1NHm
cu7NwajJ
-----END CERTIFICATE-----
";

/// SHA-256 of its DER, computed apart.
const END_POINT: [u8; 32] = [
    0x06, 0x7b, 0x15, 0x9d, 0x47, 0x5a, 0xb7, 0x5b, 0x67, 0x49, 0xaa, 0x85, 0xe7, 0x1b, 0xef, 0x23, 0x05,
    0xc0, 0x52, 0x6c, 0x83, 0x33, 0xc3, 0x2f, 0x82, 0x7b, 0x2c, 0x74, 0x83, 0xd6, 0x69, 0x3a,
];

const UNIQUE: &str = "x-tls-unique";
const CHANNEL_ID: &str = "x-tls-channel-id";

fn required(folder: &Path, config: &mut Config) {
    let path = folder.join("tls.pem");
    std::fs::write(&path, PEM).expect("written");
    let binding = &mut config.uaf.channel_binding;
    binding.mode = ChannelBinding::Required;
    binding.certificates = vec![path];
    binding.tls_unique_header = Some(UNIQUE.to_owned());
    binding.cid_pubkey_header = Some(CHANNEL_ID.to_owned());
}

/// The verdict on a registration with a change, which comes with these headers of the proxy.
fn register(world: &World, headers: &str, change: impl FnOnce(&mut Registration)) -> Value {
    let request = world.registration_request("alice");
    let before = world.dump_without_challenges();
    let message = Signer::number(1).register(&request).with(change).message();
    let all = format!("content-type: application/fido+uaf; charset=utf-8\r\n{headers}");
    let body = json!({"uafResponse": message}).to_string();
    let answer = world.raw("POST", "/uaf/respond", &all, body.as_bytes());
    assert_eq!(answer.status, 200, "{answer:?}");
    let verdict = answer.json();
    if verdict["statusCode"] != 1200 {
        assert_eq!(world.dump_without_challenges(), before);
    }
    verdict
}

fn refused(verdict: &Value, code: u64) {
    assert_eq!(verdict["statusCode"], code, "{verdict}");
    if code == 1490 {
        let words = verdict["description"].as_str().expect("a rule");
        assert!(words.contains("channelBinding"), "{words}");
    }
}

#[test]
fn the_certificate_of_the_configuration_is_the_one_that_clients_must_have_seen() {
    let world = World::configured(required);
    refused(&register(&world, "", |_| ()), 1490);
    refused(
        &register(&world, "", |answer| {
            answer.params.channel_binding.server_end_point = Some(base64url::encode(&[0; 32]));
        }),
        1490,
    );
    let sound = register(&world, "", |answer| {
        answer.params.channel_binding.server_end_point = Some(base64url::encode(&END_POINT));
    });
    assert_eq!(sound["statusCode"], 1200, "{sound}");
}

#[test]
pub fn what_the_proxy_tells_of_the_connection_is_compared() {
    let world = World::configured(required);
    let unique = base64url::encode(&[7; 12]);
    let point = base64url::encode(&[[1; 32], [2; 32]].concat());
    let headers = format!("{UNIQUE}: {unique}\r\n{CHANNEL_ID}: {point}\r\n");
    let told = |unique: &str, y: u8| {
        let key = ChannelId::Key {
            x: [1; 32],
            y: [y; 32],
        };
        let unique = unique.to_owned();
        move |answer: &mut Registration| {
            answer.params.channel_binding.tls_unique = Some(unique);
            answer.params.channel_binding.cid_pubkey = Some(key.encode());
        }
    };
    refused(&register(&world, &headers, told("AAAA", 2)), 1490);
    refused(&register(&world, &headers, told(&unique, 3)), 1490);
    // Without the proxy's word there is nothing to compare with.
    refused(&register(&world, "", told(&unique, 2)), 1490);
    let sound = register(&world, &headers, told(&unique, 2));
    assert_eq!(sound["statusCode"], 1200, "{sound}");
}

#[test]
fn a_header_that_no_proxy_would_write_is_the_operators_matter() {
    let world = World::configured(required);
    let bound = |answer: &mut Registration| {
        answer.params.channel_binding.server_end_point = Some(base64url::encode(&END_POINT));
    };
    let long = base64url::encode(&[0; 65]);
    for headers in [
        format!("{UNIQUE}: not base64\r\n"),
        format!("{UNIQUE}: AAAA\r\n{UNIQUE}: AAAA\r\n"),
        format!("{UNIQUE}: {long}\r\n"),
        format!("{CHANNEL_ID}: AAAA\r\n"),
    ] {
        refused(&register(&world, &headers, bound), 1500);
    }
    let sound = register(&world, &format!("{UNIQUE}: AAAA\r\n"), bound);
    assert_eq!(sound["statusCode"], 1200, "{sound}");
}

#[test]
fn with_bindings_off_neither_bindings_nor_headers_count() {
    let world = World::configured(|folder, config| {
        required(folder, config);
        config.uaf.channel_binding.mode = ChannelBinding::Off;
    });
    let headers = format!("{UNIQUE}: not base64\r\n");
    let verdict = register(&world, &headers, |answer| {
        answer.params.channel_binding.server_end_point = Some(base64url::encode(&[0; 32]));
    });
    assert_eq!(verdict["statusCode"], 1200, "{verdict}");
}

#[test]
fn an_optional_binding_may_be_left_out_and_must_be_right() {
    let world = World::configured(|folder, config| {
        required(folder, config);
        config.uaf.channel_binding.mode = ChannelBinding::Optional;
    });
    refused(
        &register(&world, "", |answer| {
            answer.params.channel_binding.server_end_point = Some(base64url::encode(&[0; 32]));
        }),
        1490,
    );
    let without = register(&world, "", |_| ());
    assert_eq!(without["statusCode"], 1200, "{without}");
}

#[test]
fn certificate_files_are_pem_or_der_and_a_bad_one_stops_the_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let check = |bytes: &[u8]| {
        let mut config = crate::world::config(folder.path());
        required(folder.path(), &mut config);
        std::fs::write(folder.path().join("tls.pem"), bytes).expect("written");
        smile_relying_party::service::Service::check(&config).map_err(|error| error.to_string())
    };
    assert_eq!(check(PEM.as_bytes()), Ok(1));
    // Of a chain the first certificate counts, whatever stands around it.
    let chain = format!("subject=CN = pay.example\n{PEM}{PEM}");
    assert_eq!(check(chain.as_bytes()), Ok(1));
    let der = der();
    assert_eq!(check(&der), Ok(1));
    let cut_short = &PEM[..PEM.len() - 30];
    for bad in [
        &b""[..],
        b"no certificate",
        &der[1..],
        cut_short.as_bytes(),
        PEM.replace("MIIB", "M#IB").as_bytes(),
    ] {
        let words = check(bad).expect_err("refused");
        assert!(
            words.contains("tls.pem") && words.contains("uaf.channel_binding.certificates"),
            "{words}"
        );
    }
    // 64 KiB are read, whatever stands behind the certificate.
    let mut padded = PEM.as_bytes().to_vec();
    padded.resize(64 * 1024, b'\n');
    assert_eq!(check(&padded), Ok(1));
    padded.push(b'\n');
    let words = check(&padded).expect_err("too long");
    assert!(words.contains("65537 bytes"), "{words}");
    let mut config = crate::world::config(folder.path());
    config.uaf.channel_binding.certificates = vec!["no-such.pem".into()];
    let words = smile_relying_party::service::Service::check(&config)
        .expect_err("refused")
        .to_string();
    assert!(words.contains("no-such.pem"), "{words}");
}

/// The certificate's DER, by another reader than the server's.
fn der() -> Vec<u8> {
    let body: String = PEM.lines().filter(|line| !line.starts_with("-----")).collect();
    let url_safe = body.replace('+', "-").replace('/', "_");
    let der = base64url::decode(url_safe.trim_end_matches('=')).expect("base64");
    let hash: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(&der).into();
    assert_eq!(hash, END_POINT);
    der
}

//! Channel bindings where the operator requires them (UAF §3.1.8, §3.1.9, §3.4.6.5 step 3). Behind a proxy that tells
//! nothing, the server's certificate is all that it can compare.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha384};

use crate::answer::{AUTH, Ceremony, PAY, REG, Situation};
use crate::case::{Case, all_hold, case, must_be_accepted, rows};
use crate::edit::{params, put};
use crate::models::{leaf, root};
use crate::world::Setting;

pub fn cases() -> Vec<Case> {
    let all = [REG, AUTH, PAY].into_iter().flat_map(of);
    all.map(|case| case.under(Setting::Bound)).collect()
}

fn of(op: Ceremony) -> Vec<Case> {
    let binding = |id: &str, binding: Value, words: &str| {
        let flaw = params(put("/channelBinding", binding));
        case(
            id,
            "UAF §3.1.8",
            op,
            flaw,
            1490,
            format!("fcParams.channelBinding: {words}"),
        )
    };
    let right = BASE64URL.encode(Sha256::digest(root()));
    let other = BASE64URL.encode(Sha256::digest(leaf()));
    let (none, wrong, unknown) = (
        "none, though one is required",
        "not as expected",
        "one that the server has nothing",
    );
    rows! {
        binding("binding-absent", json!({}), none);
        binding("binding-unused-channel-id", json!({"cid_pubkey": "unused"}), none);
        binding("binding-of-another-end-point", json!({"serverEndPoint": other}), wrong);
        binding("binding-under-another-hash", json!({"serverEndPoint": BASE64URL.encode(Sha384::digest(root()))}), wrong);
        binding("binding-padded", json!({"serverEndPoint": format!("{right}=")}), wrong);
        binding("binding-of-another-certificate", json!({"tlsServerCertificate": BASE64URL.encode(leaf())}), wrong);
        binding("binding-of-two-certificates", json!({"serverEndPoint": right, "tlsServerCertificate": BASE64URL.encode(leaf())}), wrong);
        binding("binding-to-a-connection", json!({"serverEndPoint": right, "tlsUnique": "AAAA"}), unknown);
        binding("binding-to-a-connection-alone", json!({"tlsUnique": "AAAA"}), unknown);
    }
}

#[test]
fn a_response_comes_by_the_servers_channel() {
    all_hold(&cases());
}

#[test]
fn the_whole_certificate_binds_as_well() {
    for op in [REG, AUTH, PAY] {
        let whole = params(put(
            "/channelBinding",
            json!({"tlsServerCertificate": BASE64URL.encode(root())}),
        ));
        let verdict = must_be_accepted(&mut Situation::under(Setting::Bound, op), &[&whole]);
        assert_eq!(verdict, Ok(()), "{}", op.name());
    }
}

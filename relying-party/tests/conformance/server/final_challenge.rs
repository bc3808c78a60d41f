//! `fcParams` and what is inside (UAF §3.1.7 to §3.1.9, §3.4.6.5 step 3): refused after the challenge was spent.

use serde_json::{Value, json};

use crate::answer::{AUTH, Ceremony, Flaw, REG};
use crate::case::{Case, all_hold, case, rows};
use crate::edit::{fc_params, params, params_text, put, remove, twice};
use crate::server::response::bits_behind;

pub fn cases() -> Vec<Case> {
    let all = [REG, AUTH].into_iter();
    all.flat_map(|op| [encoding(op), members(op), lengths(op), bindings(op), values(op)])
        .flatten()
        .collect()
}

fn encoding(op: Ceremony) -> Vec<Case> {
    let transmitted = |id: &str, edit: fn(&str) -> String| {
        let words = "fcParams: is not base64url without padding";
        case(id, "UAF §3.1.7", op, fc_params(edit), 1498, words)
    };
    let json = |id: &str, edit: fn(&str) -> String, words: &str| {
        case(id, "UAF §3.1.7", op, params_text(edit), 1498, words)
    };
    rows! {
        transmitted("fc-padded", |text| format!("{text}==")).given(odd_length());
        transmitted("fc-with-unused-bits", bits_behind).given(odd_length());
        transmitted("fc-standard-alphabet", |text| text.replacen(|c: char| c.is_ascii_alphabetic(), "/", 1));
        transmitted("fc-folded", |text| format!("{}\n{}", &text[..64], &text[64..]));
        transmitted("fc-not-base64url", |text| format!("{}!", &text[1..]));
        transmitted("fc-not-ascii", |text| format!("{}\u{e9}", &text[1..]));
        // 0xFF is in no UTF-8 text; `_w` is its base64url.
        case("fc-not-utf8", "UAF §3.1.7", op, fc_params(|_| "_w".to_owned()), 1498, "fcParams: is not UTF-8");
        json("fc-empty-text", |_| " ".to_owned(), "not JSON");
        json("fc-cut-short", |text| text[..text.len() - 1].to_owned(), "not JSON");
        json("fc-behind", |text| format!("{text}{text}"), "not JSON…trailing characters");
        json("fc-array", |text| format!("[{text}]"), "fcParams: has to be an object");
        json("fc-null", |_| "null".to_owned(), "fcParams: has to be an object");
        json("fc-string", |_| "\"x\"".to_owned(), "fcParams: has to be an object");
    }
}

/// FinalChallengeParams of 3n + 1 bytes: their text ends with four bits that mean nothing, and would take two `=`.
fn odd_length() -> Flaw {
    params_text(|text| {
        let spaces = (4 - text.len() % 3) % 3;
        format!("{text}{}", " ".repeat(spaces))
    })
}

fn members(op: Ceremony) -> Vec<Case> {
    let of = |(name, kind): (&str, &str)| {
        let put = |id: &str, value: Value| {
            let words = format!("fcParams.{name}: has to be {kind}");
            let flaw = params(put(format!("/{name}"), value));
            case(format!("fc-{name}-{id}"), "UAF §3.1.7", op, flaw, 1498, words)
        };
        let absent = params(remove(format!("/{name}")));
        let twice = params(twice(format!("/{name}")));
        let other = if kind == "an object" { json!([]) } else { json!({}) };
        let words = format!("fcParams.{name}: is required");
        [
            case(format!("fc-{name}-absent"), "UAF §3.1.7", op, absent, 1498, words),
            put("null", Value::Null),
            put("number", json!(7)),
            put("of-another-type", other),
            case(
                format!("fc-{name}-twice"),
                "UAF §1",
                op,
                twice,
                1498,
                format!("member `{name}` occurs twice"),
            ),
        ]
    };
    let all = [
        ("appID", "a string"),
        ("challenge", "a string"),
        ("facetID", "a string"),
        ("channelBinding", "an object"),
    ];
    all.into_iter().flat_map(of).collect()
}

fn lengths(op: Ceremony) -> Vec<Case> {
    let of = |id: &str, pointer: &str, value: String, words: &str| {
        case(id, "UAF §3.1.7", op, params(put(pointer, value)), 1498, words)
    };
    let not_base64url = "fcParams.challenge: is not base64url without padding";
    rows! {
        of("fc-app-id-empty", "/appID", String::new(), "fcParams.appID: has length 0, allowed is 1 to 512");
        of("fc-app-id-513", "/appID", "a".repeat(513), "fcParams.appID: has length 513");
        of("fc-facet-empty", "/facetID", String::new(), "fcParams.facetID: has length 0, allowed is 1 to 512");
        of("fc-facet-513", "/facetID", "a".repeat(513), "fcParams.facetID: has length 513");
        of("fc-challenge-empty", "/challenge", String::new(), "fcParams.challenge: has length 0, allowed is 8 to 64");
        of("fc-challenge-7-bytes", "/challenge", "A".repeat(10), "fcParams.challenge: has length 7");
        of("fc-challenge-65-bytes", "/challenge", "A".repeat(87), "fcParams.challenge: has length 65");
        of("fc-challenge-padded", "/challenge", "A".repeat(43) + "=", not_base64url);
        of("fc-challenge-not-base64url", "/challenge", "+".repeat(43), not_base64url);
        of("fc-challenge-with-unused-bits", "/challenge", "A".repeat(42) + "B", not_base64url);
    }
}

/// UAF §3.1.9: every member of a channel binding is a text.
fn bindings(op: Ceremony) -> Vec<Case> {
    let of = |name: &'static str| {
        let pointer = format!("/channelBinding/{name}");
        let refused = move |id: &str, value: Value, words: &str| {
            let words = format!("fcParams.channelBinding.{name}: {words}");
            let flaw = params(put(pointer.clone(), value));
            case(format!("fc-{name}-{id}"), "UAF §3.1.9", op, flaw, 1498, words)
        };
        [
            refused("null", Value::Null, "has to be a string"),
            refused("number", json!(7), "has to be a string"),
            refused("object", json!({"kty": "EC"}), "has to be a string"),
            refused("empty", json!(""), "has length 0"),
        ]
    };
    let all = [
        "serverEndPoint",
        "tlsServerCertificate",
        "tlsUnique",
        "cid_pubkey",
    ];
    all.into_iter().flat_map(of).collect()
}

/// UAF §3.4.6.5 step 3: for us, by a facet that we trust, over our challenge.
fn values(op: Ceremony) -> Vec<Case> {
    let section = "UAF §3.4.6.5 3";
    let app = |id: &str, text: &str| {
        let words = "fcParams.appID: not the one of the request";
        case(id, section, op, params(put("/appID", text)), 1498, words)
    };
    let facet = |id: &str, text: &str| {
        let words = "fcParams.facetID: …is not a trusted facet; trusted: \"https://shop.example\"";
        case(id, section, op, params(put("/facetID", text)), 1498, words)
    };
    let challenge = |id: &str, text: &str| {
        let words = "fcParams.challenge: not the one of the request";
        case(id, section, op, params(put("/challenge", text)), 1491, words)
    };
    rows! {
        app("fc-app-id-foreign", "https://evil.example/uaf/facets");
        app("fc-app-id-is-the-facet", "https://shop.example");
        app("fc-app-id-other-case", "https://shop.example/UAF/facets");
        facet("fc-facet-foreign", "https://evil.example");
        facet("fc-facet-subdomain", "https://pay.shop.example");
        facet("fc-facet-prefix", "https://shop.example.evil.example");
        facet("fc-facet-with-path", "https://shop.example/pay");
        facet("fc-facet-without-tls", "http://shop.example");
        facet("fc-facet-other-port", "https://shop.example:8443");
        facet("fc-facet-of-an-app", "android:apk-key-hash:LK84ci82ruA6u8SyF26cghsVwZg");
        challenge("fc-challenge-foreign", &"A".repeat(43));
        challenge("fc-challenge-shorter", &"A".repeat(11));
        challenge("fc-challenge-longer", &"A".repeat(86));
    }
}

#[test]
fn the_final_challenge_is_for_us() {
    all_hold(&cases());
}

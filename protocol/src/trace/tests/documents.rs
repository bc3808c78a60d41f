//! JSON documents.

use serde_json::{Value, json};

use super::super::{Entry, Kind, Place, trace};
use super::bytes::sound;
use super::{broken, entry};
use crate::base64url;
use crate::hash::HashAlgorithm;
use crate::uaf::assertion::tags;

fn header(op: &str) -> Value {
    json!({"upv": {"major": 1, "minor": 1}, "op": op, "appID": "https://a.example"})
}

fn fc_params() -> String {
    let params = json!({
        "appID": "https://a.example", "challenge": "AAAAAAAAAAA", "facetID": "https://a.example",
        "channelBinding": {}
    });
    base64url::encode(params.to_string().as_bytes())
}

/// A registration response whose assertion answers its `fcParams`.
fn response() -> Value {
    let fc_params = fc_params();
    let hash = HashAlgorithm::Sha256.digest(fc_params.as_bytes());
    let mut assertion = sound();
    let at = assertion
        .windows(32)
        .position(|window| window == [0xC4; 32])
        .expect("the hash");
    assertion[at..at + 32].copy_from_slice(hash.as_bytes());
    json!([{
        "header": header("Reg"), "fcParams": fc_params,
        "assertions": [{"assertionScheme": "UAFV1TLV", "assertion": base64url::encode(&assertion)}]
    }])
}

fn request() -> Value {
    json!([{
        "header": header("Auth"), "challenge": "AAAAAAAAAAA",
        "transaction": [{"contentType": "text/plain", "content": "UGF5"}],
        "policy": {"accepted": [[{"userVerification": 18, "authenticationAlgorithms": [1, 2],
            "assertionSchemes": ["UAFV1TLV"], "attestationTypes": [15880]}]]}
    }])
}

fn rules(value: &Value) -> Vec<String> {
    broken(value.to_string().as_bytes())
}

#[test]
fn each_document_is_known_and_none_is_broken() {
    let message = request().to_string();
    let asm = json!({"major": 1, "minor": 1});
    let documents = [
        (response(), Kind::RegistrationResponse),
        (request(), Kind::AuthenticationRequest),
        (
            json!([{"header": header("Reg"), "challenge": "AAAAAAAAAAA", "username": "a",
                "policy": {"accepted": [[{"aaid": ["FFFF#5301"]}]]}}]),
            Kind::RegistrationRequest,
        ),
        (
            json!([{"header": header("Dereg"), "authenticators": [{"aaid": "", "keyID": ""}]}]),
            Kind::DeregistrationRequest,
        ),
        (json!({"op": "Reg"}), Kind::GetUafRequest),
        (
            json!({"statusCode": 1200, "uafRequest": message, "op": "Auth"}),
            Kind::ReturnUafRequest,
        ),
        (
            json!({"uafResponse": response().to_string()}),
            Kind::SendUafResponse,
        ),
        (
            json!({"statusCode": 1498, "description": "no"}),
            Kind::ServerResponse,
        ),
        (json!({"uafProtocolMessage": message}), Kind::UafMessage),
        (
            json!({"requestType": "GetInfo", "asmVersion": asm}),
            Kind::AsmRequest,
        ),
        (json!({"statusCode": 2}), Kind::AsmResponse),
        (
            json!({"statusCode": 0, "responseData": {"assertion": base64url::encode(&sound()),
                "assertionScheme": "UAFV1TLV"}}),
            Kind::AsmResponse,
        ),
        (
            json!({"statusCode": 0, "responseData": {"appRegs": []}}),
            Kind::AsmResponse,
        ),
        (
            json!({"statusCode": 0, "responseData": {"Authenticators": []}}),
            Kind::AsmResponse,
        ),
        (
            json!({"trustedFacets": [{"version": {"major": 1, "minor": 0}, "ids": ["https://a.example"]}]}),
            Kind::TrustedFacetsList,
        ),
    ];
    for (document, kind) in documents {
        let text = document.to_string();
        assert_eq!(trace(text.as_bytes()).kind(), kind, "{text}");
        assert_eq!(broken(text.as_bytes()), [""; 0], "{text}");
    }
    assert_eq!(trace(fc_params().as_bytes()).kind(), Kind::FinalChallengeParams);
    assert_eq!(broken(fc_params().as_bytes()), [""; 0]);
    assert_eq!(
        rules(&json!({"a": 1})),
        ["input:0 top level: is no message, assertion or command of UAF"]
    );
}

#[test]
fn what_is_inside_a_message_has_layers_of_its_own() {
    let envelope = json!({"uafResponse": response().to_string(), "context": "{}"}).to_string();
    let map = trace(envelope.as_bytes());
    let layers: Vec<(&str, Option<usize>, Kind)> = map
        .layers
        .iter()
        .map(|layer| (layer.name.as_str(), layer.inside, layer.kind))
        .collect();
    assert_eq!(
        layers,
        [
            ("input", None, Kind::SendUafResponse),
            ("uafResponse", Some(0), Kind::RegistrationResponse),
            (
                "[0].assertions[0].assertion",
                Some(1),
                Kind::RegistrationAssertion
            ),
            ("[0].fcParams", Some(1), Kind::FinalChallengeParams),
        ]
    );
    assert_eq!(entry(&map, 3, "facetID").meaning, "\"https://a.example\"");
    let hash = &entry(&map, 2, "FINAL_CHALLENGE_HASH").meaning;
    assert!(hash.ends_with(", the hash of fcParams"), "{hash}");
    let outer = &entry(&map, 1, "fcParams").meaning;
    assert!(outer.ends_with(&hash[..64]), "{outer}");
    assert_eq!(map.layers[2].entries[1].name, "tag and length");
    assert_eq!(
        entry(&map, 2, "KEYID").place,
        super::super::Place::Tag(tags::KEYID)
    );
}

#[test]
fn numbers_are_explained_by_name() {
    let map = trace(request().to_string().as_bytes());
    assert_eq!(entry(&map, 0, "upv").meaning, "version 1.1");
    assert_eq!(entry(&map, 0, "op").meaning, "Auth, authentication");
    assert_eq!(
        entry(&map, 0, "userVerification").meaning,
        "18, fingerprint, faceprint"
    );
    assert_eq!(entry(&map, 0, "challenge").meaning, "8 bytes, AAAAAAAAAAA");
    let named = |path: &str| {
        let place = super::super::Place::Path(path.to_owned());
        let entries = &map.layers[0].entries;
        let found = entries.iter().find(|entry| entry.place == place);
        found.expect("there").meaning.clone()
    };
    assert_eq!(
        named("[0].policy.accepted[0][0].authenticationAlgorithms[1]"),
        "2, 0x0002, ALG_SIGN_SECP256R1_ECDSA_SHA256_DER"
    );
    assert_eq!(
        named("[0].policy.accepted[0][0].attestationTypes[0]"),
        "15880, 0x3E08, TAG_ATTESTATION_BASIC_SURROGATE"
    );
    let content = entry(&map, 0, "content");
    assert!(
        content.meaning.starts_with("\"Pay\", SHA-256 "),
        "{}",
        content.meaning
    );
    let map = trace(br#"{"statusCode": 1498}"#);
    assert_eq!(entry(&map, 0, "statusCode").meaning, "1498, unacceptable content");
    let map = trace(br#"{"statusCode": 16}"#);
    assert_eq!(entry(&map, 0, "statusCode").meaning, "16, UserLockout");
}

#[test]
fn a_broken_rule_stands_at_its_member() {
    let at =
        |text: &str, member: &str| text.find(&format!("\"{member}\":")).expect("there") + member.len() + 3;
    let mut bad = response();
    bad[0]["header"]["op"] = json!("reg");
    let text = bad.to_string();
    assert_eq!(
        broken(text.as_bytes()),
        [format!(
            "input:{} [0].header.op: has to be Reg, Auth or Dereg",
            at(&text, "op")
        )]
    );
    let mut bad = response();
    bad[0]["header"].as_object_mut().expect("an object").remove("upv");
    let text = bad.to_string();
    assert_eq!(
        broken(text.as_bytes()),
        [format!(
            "input:{} [0].header.upv: is required",
            at(&text, "header")
        )]
    );
    let mut bad = response();
    bad[0]["assertions"][0]["assertionScheme"] = json!("OTHER");
    let text = bad.to_string();
    let place = at(&text, "assertionScheme");
    assert_eq!(
        broken(text.as_bytes()),
        [format!(
            "input:{place} [0].assertions[0].assertionScheme: has to be UAFV1TLV"
        )]
    );
    let mut bad = response();
    let padded = format!("{}==", fc_params());
    bad[0]["fcParams"] = json!(padded);
    let rules = rules(&bad);
    assert!(
        rules[0].ends_with("[0].fcParams: is not base64url without padding"),
        "{rules:?}"
    );
    assert!(
        rules[1].ends_with("is not the hash of fcParams (UAF §3.4.6.5)"),
        "{rules:?}"
    );
    assert_eq!(rules.len(), 2);
}

#[test]
fn rules_are_broken_in_the_layer_that_breaks_them() {
    let mut bad = response();
    let inner = base64url::encode(br#"{"appID":"a","challenge":"AA","facetID":"a","channelBinding":{}}"#);
    bad[0]["fcParams"] = json!(inner);
    let rules = rules(&bad);
    assert_eq!(
        rules[1],
        "[0].fcParams:25 fcParams.challenge: has length 1, allowed is 8 to 64"
    );
    let mut bad = response();
    let cut = base64url::encode(&sound()[..20]);
    bad[0]["assertions"][0]["assertion"] = json!(cut);
    let rules = broken(bad.to_string().as_bytes());
    assert!(
        rules[0].starts_with("[0].assertions[0].assertion:0 tag 0x3E01"),
        "{rules:?}"
    );
    // A login's assertion in a registration.
    let mut bad = response();
    bad[0]["assertions"][0]["assertion"] = json!(base64url::encode(&[2, 0x3E, 0, 0]));
    let rules = broken(bad.to_string().as_bytes());
    assert_eq!(
        rules,
        ["[0].assertions[0].assertion:0 tag 0x3E02 at offset 0: tag 0x3E01 is required at this place"]
    );
}

#[test]
fn text_that_stops_being_json_is_mapped_up_to_there() {
    let text = "[{\"header\": {\"op\": \"Reg\",\n \"upv\" 1}}]";
    let map = trace(text.as_bytes());
    assert_eq!(entry(&map, 0, "op").meaning, "Reg, registration");
    let rules = broken(text.as_bytes());
    assert_eq!(rules.len(), 1);
    assert!(
        rules[0].contains("not JSON at line 2, column 8: expected `:`"),
        "{rules:?}"
    );
    let twice = r#"{"op":"Reg","op":"Auth"}"#;
    let rules = broken(twice.as_bytes());
    assert_eq!(
        rules,
        ["input:0 member `op` occurs twice in one object (line 1, column 16)"]
    );
    let deep = "[".repeat(100_000);
    assert_eq!(broken(deep.as_bytes()).len(), 1);
    let rules = broken(b"{\"op\":\"Reg\",\"context\":\"\xFF\"}");
    assert!(
        rules
            .iter()
            .any(|rule| rule == "input:23 top level: is not UTF-8"),
        "{rules:?}"
    );
}

#[test]
fn text_of_strangers_is_shown_without_control_characters() {
    let text = json!([{"header": {"op": "\u{1b}[2J\n", "appID": "x".repeat(300)}}]).to_string();
    let map = trace(text.as_bytes());
    assert_eq!(entry(&map, 0, "op").meaning, "\"\\u{1b}[2J\\n\"");
    assert!(entry(&map, 0, "appID").meaning.chars().count() < 70);
}

#[test]
fn a_map_of_too_many_values_says_where_it_ends() {
    let values = super::super::document::VALUES;
    let text = |count: usize| format!("[{}1]", "1,".repeat(count - 2));
    let map = trace(text(values - 1).as_bytes());
    assert!(map.layers[0].entries.iter().all(|entry| entry.name != "rest"));
    let long = text(values + 10);
    let map = trace(long.as_bytes());
    let rest = entry(&map, 0, "rest");
    assert_eq!(rest.offset + rest.length, long.len());
    assert_eq!(rest.meaning, "not mapped, there are 5000 values before it");
}

#[test]
fn long_names_and_deep_paths_are_not_repeated_for_each_value() {
    let words = |text: &str| -> usize {
        let map = trace(text.as_bytes());
        let path = |entry: &Entry| match &entry.place {
            Place::Path(path) => path.len(),
            _ => 0,
        };
        let entries = &map.layers[0].entries;
        entries.iter().map(|entry| path(entry) + entry.name.len()).sum()
    };
    let values = "1,".repeat(2000);
    let named = |name: &str| format!("{{\"{name}\":[{values}1]}}");
    assert!(words(&named("short")) < 2100 * 16);
    assert!(words(&named(&"long".repeat(5_000))) < 2100 * 150);
    let nested = |name: &str| {
        format!(
            "{}[{values}1]{}",
            format!("{{\"{name}\":").repeat(100),
            "}".repeat(100)
        )
    };
    assert!(words(&nested("n")) < 2200 * 220);
    assert!(words(&nested(&"n".repeat(60))) < 2200 * (256 + 70));
}

/// Tokens may sign the user in (Transport §8.3.8): a map goes into logs and tickets.
#[test]
fn tokens_are_counted_and_not_shown() {
    let secret = "eyJhbGciOiJub25lIn0";
    let document = |member: &str| {
        json!({"statusCode": 1200, member: [
            {"type": "JWT", "value": secret},
            {"type": secret, "value": {"fcParams": secret, "n": 190_419, "flag": true}, "assertion": secret},
            [secret],
        ]})
    };
    let shown = |member: &str| format!("{:?}", trace(document(member).to_string().as_bytes()));
    let concealed = shown("additionalTokens");
    assert!(
        !concealed.contains(secret) && !concealed.contains("190419"),
        "{concealed}"
    );
    assert!(concealed.contains("19 characters, not shown"), "{concealed}");
    assert!(concealed.contains("6 characters, not shown"), "{concealed}");
    assert!(concealed.contains("JWT"), "the type says what it is: {concealed}");
    let layers = trace(document("additionalTokens").to_string().as_bytes())
        .layers
        .len();
    assert_eq!(layers, 1, "nothing inside a token is opened");
    // The same values under another name, and behind the tokens, are shown.
    let others = shown("others");
    assert!(others.contains(secret) && others.contains("190419"), "{others}");
    let behind = json!({"statusCode": 1200, "additionalTokens": [{"type": "JWT", "value": secret}], "location": "where"});
    assert!(format!("{:?}", trace(behind.to_string().as_bytes())).contains("where"));
}

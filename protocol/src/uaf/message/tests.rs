//! One test a rule of the JSON messages: a message that breaks it is refused by name, and the
//! same message without the flaw is accepted in the same test.

use serde_json::{Value, json};

use super::*;
use crate::error::FieldRule;
use crate::uaf::authentication::AuthenticationResponse;
use crate::uaf::registration::RegistrationResponse;

fn header(op: &str) -> Value {
    json!({"upv": {"major": 1, "minor": 1}, "op": op, "appID": "https://pay.example/facets", "serverData": "sd"})
}

fn policy() -> Value {
    json!({"accepted": [[{"aaid": ["FFFF#5301"]}]]})
}

fn registration_request() -> Value {
    json!([{"header": header("Reg"), "challenge": "AAECAwQFBgc", "username": "alice", "policy": policy()}])
}

fn authentication_request() -> Value {
    json!([{
        "header": header("Auth"), "challenge": "AAECAwQFBgc", "policy": policy(),
        "transaction": [{"contentType": "text/plain", "content": "UGF5"}]
    }])
}

fn deregistration_request() -> Value {
    let entries = json!([{"aaid": "FFFF#5301", "keyID": "AAEC"}, {"aaid": "FFFF#5301", "keyID": ""}]);
    json!([{"header": header("Dereg"), "authenticators": entries}])
}

fn registration_response() -> Value {
    let assertions = json!([{"assertionScheme": "UAFV1TLV", "assertion": "AT4AAA"}]);
    json!([{"header": header("Reg"), "fcParams": "e30", "assertions": assertions}])
}

/// `pointer` in the valid message is set to `value`, which has to be refused as `rule` at `field`.
fn request_refused(valid: &Value, pointer: &str, value: Value, field: &str, rule: FieldRule) {
    decode_request(&valid.to_string()).expect("the message without the flaw is accepted");
    let mut flawed = valid.clone();
    *flawed.pointer_mut(pointer).expect("the member exists") = value;
    assert_eq!(
        decode_request(&flawed.to_string()),
        Err(ProtocolError::field(field, rule)),
        "{pointer}"
    );
}

/// Removing `member` of the object at `pointer` has to be refused as missing at `field`.
fn removal_refused(valid: &Value, pointer: &str, member: &str, field: &str) {
    decode_request(&valid.to_string()).expect("the message without the flaw is accepted");
    let mut flawed = valid.clone();
    let object = flawed
        .pointer_mut(pointer)
        .and_then(Value::as_object_mut)
        .expect("an object");
    object.remove(member).expect("the member exists");
    let expected = Err(ProtocolError::field(field, FieldRule::Missing));
    assert_eq!(decode_request(&flawed.to_string()), expected);
}

fn length(min: usize, max: usize, actual: usize) -> FieldRule {
    FieldRule::Length { min, max, actual }
}

#[test]
fn required_members_are_required() {
    let message = registration_request();
    removal_refused(&message, "/0", "header", "[0].header");
    removal_refused(&message, "/0", "challenge", "[0].challenge");
    removal_refused(&message, "/0", "username", "[0].username");
    removal_refused(&message, "/0", "policy", "[0].policy");
    removal_refused(&message, "/0/header", "upv", "[0].header.upv");
    removal_refused(&message, "/0/header", "op", "[0].header.op");
    removal_refused(&message, "/0/header/upv", "minor", "[0].header.upv.minor");
    removal_refused(&message, "/0/policy", "accepted", "[0].policy.accepted");
    removal_refused(
        &authentication_request(),
        "/0/transaction/0",
        "content",
        "[0].transaction[0].content",
    );
    removal_refused(
        &deregistration_request(),
        "/0",
        "authenticators",
        "[0].authenticators",
    );
    removal_refused(
        &deregistration_request(),
        "/0/authenticators/0",
        "keyID",
        "[0].authenticators[0].keyID",
    );
}

#[test]
fn operations_are_case_sensitive() {
    let rule = FieldRule::Other("has to be Reg, Auth or Dereg");
    request_refused(
        &registration_request(),
        "/0/header/op",
        json!("reg"),
        "[0].header.op",
        rule,
    );
}

#[test]
fn a_response_needs_the_operation_of_its_kind() {
    let valid = registration_response();
    RegistrationResponse::decode(&valid.to_string()).expect("the message without the flaw is accepted");
    let rule = FieldRule::Other("has to be Auth in this message");
    let expected = Err(ProtocolError::field("[0].header.op", rule));
    assert_eq!(AuthenticationResponse::decode(&valid.to_string()), expected);
}

#[test]
fn an_app_id_has_at_most_512_characters() {
    let message = registration_request();
    let mut longest = message.clone();
    longest[0]["header"]["appID"] = json!("a".repeat(512));
    decode_request(&longest.to_string()).expect("512 characters are accepted");
    let long = json!("a".repeat(513));
    request_refused(
        &message,
        "/0/header/appID",
        long,
        "[0].header.appID",
        length(1, 512, 513),
    );
}

#[test]
fn an_empty_app_id_is_an_absent_one() {
    let mut message = registration_request();
    message[0]["header"]["appID"] = json!("");
    let requests = decode_request(&message.to_string()).expect("UAF §3.1.3 allows it");
    assert_eq!(requests[0].header().app_id, None);
}

#[test]
fn server_data_has_1_to_1536_characters() {
    let message = registration_request();
    let field = "[0].header.serverData";
    request_refused(
        &message,
        "/0/header/serverData",
        json!(""),
        field,
        length(1, 1536, 0),
    );
    let long = json!("a".repeat(1537));
    request_refused(
        &message,
        "/0/header/serverData",
        long,
        field,
        length(1, 1536, 1537),
    );
}

#[test]
fn a_username_has_1_to_128_characters() {
    let message = registration_request();
    request_refused(
        &message,
        "/0/username",
        json!(""),
        "[0].username",
        length(1, 128, 0),
    );
    let long = json!("a".repeat(129));
    request_refused(&message, "/0/username", long, "[0].username", length(1, 128, 129));
}

#[test]
fn a_challenge_has_8_to_64_bytes_of_base64url() {
    let message = registration_request();
    let field = "[0].challenge";
    request_refused(
        &message,
        "/0/challenge",
        json!("AAECAwQFBg"),
        field,
        length(8, 64, 7),
    );
    let long = json!(crate::base64url::encode(&[0; 65]));
    request_refused(&message, "/0/challenge", long, field, length(8, 64, 65));
    let spellings = ["AAECAwQFBgc=", "AAECAwQF\nBgc", "AAECAwQFBg+", "AAECAwQFBgd", "A"];
    for text in spellings {
        request_refused(
            &message,
            "/0/challenge",
            json!(text),
            field,
            FieldRule::NotBase64url,
        );
    }
}

#[test]
fn an_unknown_extension_that_must_be_understood_is_refused() {
    let mut message = registration_request();
    message[0]["header"]["exts"] = json!([{"id": "x", "data": "", "fail_if_unknown": false}]);
    let rule = FieldRule::UnknownExtension { id: "x".to_owned() };
    let pointer = "/0/header/exts/0/fail_if_unknown";
    request_refused(&message, pointer, json!(true), "[0].header.exts[0]", rule);
    let field = "[0].header.exts[0].id";
    request_refused(
        &message,
        "/0/header/exts/0/id",
        json!(""),
        field,
        length(1, 32, 0),
    );
    let long = json!("a".repeat(33));
    request_refused(&message, "/0/header/exts/0/id", long, field, length(1, 32, 33));
}

#[test]
fn an_extension_that_may_be_ignored_is_passed_on() {
    let mut message = registration_request();
    message[0]["header"]["exts"] = json!([{"id": "x", "data": "", "fail_if_unknown": false}]);
    let requests = decode_request(&message.to_string()).expect("accepted");
    let again = decode_request(&encode_requests(&requests).expect("complete")).expect("accepted");
    assert_eq!(again[0].header().exts, requests[0].header().exts);
    assert_eq!(again[0].header().exts.len(), 1);
}

/// What an authenticator that advertises the index is asked for (UAF §3.1.10, Registry §4.1).
#[test]
fn the_user_verification_index_may_be_demanded_where_a_key_signs() {
    let demanded = |id: &str| json!([{"id": id, "data": "", "fail_if_unknown": true}]);
    let index = crate::uaf::command::USER_VERIFICATION_INDEX;
    for sound in [registration_request(), authentication_request()] {
        let with = |id: &str| {
            let mut message = sound.clone();
            message[0]["header"]["exts"] = demanded(id);
            decode_request(&message.to_string())
        };
        let read = with(index).expect("understood by authenticators");
        let again = decode_request(&encode_requests(&read).expect("complete")).expect("accepted");
        assert!(
            again[0].header().exts[0].fail_if_unknown,
            "UAF §3.1.10: the flag is kept"
        );
        let rule = FieldRule::UnknownExtension { id: "x".to_owned() };
        assert_eq!(with("x"), Err(ProtocolError::field("[0].header.exts[0]", rule)));
        // A receiver who understands no extension says so by the same words.
        let rule = FieldRule::UnknownExtension { id: index.to_owned() };
        assert_eq!(
            read[0].header().check_understood_by_none(),
            Err(ProtocolError::field("[0].header.exts[0]", rule.clone()))
        );
        let plain = decode_request(&sound.to_string()).expect("without extensions");
        assert_eq!(plain[0].header().check_understood_by_none(), Ok(()));
        // In criteria it means nothing.
        let mut message = sound.clone();
        message[0]["policy"]["accepted"][0][0]["exts"] = demanded(index);
        let field = "[0].policy.accepted[0][0].exts[0]";
        assert_eq!(
            decode_request(&message.to_string()),
            Err(ProtocolError::field(field, rule))
        );
    }
    // Nothing is signed by a deregistration.
    let mut message = deregistration_request();
    decode_request(&message.to_string()).expect("accepted without the flaw");
    message[0]["header"]["exts"] = demanded(index);
    decode_request(&message.to_string()).expect_err("nothing would bring the index");
}

#[test]
fn lists_are_not_empty() {
    let accepted = "[0].policy.accepted";
    let message = registration_request();
    request_refused(
        &message,
        "/0/policy/accepted",
        json!([]),
        accepted,
        length(1, usize::MAX, 0),
    );
    let inner = "[0].policy.accepted[0]";
    request_refused(
        &message,
        "/0/policy/accepted/0",
        json!([]),
        inner,
        length(1, usize::MAX, 0),
    );
    let aaid = "[0].policy.accepted[0][0].aaid";
    request_refused(
        &message,
        "/0/policy/accepted/0/0/aaid",
        json!([]),
        aaid,
        length(1, usize::MAX, 0),
    );
    let message = deregistration_request();
    let field = "[0].authenticators";
    request_refused(
        &message,
        "/0/authenticators",
        json!([]),
        field,
        length(1, usize::MAX, 0),
    );
}

#[test]
fn a_response_has_at_least_one_assertion() {
    let mut message = registration_response();
    RegistrationResponse::decode(&message.to_string()).expect("the message without the flaw is accepted");
    message[0]["assertions"] = json!([]);
    let expected = ProtocolError::field("[0].assertions", length(1, usize::MAX, 0));
    assert_eq!(RegistrationResponse::decode(&message.to_string()), Err(expected));
}

#[test]
fn an_aaid_is_four_digits_hash_four_digits() {
    let message = registration_request();
    let rule = FieldRule::Other("has to be four hexadecimal digits, #, four hexadecimal digits");
    for text in [
        "",
        "FFFF5301",
        "FFFF#530",
        "FFFF#53011",
        "FFFG#5301",
        "+FFF#5301",
        "FFFF#5301 ",
        "ＦFFF#5301",
    ] {
        let field = "[0].policy.accepted[0][0].aaid[0]";
        request_refused(
            &message,
            "/0/policy/accepted/0/0/aaid/0",
            json!(text),
            field,
            rule.clone(),
        );
    }
}

#[test]
fn an_aaid_is_compared_without_regard_to_case() {
    let upper: crate::uaf::identity::Aaid = "FFFF#FC01".parse().expect("valid");
    assert_eq!("ffff#fc01".parse(), Ok(upper));
    assert_eq!(upper.to_string(), "FFFF#FC01");
    assert_eq!(
        (upper.vendor(), upper.model(), upper.vendor_id().as_str()),
        (0xFFFF, 0xFC01, "FFFF")
    );
}

#[test]
fn a_transaction_is_text_or_a_described_picture() {
    let message = authentication_request();
    let rule = FieldRule::Other("has to be text/plain or image/png");
    let field = "[0].transaction[0].contentType";
    request_refused(
        &message,
        "/0/transaction/0/contentType",
        json!("text/html"),
        field,
        rule,
    );
    let rule = FieldRule::Other("image/png needs tcDisplayPNGCharacteristics");
    let field = "[0].transaction[0]";
    request_refused(
        &message,
        "/0/transaction/0/contentType",
        json!("image/png"),
        field,
        rule,
    );
}

#[test]
fn transaction_text_is_at_most_200_printable_ascii_characters() {
    let message = authentication_request();
    let (pointer, field) = ("/0/transaction/0/content", "[0].transaction[0].content");
    let text = |bytes: &[u8]| json!(crate::base64url::encode(bytes));
    let mut longest = message.clone();
    longest[0]["transaction"][0]["content"] = text(&[b'a'; 200]);
    decode_request(&longest.to_string()).expect("200 characters are accepted");
    request_refused(&message, pointer, text(&[b'a'; 201]), field, length(1, 200, 201));
    request_refused(&message, pointer, json!(""), field, length(1, 32768, 0));
    let rule = FieldRule::Other("has to be printable ASCII text");
    for bytes in [
        "Zahlen Sie 1 €".as_bytes(),
        b"1\x00",
        b"1\r2",
        b"1\x1b[2J",
        b"1\x7f",
        b"\xff",
    ] {
        request_refused(&message, pointer, text(bytes), field, rule.clone());
    }
}

#[test]
fn a_transaction_that_cannot_be_shown_is_not_made() {
    use crate::uaf::authentication::Transaction;
    let good = Transaction::text_plain("Pay EUR 1.45\nto Post").expect("accepted");
    assert_eq!(good.text(), Ok(Some("Pay EUR 1.45\nto Post".to_owned())));
    assert_eq!(good.content_bytes().expect("base64url"), b"Pay EUR 1.45\nto Post");
    assert!(Transaction::text_plain("").is_err());
    assert!(Transaction::text_plain("1 €").is_err());
    assert!(Transaction::text_plain(&"a".repeat(201)).is_err());
}

#[test]
fn a_deregistered_key_needs_its_model() {
    let message = deregistration_request();
    let rule = FieldRule::Other("a keyID needs an aaid");
    request_refused(
        &message,
        "/0/authenticators/0/aaid",
        json!(""),
        "[0].authenticators[0]",
        rule,
    );
}

#[test]
fn deregistering_everything_stands_alone() {
    let everything = json!({"aaid": "", "keyID": ""});
    let mut alone = deregistration_request();
    alone[0]["authenticators"] = json!([everything]);
    decode_request(&alone.to_string()).expect("alone it is accepted");
    let rule = FieldRule::Other("the entry for all keys has to be the only one");
    let message = deregistration_request();
    request_refused(
        &message,
        "/0/authenticators/1",
        everything,
        "[0].authenticators",
        rule,
    );
}

#[test]
fn two_objects_of_one_version_are_refused() {
    let one = registration_request()[0].clone();
    let mut older = one.clone();
    older["header"]["upv"]["minor"] = json!(0);
    let different = decode_request(&json!([one, older]).to_string()).expect("two versions are accepted");
    assert_eq!(different.len(), 2);
    let expected = Err(ProtocolError::DuplicateVersion { major: 1, minor: 1 });
    assert_eq!(decode_request(&json!([one, one]).to_string()), expected);
    // Also where the second could not be read: its version says what it claims to be.
    let broken = json!({"header": header("Reg")});
    assert_eq!(decode_request(&json!([one, broken]).to_string()), expected);
}

#[test]
fn versions_that_are_not_known_are_left_out_and_alone_refused() {
    let known = registration_request()[0].clone();
    let newer = json!({"header": {"upv": {"major": 2, "minor": 0}, "op": "New"}});
    let read = decode_request(&json!([newer, known]).to_string()).expect("one is known");
    assert_eq!(read.len(), 1);
    assert_eq!(
        decode_request(&json!([newer]).to_string()),
        Err(ProtocolError::UnsupportedVersion)
    );
}

#[test]
fn a_response_answers_one_version_only() {
    let one = registration_response()[0].clone();
    let mut older = one.clone();
    older["header"]["upv"]["minor"] = json!(0);
    RegistrationResponse::decode(&json!([one]).to_string()).expect("one is accepted");
    let rule = FieldRule::Other("a response answers one version only");
    let expected = Err(ProtocolError::field("message", rule));
    assert_eq!(
        RegistrationResponse::decode(&json!([one, older]).to_string()),
        expected
    );
}

#[test]
fn a_message_is_an_array_of_at_least_one_object() {
    decode_request(&registration_request().to_string()).expect("accepted");
    let object = registration_request()[0].to_string();
    let rule = FieldRule::WrongType { expected: "an array" };
    assert_eq!(decode_request(&object), Err(ProtocolError::field("", rule)));
    let whole = decode_request(&object).map_err(|error| error.to_string());
    assert_eq!(whole, Err("top level: has to be an array".to_owned()));
    let empty = Err(ProtocolError::field("", length(1, usize::MAX, 0)));
    assert_eq!(decode_request("[]"), empty);
}

#[test]
fn unknown_members_are_ignored() {
    let message = registration_request();
    let mut extended = message.clone();
    extended[0]["novelty"] = json!({"deep": [1, 2, 3]});
    extended[0]["header"]["novelty"] = json!(null);
    extended[0]["policy"]["accepted"][0][0]["novelty"] = json!("x");
    assert_eq!(
        decode_request(&extended.to_string()),
        decode_request(&message.to_string())
    );
}

#[test]
fn a_member_that_occurs_twice_is_refused_known_or_not() {
    let text = registration_request().to_string();
    decode_request(&text).expect("the message without the flaw is accepted");
    for twice in [r#""challenge":"AAECAwQFBgc","#, r#""novelty":1,"novelty":1,"#] {
        let flawed = text.replacen("[{", &format!("[{{{twice}"), 1);
        let error = decode_request(&flawed).expect_err("a member occurs twice");
        assert!(matches!(error, ProtocolError::DuplicateMember { .. }), "{error}");
    }
}

#[test]
fn a_message_has_at_most_64_kib() {
    let text = registration_request().to_string();
    let fill = limits::MESSAGE_BYTES - text.len();
    decode_request(&format!("{text}{}", " ".repeat(fill))).expect("64 KiB are accepted");
    let error = decode_request(&format!("{text}{}", " ".repeat(fill + 1)));
    let actual = limits::MESSAGE_BYTES + 1;
    let expected = ProtocolError::TooLarge {
        what: "UAF message",
        limit: limits::MESSAGE_BYTES,
        actual,
    };
    assert_eq!(error, Err(expected));
}

#[test]
fn an_assertion_has_at_most_4096_bytes() {
    let mut message = registration_response();
    message[0]["assertions"][0]["assertion"] = json!("A".repeat(limits::ASSERTION_CHARS));
    RegistrationResponse::decode(&message.to_string()).expect("5462 characters are accepted");
    message[0]["assertions"][0]["assertion"] = json!("A".repeat(limits::ASSERTION_CHARS + 1));
    let expected = ProtocolError::field("[0].assertions[0].assertion", length(1, 5462, 5463));
    assert_eq!(RegistrationResponse::decode(&message.to_string()), Err(expected));
}

#[test]
fn an_incomplete_policy_is_tolerated_but_not_sent() {
    let mut message = registration_request();
    message[0]["policy"]["accepted"][0][0] = json!({"userVerification": 16});
    let requests = decode_request(&message.to_string()).expect("the specification's examples do this");
    let error = encode_requests(&requests).expect_err("ours must not");
    assert!(
        matches!(&error, ProtocolError::Field { field, .. } if field == "policy.accepted[0][0]"),
        "{error}"
    );
    message[0]["policy"]["accepted"][0][0] =
        json!({"userVerification": 16, "authenticationAlgorithms": [1], "assertionSchemes": ["UAFV1TLV"]});
    let requests = decode_request(&message.to_string()).expect("accepted");
    encode_requests(&requests).expect("complete");
}

#[test]
fn what_a_receiver_would_refuse_is_not_written() {
    let requests = decode_request(&registration_request().to_string()).expect("accepted");
    encode_requests(&requests).expect("the request without the flaw is written");
    let twice = [requests[0].clone(), requests[0].clone()];
    assert_eq!(
        encode_requests(&twice),
        Err(ProtocolError::DuplicateVersion { major: 1, minor: 1 })
    );
    let mut response = RegistrationResponse::decode(&registration_response().to_string()).expect("accepted");
    response
        .encode()
        .expect("the response without the flaw is written");
    response.assertions.clear();
    assert!(response.encode().is_err());
}

#[test]
fn requests_come_back_as_they_were() {
    for message in [
        registration_request(),
        authentication_request(),
        deregistration_request(),
    ] {
        let requests = decode_request(&message.to_string()).expect("accepted");
        let text = encode_requests(&requests).expect("complete");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), message);
    }
}

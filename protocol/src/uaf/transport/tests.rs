//! Envelopes, status codes and the content type.

use super::*;
use crate::error::FieldRule;
use crate::uaf::asm::AsmStatusCode;

#[test]
fn envelopes_come_back_as_they_were() {
    let get = GetUafRequest {
        op: Some(Operation::Reg),
        previous_request: Some("p".to_owned()),
        context: Some(r#"{"enrolmentSession":"t"}"#.to_owned()),
    };
    assert_eq!(GetUafRequest::decode(&get.encode()), Ok(get));
    assert_eq!(GetUafRequest::decode("{}"), Ok(GetUafRequest::default()));
    let returned = ReturnUafRequest {
        status_code: UafStatusCode::Ok,
        uaf_request: Some("[]".to_owned()),
        op: Some(Operation::Auth),
        lifetime_ms: Some(120_000),
    };
    assert_eq!(ReturnUafRequest::decode(&returned.encode()), Ok(returned));
    let sent = SendUafResponse {
        uaf_response: "[]".to_owned(),
        context: None,
    };
    assert_eq!(SendUafResponse::decode(&sent.encode()), Ok(sent));
    let answer = ServerResponse {
        status_code: UafStatusCode::RequestInvalid,
        description: Some("expired".to_owned()),
        additional_tokens: vec![Token {
            kind: TokenType::Jwt,
            value: "v".to_owned(),
        }],
        location: Some("l".to_owned()),
        post_data: Some("d".to_owned()),
        new_uaf_request: Some("[]".to_owned()),
    };
    assert_eq!(ServerResponse::decode(&answer.encode()), Ok(answer));
}

#[test]
fn an_envelope_that_breaks_a_rule_is_refused() {
    SendUafResponse::decode(r#"{"uafResponse":"[]","more":1}"#).expect("accepted without the flaw");
    let missing = ProtocolError::field("uafResponse", FieldRule::Missing);
    assert_eq!(SendUafResponse::decode(r#"{"more":1}"#), Err(missing));
    assert!(
        SendUafResponse::decode(r#"{"uafResponse":[]}"#).is_err(),
        "has to be a string"
    );
    assert!(
        SendUafResponse::decode(r#"{"uafResponse":"[]","uafResponse":"[]"}"#).is_err(),
        "twice"
    );
    GetUafRequest::decode(r#"{"op":"Reg"}"#).expect("accepted without the flaw");
    assert!(
        GetUafRequest::decode(r#"{"op":"REG"}"#).is_err(),
        "operations are case-sensitive"
    );
    ReturnUafRequest::decode(r#"{"statusCode":1200}"#).expect("accepted without the flaw");
    assert!(
        ReturnUafRequest::decode(r#"{"statusCode":200}"#).is_err(),
        "no status of UAF"
    );
    let token = |kind: &str| {
        ServerResponse::decode(&format!(
            r#"{{"statusCode":1200,"additionalTokens":[{{"type":"{kind}","value":""}}]}}"#
        ))
    };
    for kind in TokenType::ALL {
        let read = token(kind.name()).expect("accepted without the flaw");
        assert_eq!(read.additional_tokens[0].kind, *kind);
    }
    assert!(token("COOKIE").is_err(), "no token type");
}

#[test]
fn an_envelope_holds_the_longest_message_and_no_more() {
    let message = format!("[{}]", r#""""#.repeat(crate::limits::MESSAGE_BYTES / 2 - 1));
    assert_eq!(message.len(), crate::limits::MESSAGE_BYTES);
    let sent = SendUafResponse {
        uaf_response: message,
        context: None,
    };
    SendUafResponse::decode(&sent.encode()).expect("every quote escaped, it still fits");
    let padded = format!("{}{}", sent.encode(), " ".repeat(crate::limits::ENVELOPE_BYTES));
    assert!(matches!(
        SendUafResponse::decode(&padded),
        Err(ProtocolError::TooLarge { .. })
    ));
}

#[test]
fn the_content_type_is_recognised_in_its_spellings_only() {
    let good = [
        CONTENT_TYPE,
        "application/fido+uaf",
        "Application/FIDO+UAF;charset=UTF-8",
        r#"application/fido+uaf ; charset="utf-8""#,
    ];
    for header in good {
        assert!(is_uaf_content_type(header), "{header}");
    }
    let bad = [
        "",
        "application/json",
        "application/fido+uafx",
        "application/fido+uaf; charset=latin1",
        "application/fido+uaf; boundary=x",
        "application/fido+uaf;",
        "text/html, application/fido+uaf",
    ];
    for header in bad {
        assert!(!is_uaf_content_type(header), "{header}");
    }
}

#[test]
fn status_codes_are_the_specification_s() {
    let codes: Vec<u16> = UafStatusCode::ALL.iter().map(|status| status.code()).collect();
    let listed = [
        1200, 1202, 1400, 1401, 1403, 1404, 1408, 1480, 1481, 1490, 1491, 1492, 1493, 1494, 1495, 1496, 1497,
        1498, 1500,
    ];
    assert_eq!(codes, listed);
    for status in UafStatusCode::ALL {
        assert_eq!(UafStatusCode::try_from(status.code()), Ok(*status));
        assert!(!status.description().is_empty());
    }
    assert!(UafStatusCode::try_from(1499).is_err());
}

#[test]
fn the_client_says_what_the_asm_said() {
    let pairs = [
        (AsmStatusCode::Ok, 0x00),
        (AsmStatusCode::Error, 0xFF),
        (AsmStatusCode::AccessDenied, 0x0C),
        (AsmStatusCode::UserCancelled, 0x03),
        (AsmStatusCode::CannotRenderTransactionContent, 0x0D),
        (AsmStatusCode::KeyDisappearedPermanently, 0x09),
        (AsmStatusCode::AuthenticatorDisconnected, 0x05),
        (AsmStatusCode::UserNotResponsive, 0x0E),
        (AsmStatusCode::InsufficientAuthenticatorResources, 0x0F),
        (AsmStatusCode::UserLockout, 0x10),
        (AsmStatusCode::UserNotEnrolled, 0x11),
    ];
    assert_eq!(pairs.len(), AsmStatusCode::ALL.len());
    for (asm, code) in pairs {
        assert_eq!(ErrorCode::from(asm).code(), code, "{asm:?}");
    }
}

#[test]
fn a_token_does_not_print() {
    let text = r#"{"statusCode":1200,"additionalTokens":[{"type":"JWT","value":"eyJhbGciOiJub25lIn0"}]}"#;
    let read = ServerResponse::decode(text).expect("sound");
    assert_eq!(read.additional_tokens[0].value, "eyJhbGciOiJub25lIn0");
    let printed = format!("{read:?}");
    assert!(!printed.contains("eyJ"), "{printed}");
    assert!(
        printed.contains("Jwt") && printed.contains("19 characters"),
        "{printed}"
    );
}

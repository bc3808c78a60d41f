//! The final challenge: what is hashed, and what its JSON has to say.

use super::*;

fn params() -> FinalChallengeParams {
    FinalChallengeParams {
        app_id: AppId::new("https://pay.example/facets").expect("short"),
        challenge: Challenge::new((0..32).collect()).expect("32 bytes"),
        facet_id: FacetId::new("https://pay.example").expect("short"),
        channel_binding: ChannelBinding::default(),
    }
}

fn decode(json: &str) -> Result<FinalChallengeParams, ProtocolError> {
    FcParams::from_transmitted(base64url::encode(json.as_bytes()))
        .expect("short")
        .decode()
}

#[test]
fn parameters_come_back_as_they_were() {
    let binding = ChannelBinding {
        cid_pubkey: Some("unused".to_owned()),
        ..ChannelBinding::default()
    };
    for params in [
        params(),
        FinalChallengeParams {
            channel_binding: binding,
            ..params()
        },
    ] {
        assert_eq!(params.encode().expect("short").decode(), Ok(params));
    }
}

#[test]
fn the_hash_is_over_the_transmitted_characters() {
    let plain = FcParams::from_transmitted("e30").expect("short");
    // The same JSON in another spelling is another challenge.
    let padded = FcParams::from_transmitted("e30=").expect("short");
    for algorithm in HashAlgorithm::ALL {
        assert_eq!(plain.hash(algorithm).0, algorithm.digest(b"e30"));
        assert_ne!(padded.hash(algorithm), plain.hash(algorithm));
    }
    assert_eq!(padded.as_str(), "e30=");
}

#[test]
fn each_member_is_required() {
    let valid = r#"{"appID":"a","challenge":"AAECAwQFBgc","facetID":"f","channelBinding":{}}"#;
    decode(valid).expect("the parameters without the flaw are accepted");
    let members = [
        ("appID", r#""appID":"a","#),
        ("challenge", r#""challenge":"AAECAwQFBgc","#),
        ("facetID", r#""facetID":"f","#),
        ("channelBinding", r#","channelBinding":{}"#),
    ];
    for (member, text) in members {
        let flawed = valid.replace(text, "");
        let expected = ProtocolError::field(format!("fcParams.{member}"), FieldRule::Missing);
        assert_eq!(decode(&flawed), Err(expected), "{flawed}");
    }
}

#[test]
fn each_member_keeps_its_rule() {
    let with = |app: &str, facet: &str, binding: &str| {
        decode(&format!(
            r#"{{"appID":"{app}","challenge":"AAECAwQFBgc","facetID":"{facet}","channelBinding":{binding}}}"#
        ))
    };
    with("a", "f", "{}").expect("the parameters without the flaw are accepted");
    with("a", "f", r#"{"tlsUnique":"AA","serverEndPoint":"AA","other":1}"#).expect("accepted");
    assert!(with("", "f", "{}").is_err());
    assert!(with("a", "", "{}").is_err());
    assert!(with("a", &"f".repeat(513), "{}").is_err());
    assert!(with("a", "f", "[]").is_err());
    assert!(with("a", "f", r#"{"tlsUnique":""}"#).is_err());
    assert!(with("a", "f", r#"{"tlsUnique":1}"#).is_err());
}

#[test]
fn what_is_not_base64url_of_json_is_refused() {
    let good = params().encode().expect("short");
    good.decode()
        .expect("the parameters without the flaw are accepted");
    let refused = |text: String| FcParams::from_transmitted(text).expect("kept").decode().is_err();
    assert!(refused(format!("{}=", good.as_str())), "padding");
    assert!(refused(format!("{}\n", good.as_str())), "white space");
    assert!(refused(base64url::encode(b"{}")), "no members");
    assert!(refused(base64url::encode(&[0xFF, 0xFE])), "not UTF-8");
    assert!(
        refused(base64url::encode(br#"{"appID":"a","appID":"b"}"#)),
        "a member twice"
    );
}

#[test]
fn empty_and_overlong_parameters_are_refused() {
    let longest = "A".repeat(limits::FC_PARAMS_CHARS);
    FcParams::from_transmitted(longest.clone()).expect("16 Ki characters are kept");
    assert!(FcParams::from_transmitted(longest + "A").is_err());
    assert!(FcParams::from_transmitted("").is_err());
}

#[test]
fn a_channel_id_is_unused_or_a_key_on_p_256() {
    let told = |text: &str| {
        let binding = ChannelBinding {
            cid_pubkey: Some(text.to_owned()),
            ..ChannelBinding::default()
        };
        binding.channel_id()
    };
    assert_eq!(ChannelBinding::default().channel_id(), Ok(None));
    assert_eq!(told("unused"), Ok(Some(ChannelId::Unused)));
    let key = ChannelId::Key {
        x: [1; 32],
        y: [2; 32],
    };
    assert_eq!(told(&key.encode()), Ok(Some(key)));
    assert_eq!(told(&ChannelId::Unused.encode()), Ok(Some(ChannelId::Unused)));
    let jwk = |kty: &str, crv: &str, x: &[u8], y: &[u8]| {
        let (x, y) = (base64url::encode(x), base64url::encode(y));
        told(&base64url::encode(
            format!(r#"{{"kty":"{kty}","crv":"{crv}","x":"{x}","y":"{y}","use":"sig"}}"#).as_bytes(),
        ))
    };
    let field = |outcome| match outcome {
        Err(ProtocolError::Field { field, .. }) => field,
        other => panic!("not a field: {other:?}"),
    };
    assert_eq!(jwk("EC", "P-256", &[1; 32], &[2; 32]), Ok(Some(key)));
    let name = "channelBinding.cid_pubkey";
    assert_eq!(
        field(jwk("RSA", "P-256", &[1; 32], &[2; 32])),
        format!("{name}.kty")
    );
    assert_eq!(
        field(jwk("EC", "P-384", &[1; 32], &[2; 32])),
        format!("{name}.crv")
    );
    assert_eq!(field(jwk("EC", "P-256", &[1; 31], &[2; 32])), format!("{name}.x"));
    assert_eq!(field(jwk("EC", "P-256", &[1; 32], &[2; 33])), format!("{name}.y"));
    assert_eq!(field(told("Unused!")), name);
    told(&base64url::encode(b"{}")).expect_err("no key");
    told(&base64url::encode(b"[")).expect_err("no JSON");
    told(&base64url::encode(&[0xFF])).expect_err("no text");
}

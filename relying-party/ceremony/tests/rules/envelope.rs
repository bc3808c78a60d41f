//! The rules about the message around the assertions, UAF §3.4.6.5 steps 1 to 3, shown on registrations.

use smile_ceremony::{error::CeremonyError, facets::FacetAllowList, server_data::ServerKey};
use smile_protocol::{
    base64url,
    error::{FieldRule, ProtocolError},
    metadata::{DisplayPngCharacteristics, RgbPaletteEntry},
    uaf::{
        header::{Extension, Upv},
        identity::{Aaid, AppId, Challenge, FacetId, ServerData},
    },
};

use crate::{
    authenticator::RegistrationForge,
    registration::{device, malformed, refused},
    world::{ATTESTED, FACET, World, attestation_of, not_trusted},
};

// Steps 1 and 2: the message, its header, serverData.

#[test]
fn the_version_is_one_that_we_speak() {
    refused(CeremonyError::VersionUnsupported, |forge| {
        forge.envelope.header.upv = Upv::V1_0
    });
    malformed(|forge| forge.envelope.header.upv = Upv { major: 2, minor: 0 });
}

#[test]
fn the_message_is_a_registration() {
    malformed(|forge| forge.envelope.rewrite_message = |text| text.replace("\"Reg\"", "\"Auth\""));
}

#[test]
fn the_message_has_no_duplicate_members() {
    let twice = |text: String| text.replacen("\"fcParams\"", "\"fcParams\":\"AAAA\",\"fcParams\"", 1);
    let error = malformed(|forge| forge.envelope.rewrite_message = twice);
    assert!(matches!(error, ProtocolError::DuplicateMember { .. }), "{error}");
}

/// The message with an unknown extension beside its first assertion.
fn beside(text: String, fail_if_unknown: bool) -> String {
    let extension =
        format!(r#"{{"id":"org.example.unknown","data":"","fail_if_unknown":{fail_if_unknown}}}"#);
    text.replacen(
        "\"assertionScheme\"",
        &format!("\"exts\":[{extension}],\"assertionScheme\""),
        1,
    )
}

#[test]
fn an_unknown_extension_is_ignored_unless_it_must_not_be() {
    let in_header = |fail_if_unknown: bool| {
        move |forge: &mut RegistrationForge| {
            forge.envelope.header.exts.push(Extension {
                id: "org.example.unknown".to_owned(),
                data: String::new(),
                fail_if_unknown,
            });
        }
    };
    let by = |error: ProtocolError, place: &str| match error {
        ProtocolError::Field {
            field,
            rule: FieldRule::UnknownExtension { id },
        } => assert_eq!((field.as_str(), id.as_str()), (place, "org.example.unknown")),
        other => panic!("another rule: {other}"),
    };
    by(malformed(in_header(true)), "[0].header.exts[0]");
    assert!(
        World::new()
            .register("alice", &device(), in_header(false))
            .is_ok()
    );
    // Beside an assertion, where the client passes on what the authenticator added.
    let error = malformed(|forge| forge.envelope.rewrite_message = |text| beside(text, true));
    by(error, "[0].assertions[0].exts[0]");
    let ignored = World::new().register("alice", &device(), |forge| {
        forge.envelope.rewrite_message = |text| beside(text, false);
    });
    assert!(ignored.is_ok());
}

/// Authenticators understand it, and this server does not: it never asks for it.
#[test]
fn the_user_verification_index_is_no_extension_of_the_server() {
    let with = |fail_if_unknown: bool| {
        move |forge: &mut RegistrationForge| {
            forge.envelope.header.exts.push(Extension {
                id: "fido.uaf.uvi".to_owned(),
                data: String::new(),
                fail_if_unknown,
            });
        }
    };
    let id = "fido.uaf.uvi".to_owned();
    let expected = ProtocolError::Field {
        field: "[0].header.exts[0]".to_owned(),
        rule: FieldRule::UnknownExtension { id },
    };
    assert_eq!(malformed(with(true)), expected);
    assert!(World::new().register("alice", &device(), with(false)).is_ok());
}

#[test]
fn what_is_reported_of_a_display_is_well_formed() {
    let palette = |entries: usize| {
        move |forge: &mut RegistrationForge| {
            let entry = RgbPaletteEntry { r: 1, g: 2, b: 3 };
            forge.displays = vec![DisplayPngCharacteristics {
                width: 320,
                height: 240,
                bit_depth: 8,
                color_type: 3,
                compression: 0,
                filter: 0,
                interlace: 0,
                plte: vec![entry; entries],
            }];
        }
    };
    let registered = World::new()
        .register("alice", &device(), palette(256))
        .expect("sound");
    assert_eq!(registered[0].tc_display_png_characteristics[0].plte.len(), 256);
    let error = malformed(palette(257));
    let place = "[0].assertions[0].tcDisplayPNGCharacteristics[0].plte";
    assert!(
        matches!(&error, ProtocolError::Field { field, .. } if field == place),
        "{error}"
    );
}

#[test]
fn server_data_is_of_our_form() {
    refused(CeremonyError::ServerDataMalformed, |forge| {
        forge.envelope.header.server_data = None
    });
    refused(CeremonyError::ServerDataMalformed, |forge| {
        forge.envelope.header.server_data = Some(ServerData::new("AAAA").expect("short"));
    });
    refused(CeremonyError::ServerDataMalformed, |forge| {
        let longer = format!(
            "{}AAAA",
            forge.envelope.header.server_data.as_ref().expect("ours")
        );
        forge.envelope.header.server_data = Some(ServerData::new(longer).expect("short"));
    });
}

#[test]
fn server_data_is_authentic() {
    let with_bit_flipped = |index: usize| {
        move |forge: &mut RegistrationForge| {
            let text = forge
                .envelope
                .header
                .server_data
                .as_ref()
                .expect("ours")
                .as_str()
                .to_owned();
            let mut bytes = base64url::decode(&text).expect("ours");
            bytes[index] ^= 1;
            forge.envelope.header.server_data =
                Some(ServerData::new(base64url::encode(&bytes)).expect("short"));
        }
    };
    refused(CeremonyError::ServerDataNotAuthentic, with_bit_flipped(16));
    refused(CeremonyError::ServerDataNotAuthentic, with_bit_flipped(47));
    refused(CeremonyError::ChallengeUnknown, with_bit_flipped(0));
}

#[test]
fn server_data_of_another_key_is_not_ours() {
    let mut world = World::new();
    let session = world.enrolment_session("alice");
    let request = world.begin_registration(&session).expect("open");
    let forge = RegistrationForge::answering(&request, &device(), FACET, attestation_of(&device()));
    let ours = std::mem::replace(
        &mut world.rp.server_key,
        ServerKey::new(vec![43; 32]).expect("32 bytes"),
    );
    let refused = world.finish_registration(&forge.message());
    assert_eq!(refused, Err(CeremonyError::ServerDataNotAuthentic));
    // It did not spend the challenge: whoever holds the true serverData can still answer.
    world.rp.server_key = ours;
    assert!(world.finish_registration(&forge.message()).is_ok());
}

#[test]
fn server_data_belongs_to_its_challenge() {
    let mut world = World::new();
    let session = world.enrolment_session("alice");
    let first = world.begin_registration(&session).expect("open");
    let second = world.begin_registration(&session).expect("open");
    let mut forge = RegistrationForge::answering(&first, &device(), FACET, attestation_of(&device()));
    forge.envelope.header.server_data = second.header.server_data.clone();
    assert_eq!(
        world.finish_registration(&forge.message()),
        Err(CeremonyError::ChallengeMismatch)
    );
    forge.envelope.header.server_data = first.header.server_data.clone();
    assert!(world.finish_registration(&forge.message()).is_ok());
}

// Step 3: the challenge and the final challenge.

#[test]
fn a_challenge_is_answered_once() {
    let mut world = World::new();
    let session = world.enrolment_session("alice");
    let request = world.begin_registration(&session).expect("open");
    let message =
        RegistrationForge::answering(&request, &device(), FACET, attestation_of(&device())).message();
    assert!(world.finish_registration(&message).is_ok());
    assert_eq!(
        world.finish_registration(&message),
        Err(CeremonyError::ChallengeSpent)
    );
}

#[test]
fn a_failed_answer_spends_the_challenge() {
    let mut world = World::new();
    let session = world.enrolment_session("alice");
    let request = world.begin_registration(&session).expect("open");
    let mut forge = RegistrationForge::answering(&request, &device(), FACET, attestation_of(&device()));
    forge.krd.aaid = Aaid::new(0, 0);
    assert_eq!(
        world.finish_registration(&forge.message()),
        Err(CeremonyError::AaidUnknown)
    );
    forge.krd.aaid = ATTESTED;
    assert_eq!(
        world.finish_registration(&forge.message()),
        Err(CeremonyError::ChallengeSpent)
    );
    // The session is still open, so that the user may try again with a fresh challenge.
    let request = world.begin_registration(&session).expect("open");
    let message =
        RegistrationForge::answering(&request, &device(), FACET, attestation_of(&device())).message();
    assert!(world.finish_registration(&message).is_ok());
}

#[test]
fn a_challenge_expires_and_the_clock_does_not_bring_it_back() {
    let answer_after = |move_clock: fn(u64) -> u64| {
        let mut world = World::new();
        let session = world.enrolment_session("alice");
        let request = world.begin_registration(&session).expect("open");
        let forge = RegistrationForge::answering(&request, &device(), FACET, attestation_of(&device()));
        world.now_ms = move_clock(world.now_ms);
        world
            .finish_registration(&forge.message())
            .map(|credentials| credentials.len())
    };
    assert_eq!(answer_after(|now| now + 5 * 60 * 1000 - 1), Ok(1));
    assert_eq!(
        answer_after(|now| now + 5 * 60 * 1000),
        Err(CeremonyError::ChallengeExpired)
    );
    assert_eq!(answer_after(|now| now - 1), Err(CeremonyError::ChallengeExpired));
}

#[test]
fn the_challenge_is_the_one_of_the_request() {
    refused(CeremonyError::ChallengeMismatch, |forge| {
        forge.envelope.fc.challenge = Challenge::new(vec![9; 32]).expect("32 bytes");
    });
}

#[test]
fn the_header_repeats_the_app_id() {
    refused(CeremonyError::HeaderAppIdMismatch, |forge| {
        forge.envelope.header.app_id = Some(AppId::new("https://evil.example/").expect("short"));
    });
    refused(CeremonyError::HeaderAppIdMismatch, |forge| {
        forge.envelope.header.app_id = None
    });
}

#[test]
fn fc_params_are_for_our_app_id() {
    refused(CeremonyError::AppIdMismatch, |forge| {
        forge.envelope.fc.app_id = AppId::new("https://evil.example/").expect("short");
    });
}

#[test]
fn without_an_app_id_the_facet_stands_for_it() {
    let register = |flaw: fn(&mut RegistrationForge)| {
        let mut world = World::new();
        world.rp.app_id = None;
        world
            .register("alice", &device(), flaw)
            .map(|credentials| credentials.len())
    };
    assert_eq!(register(|_| ()), Ok(1));
    let other = |forge: &mut RegistrationForge| {
        forge.envelope.fc.app_id = AppId::new("https://evil.example").expect("short");
    };
    assert_eq!(register(other), Err(CeremonyError::AppIdMismatch));
}

#[test]
fn the_facet_is_trusted() {
    for facet in [
        "https://shop.example.evil.example",
        "https://shop.example/pay",
        "https://shop.example:8443",
        "http://shop.example",
    ] {
        refused(not_trusted(facet), |forge| {
            forge.envelope.fc.facet_id = FacetId::new(facet).expect("short");
        });
    }
    // Facets §3.1.1: an origin is written with an empty path, which some clients spell with the slash.
    let slash = |forge: &mut RegistrationForge| {
        forge.envelope.fc.facet_id = FacetId::new("https://shop.example/").expect("short");
    };
    let registered = World::new().register("alice", &device(), slash);
    assert_eq!(registered.map(|credentials| credentials.len()), Ok(1));
}

#[test]
fn an_untrusted_facet_is_told_what_is_trusted_and_where_to_change_it() {
    let told = |trusted: &[String], got: &str| {
        let trusted = trusted
            .iter()
            .map(|facet| FacetId::new(facet.as_str()).expect("short"));
        let list = FacetAllowList::new(trusted.collect());
        let error = list
            .must_trust(&FacetId::new(got).expect("short"))
            .expect_err("not listed");
        assert_eq!(error.status().code(), 1498);
        error.to_string()
    };
    assert_eq!(
        told(
            &[
                "https://shop.example".to_owned(),
                "ios:bundle-id:example.shop".to_owned()
            ],
            "https://evil.example"
        ),
        "fcParams.facetID: \"https://evil.example\" is not a trusted facet; trusted: \"https://shop.example\", \
         \"ios:bundle-id:example.shop\"; the setting is relying_party.facets (UAF §3.4.6.5)"
    );
    assert!(told(&[], "ios:a").contains("trusted: none;"));
    let odd = told(&[], "ios:\u{1b}[31m\n\"x\u{202e}y\u{e9}");
    assert!(odd.contains(r#""ios:\u{1b}[31m\n\"x\u{202e}y\u{e9}""#), "{odd}");
    let many: Vec<String> = (0..100)
        .map(|number| format!("ios:{number}{}", "x".repeat(500)))
        .collect();
    let long = told(&many, &"\u{202e}".repeat(512));
    assert!(long.contains("and 92 more"), "{long}");
    assert!(long.len() < 1_800, "{} bytes", long.len());
    assert!(
        long.replace('§', "").is_ascii() && !long.contains(char::is_control),
        "{long}"
    );
}

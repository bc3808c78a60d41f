//! The table of error codes: each one is raised by what it is for.

use smile_protocol::uaf::facets::CONTENT_TYPE;
use smile_protocol::uaf::identity::Aaid;
use smile_protocol::uaf::transport::ErrorCode;

use super::*;
use crate::keys::MAX_KEYS;
use crate::rehearsal::Visitor;
use crate::transaction::Confirmation;

/// A registered home, and the code with which it refuses what `spoil` made of it.
fn code_of(spoil: impl FnOnce(&Rehearsal, &mut Authenticator, &mut Screen) -> String) -> ErrorCode {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    register(&rehearsal, &mut authenticator);
    let mut screen = rehearsal.screen();
    let message = spoil(&rehearsal, &mut authenticator, &mut screen);
    process_at(&mut authenticator, &mut screen, &message)
        .unwrap_err()
        .code()
}

fn pay(authenticator: &Authenticator) -> String {
    payment(authenticator, "Pay 1 EUR").encode().unwrap()
}

fn with_visitor(visitor: Visitor) -> ErrorCode {
    code_of(|rehearsal, authenticator, _| {
        rehearsal.before_the_camera(visitor);
        pay(authenticator)
    })
}

fn with_answer(answer: Confirmation) -> ErrorCode {
    code_of(|_, authenticator, screen| {
        screen.answer = answer;
        pay(authenticator)
    })
}

fn from_facet(facet: &str, served: Result<(&'static str, String), FetchError>) -> ErrorCode {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let message = registration(&authenticator).encode().unwrap();
    UafClient::new(
        &mut authenticator,
        FacetId::new(facet).unwrap(),
        Box::new(Served(served)),
    )
    .process(&message, &mut NoCamera, &mut rehearsal.screen())
    .unwrap_err()
    .code()
}

/// Every code of Transport §4.5 but NO_ERROR, each by what raises it.
fn raised() -> Vec<ErrorCode> {
    vec![
        with_visitor(Visitor::Nobody),
        from_facet("ios:bundle-id:app", Err(FetchError::InsecureTransport)),
        with_answer(Confirmation::Cancelled),
        code_of(|_, authenticator, _| pay(authenticator).replace("\"minor\":1", "\"minor\":7")),
        code_of(|_, authenticator, _| {
            let mut request = payment(authenticator, "Pay 1 EUR");
            request.policy = Policy::accepting(&[Aaid::new(0xFFFF, 0xFC01)]);
            request.encode().unwrap()
        }),
        code_of(|_, _, _| "[".to_owned()),
        from_facet(
            "ios:bundle-id:app",
            Ok((CONTENT_TYPE, "{\"trustedFacets\":[]}".to_owned())),
        ),
        code_of(|rehearsal, authenticator, _| {
            std::fs::remove_dir_all(rehearsal.home().join("keys")).unwrap();
            pay(authenticator)
        }),
        with_visitor(Visitor::Stranger),
        with_answer(Confirmation::CannotDisplay),
        with_answer(Confirmation::TimedOut),
        code_of(|rehearsal, authenticator, _| {
            for number in 0..MAX_KEYS {
                let name = format!("keys/{number:08x}.sealed");
                std::fs::write(rehearsal.home().join(name), b"").unwrap();
            }
            registration(authenticator).encode().unwrap()
        }),
        code_of(|rehearsal, authenticator, _| {
            rehearsal.before_the_camera(Visitor::Stranger);
            for _ in 0..5 {
                process(rehearsal, authenticator, &pay(authenticator)).unwrap_err();
            }
            rehearsal.before_the_camera(Visitor::Owner);
            pay(authenticator)
        }),
        code_of(|_, authenticator, _| {
            authenticator.vault.erase("template").unwrap();
            pay(authenticator)
        }),
        with_visitor(Visitor::BrokenCamera),
    ]
}

#[test]
fn each_code_is_raised_by_what_it_is_for() {
    let expected = [
        ErrorCode::WaitUserAction,
        ErrorCode::InsecureTransport,
        ErrorCode::UserCancelled,
        ErrorCode::UnsupportedVersion,
        ErrorCode::NoSuitableAuthenticator,
        ErrorCode::ProtocolError,
        ErrorCode::UntrustedFacetId,
        ErrorCode::KeyDisappearedPermanently,
        ErrorCode::AuthenticatorAccessDenied,
        ErrorCode::InvalidTransactionContent,
        ErrorCode::UserNotResponsive,
        ErrorCode::InsufficientAuthenticatorResources,
        ErrorCode::UserLockout,
        ErrorCode::UserNotEnrolled,
        ErrorCode::Unknown,
    ];
    assert_eq!(raised(), expected);
    // No code of the specification is missing from the table.
    for code in 1..=u16::from(u8::MAX) {
        if let Some(known) = ErrorCode::from_code(code) {
            assert!(expected.contains(&known), "{known:?}");
        }
    }
}

#[test]
fn the_same_home_unspoiled_answers() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    register(&rehearsal, &mut authenticator);
    let message = pay(&authenticator);
    process(&rehearsal, &mut authenticator, &message)
        .unwrap()
        .unwrap();
}

#[test]
fn a_full_disk_is_a_lack_of_resources_and_any_other_disk_error_is_unknown() {
    let error = |kind: std::io::ErrorKind| {
        AuthenticatorError::io("write", std::path::Path::new("counters/aa"), kind.into()).code()
    };
    assert_eq!(
        error(std::io::ErrorKind::StorageFull),
        ErrorCode::InsufficientAuthenticatorResources
    );
    assert_eq!(error(std::io::ErrorKind::PermissionDenied), ErrorCode::Unknown);
}

#[test]
fn a_template_of_another_face_network_means_enrolling_again() {
    assert_eq!(
        with_visitor(Visitor::OwnerBeforeANewModel),
        ErrorCode::UserNotEnrolled
    );
}

#[test]
fn no_error_tells_the_app_more_than_its_code_about_a_face() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    register(&rehearsal, &mut authenticator);
    rehearsal.before_the_camera(Visitor::Stranger);
    let message = pay(&authenticator);
    let error = process(&rehearsal, &mut authenticator, &message).unwrap_err();
    assert_eq!(error.to_string(), "could not confirm that it is you");
}

//! An AppID whose list lies elsewhere: the list is fetched over TLS, and decides.

use smile_agent::camera::CameraKind;
use smile_agent::tls::Trust;
use smile_authenticator::AuthenticatorError;
use smile_authenticator::client::NegotiatedRequest;
use smile_authenticator::transaction::{Confirmation, TransactionDisplay};
use smile_protocol::uaf::identity::FacetId;

use crate::certificates::Authority;
use crate::https::Server;
use crate::stage::{Gradients, Stage, registration_for};

/// An app of another kind than a web page: no rule but the list says whose it is.
const APP: &str = "android:apk-key-hash:2jmj7l5rSw0yVb/vlWAYkK/YBwk";

struct NoDisplay;

impl TransactionDisplay for NoDisplay {
    fn confirm(&mut self, _: &str) -> Confirmation {
        Confirmation::CannotDisplay
    }
}

/// A list that names this facet.
fn list_of(facet: &str) -> String {
    let body =
        format!("{{\"trustedFacets\":[{{\"version\":{{\"major\":1,\"minor\":1}},\"ids\":[\"{facet}\"]}}]}}");
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/fido.trusted-apps+json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Registers for [`APP`] where the list is served for that host.
fn registered(list: &str, host: &str, change: impl Fn(&str) -> String) -> Result<(), AuthenticatorError> {
    let authority = Authority::new("an authority");
    let server = Server::answering(&authority.server(host, (-1, 30)), list);
    let stage = Stage::with_settings(CameraKind::Page, |settings| {
        settings.trust = Trust::default().without_the_machines();
        let file = authority.pem(settings.home.path());
        settings.trust.add(&file).unwrap();
    });
    let device = &stage.running.agent.device;
    device.enrol(&mut Gradients, &mut |_| ()).unwrap();
    let app_id = change(&format!("{}/facets", server.url()));
    let request = NegotiatedRequest::of(&registration_for(&app_id)).unwrap();
    let facet = FacetId::new(APP).unwrap();
    let answer = device.answer(facet, request, &mut Gradients, &mut NoDisplay);
    answer.map(|response| assert!(response.is_some()))
}

#[test]
fn a_list_that_comes_over_tls_and_names_the_caller_is_honoured_and_no_other() {
    let as_it_is = |app_id: &str| app_id.to_owned();
    registered(&list_of(APP), "localhost", as_it_is).unwrap();
    let other = registered(&list_of("android:apk-key-hash:other"), "localhost", as_it_is);
    assert!(
        matches!(other, Err(AuthenticatorError::UntrustedFacet { .. })),
        "{other:?}"
    );
    let wrong_name = registered(&list_of(APP), "shop.example", as_it_is);
    assert!(
        matches!(wrong_name, Err(AuthenticatorError::InsecureTransport { .. })),
        "{wrong_name:?}"
    );
    let plain = registered(&list_of(APP), "localhost", |app_id| {
        app_id.replace("https://", "http://")
    });
    assert!(
        matches!(plain, Err(AuthenticatorError::UntrustedFacet { .. })),
        "{plain:?}"
    );
}

#[test]
fn a_list_is_not_followed_out_of_tls() {
    let moved = |to: &str| {
        format!(
            "HTTP/1.1 302 Found\r\nFIDO-AppID-Redirect-Authorized: true\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"
        )
    };
    let as_it_is = |app_id: &str| app_id.to_owned();
    let out = registered(&moved("http://localhost/facets"), "localhost", as_it_is);
    assert!(
        matches!(out, Err(AuthenticatorError::InsecureTransport { .. })),
        "{out:?}"
    );
    // The same to an address of TLS is followed, where nobody answers.
    let on = registered(&moved("https://localhost:1/facets"), "localhost", as_it_is);
    assert!(
        matches!(on, Err(AuthenticatorError::UntrustedFacet { .. })),
        "{on:?}"
    );
}

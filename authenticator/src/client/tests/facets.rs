//! Which app may use which AppID.

use smile_protocol::uaf::facets::TrustedFacetsList;

use super::*;

const ANDROID: &str = "android:apk-key-hash:LK84ci82ruA6u8SyF26cghsVwZg";

/// Registers as `facet` under the AppID `app_id`, with `served` at its URL.
fn register_as(
    facet: &str,
    app_id: Option<&str>,
    served: Served,
) -> Result<Option<String>, AuthenticatorError> {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    rehearsal.take_diary();
    let mut request = registration(&authenticator);
    request.header.app_id = app_id.map(|app_id| AppId::new(app_id).unwrap());
    let message = request.encode().unwrap();
    let facet = FacetId::new(facet).unwrap();
    let answer = UafClient::new(&mut authenticator, facet, Box::new(served)).process(
        &message,
        &mut NoCamera,
        &mut rehearsal.screen(),
    );
    if answer.is_err() {
        assert!(
            rehearsal.take_diary().is_empty(),
            "a refused app shows nothing and sees no face"
        );
        assert!(authenticator.list().unwrap().is_empty());
    }
    answer
}

fn list_of(ids: &[&str]) -> String {
    let ids: Vec<_> = ids.iter().map(|id| FacetId::new(*id).unwrap()).collect();
    TrustedFacetsList::for_all_versions(&ids).encode()
}

fn untrusted(answer: Result<Option<String>, AuthenticatorError>) -> bool {
    matches!(answer, Err(AuthenticatorError::UntrustedFacet { .. }))
}

#[test]
fn an_app_id_that_is_no_https_url_must_be_the_facet() {
    let nothing = || Served(Err(FetchError::Unavailable));
    assert!(untrusted(register_as(
        ANDROID,
        Some("android:apk-key-hash:other"),
        nothing()
    )));
    assert!(untrusted(register_as(
        "http://127.0.0.1:8080",
        Some("http://127.0.0.1:9090"),
        nothing()
    )));
    register_as(ANDROID, Some(ANDROID), nothing()).unwrap();
    register_as("http://127.0.0.1:8080", Some("http://127.0.0.1:8080"), nothing()).unwrap();
}

#[test]
fn a_facet_on_the_app_ids_own_host_needs_no_list() {
    let nothing = || Served(Err(FetchError::Unavailable));
    assert!(untrusted(register_as(
        "https://evil.example",
        Some(APP),
        nothing()
    )));
    assert!(untrusted(register_as(
        "https://shop.example.evil.example",
        Some(APP),
        nothing()
    )));
    register_as(FACET, Some(APP), nothing()).unwrap();
}

#[test]
fn any_other_facet_must_be_in_the_list() {
    let list = list_of(&[ANDROID]);
    assert!(untrusted(register_as(
        "ios:bundle-id:other",
        Some(APP),
        Served::list(&list)
    )));
    register_as(ANDROID, Some(APP), Served::list(&list)).unwrap();
}

#[test]
fn the_list_must_come_as_itself() {
    let list = list_of(&[ANDROID]);
    let as_type = |content_type| Served(Ok((content_type, list.clone())));
    for wrong in ["application/json", "text/html", ""] {
        assert!(
            untrusted(register_as(ANDROID, Some(APP), as_type(wrong))),
            "{wrong}"
        );
    }
    for body in ["", "{}", "[]", "{\"trustedFacets\":[]}"] {
        assert!(
            untrusted(register_as(ANDROID, Some(APP), Served::list(body))),
            "{body}"
        );
    }
    let with_charset = "Application/FIDO.trusted-apps+json; charset=utf-8";
    register_as(ANDROID, Some(APP), as_type(with_charset)).unwrap();
}

#[test]
fn a_list_that_does_not_come_by_tls_is_not_a_list() {
    let refused = register_as(ANDROID, Some(APP), Served(Err(FetchError::InsecureTransport)));
    assert!(matches!(
        refused,
        Err(AuthenticatorError::InsecureTransport { .. })
    ));
    let refused = register_as(ANDROID, Some(APP), Served(Err(FetchError::Unavailable)));
    assert!(untrusted(refused));
    register_as(ANDROID, Some(APP), Served::list(&list_of(&[ANDROID]))).unwrap();
}

#[test]
fn a_web_facet_elsewhere_counts_only_with_a_list_of_public_suffixes() {
    struct ExampleIsPublic;
    impl smile_protocol::uaf::facets::PublicSuffixes for ExampleIsPublic {
        fn private_label(&self, host: &str) -> Option<String> {
            let labels: Vec<_> = host.rsplitn(3, '.').collect();
            (labels.len() >= 2).then(|| format!("{}.{}", labels[1], labels[0]))
        }
    }
    let pay = "https://pay.shop.example";
    assert!(untrusted(register_as(
        pay,
        Some(APP),
        Served::list(&list_of(&[pay]))
    )));

    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let message = registration(&authenticator).encode().unwrap();
    let served = Box::new(Served::list(&list_of(&[pay])));
    UafClient::new(&mut authenticator, FacetId::new(pay).unwrap(), served)
        .with_public_suffixes(Box::new(ExampleIsPublic))
        .process(&message, &mut NoCamera, &mut rehearsal.screen())
        .unwrap();
}

#[test]
fn one_application_cannot_use_anothers_keys() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let (_, assertion) = register(&rehearsal, &mut authenticator);
    let mut theirs = authentication(&authenticator);
    theirs.policy = only_key(&authenticator, &assertion.krd.key_id);
    let ours = theirs.encode().unwrap();
    theirs.header.app_id = None;
    let message = theirs.encode().unwrap();
    let evil = FacetId::new("https://evil.example").unwrap();
    let refused = UafClient::new(
        &mut authenticator,
        evil,
        Box::new(Served(Err(FetchError::Unavailable))),
    )
    .process(&message, &mut NoCamera, &mut rehearsal.screen());
    assert!(matches!(
        refused,
        Err(AuthenticatorError::NoSuitableAuthenticator)
    ));
    process(&rehearsal, &mut authenticator, &ours).unwrap();
}

//! Which app may use which AppID.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use smile_protocol::uaf::facets::{SameHostOnly, TrustedFacetsList};

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
fn a_web_facet_elsewhere_counts_only_on_hosts_of_the_same_owner() {
    let pay = "https://pay.shop.example";
    let list = list_of(&[pay, "https://other.example"]);
    assert!(untrusted(register_as(
        "https://other.example",
        Some(APP),
        Served::list(&list)
    )));
    register_as(pay, Some(APP), Served::list(&list)).unwrap();

    // An app may bring a stricter idea of who is an owner.
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let message = registration(&authenticator).encode().unwrap();
    let served = Box::new(Served::list(&list));
    let refused = UafClient::new(&mut authenticator, FacetId::new(pay).unwrap(), served)
        .with_public_suffixes(Box::new(SameHostOnly))
        .process(&message, &mut NoCamera, &mut rehearsal.screen());
    assert!(untrusted(refused));
}

/// Serves a list that may be kept for a minute, and counts how often it is asked.
struct Counted(Arc<AtomicUsize>);

impl FacetFetcher for Counted {
    fn fetch(&mut self, _url: &str) -> Result<FetchedFacets, FetchError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Ok(FetchedFacets {
            status: 200,
            headers: vec![
                header("content-type", CONTENT_TYPE),
                header("cache-control", "max-age=60"),
            ],
            body: list_of(&[ANDROID]).into_bytes(),
        })
    }
}

#[test]
fn the_authenticator_remembers_a_list_from_one_client_to_the_next() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let fetches = Arc::new(AtomicUsize::new(0));
    let mut ask = || {
        let message = registration(&authenticator).encode().unwrap();
        let fetcher = Box::new(Counted(Arc::clone(&fetches)));
        UafClient::new(&mut authenticator, FacetId::new(ANDROID).unwrap(), fetcher)
            .process(&message, &mut NoCamera, &mut rehearsal.screen())
            .unwrap();
        fetches.load(Ordering::SeqCst)
    };
    assert_eq!(ask(), 1);
    rehearsal.clock.advance(59_999);
    assert_eq!(ask(), 1, "still fresh");
    rehearsal.clock.advance(1);
    assert_eq!(ask(), 2, "its minute is over");
    assert_eq!(ask(), 2, "fresh again");
    rehearsal.clock.sleep(60_000);
    assert_eq!(ask(), 3, "its minute went by asleep");
    // Somebody puts the wall clock back: how old the list is nobody knows, so it is fetched again.
    rehearsal.clock.set(0);
    assert_eq!(ask(), 4);
    assert_eq!(ask(), 4, "by the clock as it stands now it is fresh");
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

//! Each rule of Facets §3.1.2 about fetching, with a script in place of the web.

use super::*;
use crate::rehearsal::moment;

const APP: &str = "https://shop.example/uaf/facets";
const CALLER: &str = "android:apk-key-hash:LK84ci82ruA6u8SyF26cghsVwZg";
const REDIRECT: (&str, &str) = ("FIDO-AppID-Redirect-Authorized", "true");

/// The web: each address with its answer, and what was asked for, in order.
#[derive(Default)]
struct Web {
    pages: Vec<(String, Result<FetchedFacets, FetchError>)>,
    asked: Vec<String>,
}

impl Web {
    fn of(pages: &[(&str, FetchedFacets)]) -> Self {
        let page = |(url, answer): &(&str, FetchedFacets)| ((*url).to_owned(), Ok(answer.clone()));
        Self {
            pages: pages.iter().map(page).collect(),
            asked: Vec::new(),
        }
    }
}

impl FacetFetcher for Web {
    fn fetch(&mut self, url: &str) -> Result<FetchedFacets, FetchError> {
        self.asked.push(url.to_owned());
        let page = self.pages.iter().find(|(address, _)| address == url);
        page.map_or(Err(FetchError::Unavailable), |(_, answer)| answer.clone())
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> FetchedFacets {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    FetchedFacets {
        status,
        headers: headers.iter().map(owned).collect(),
        body: body.as_bytes().to_vec(),
    }
}

fn body_of(ids: &[&str]) -> String {
    let ids: Vec<_> = ids.iter().map(|id| FacetId::new(*id).unwrap()).collect();
    TrustedFacetsList::for_all_versions(&ids).encode()
}

/// A list that names `ids` and may be kept for a minute.
fn list(ids: &[&str]) -> FetchedFacets {
    let headers = [("content-type", CONTENT_TYPE), ("cache-control", "max-age=60")];
    answer(200, &headers, &body_of(ids))
}

fn redirect(status: u16, location: &str) -> FetchedFacets {
    answer(status, &[REDIRECT, ("location", location)], "")
}

/// A client with its memory.
#[derive(Default)]
struct Client {
    cache: FacetCache,
    now_ms: u64,
}

impl Client {
    fn asks(&mut self, web: &mut Web, app_id: &str, caller: &str) -> Result<AppId, AuthenticatorError> {
        let sources = FacetSources {
            fetcher: web,
            suffixes: &PublicSuffixList,
            cache: &mut self.cache,
            now: moment(self.now_ms),
        };
        let (app_id, caller) = (AppId::new(app_id).unwrap(), FacetId::new(caller).unwrap());
        trusted_app_id(Some(&app_id), &caller, Upv::V1_1, sources)
    }
}

/// The rule by which a fresh client refuses the caller, or `None` where it does not.
fn refusal(pages: &[(&str, FetchedFacets)]) -> Option<String> {
    match Client::default().asks(&mut Web::of(pages), APP, CALLER) {
        Ok(_) => None,
        Err(AuthenticatorError::UntrustedFacet { rule, .. }) => Some(rule.to_owned()),
        Err(other) => Some(other.to_string()),
    }
}

fn refused_by(rule: &str, pages: &[(&str, FetchedFacets)]) {
    let found = refusal(pages).unwrap_or_else(|| panic!("accepted, not refused by {rule:?}"));
    assert!(found.contains(rule), "{found:?} names {rule:?}");
}

#[test]
fn one_anonymous_get_of_the_app_id_is_asked_for() {
    let mut web = Web::of(&[(APP, list(&[CALLER]))]);
    Client::default().asks(&mut web, APP, CALLER).unwrap();
    Client::default()
        .asks(&mut web, &format!("{APP}#part"), CALLER)
        .unwrap();
    assert_eq!(web.asked, [APP, APP]);
}

#[test]
fn an_app_id_with_credentials_or_spaces_is_not_fetched() {
    for (app_id, rule) in [
        ("https://user:pw@shop.example/uaf/facets", "user name or password"),
        ("https://shop.example/uaf/facets x", "printable ASCII"),
    ] {
        let mut web = Web::of(&[(APP, list(&[CALLER])), (app_id, list(&[CALLER]))]);
        let refused = Client::default()
            .asks(&mut web, app_id, CALLER)
            .unwrap_err()
            .to_string();
        assert!(refused.contains(rule), "{refused}");
        assert!(web.asked.is_empty(), "{:?}", web.asked);
        Client::default().asks(&mut web, APP, CALLER).unwrap();
    }
}

#[test]
fn the_status_is_200_and_the_type_and_form_are_the_lists() {
    let good = || list(&[CALLER]);
    assert_eq!(refusal(&[(APP, good())]), None);
    for status in [201, 204, 206, 404, 500, 0] {
        refused_by("status 200", &[(APP, FetchedFacets { status, ..good() })]);
    }
    for headers in [
        &[("content-type", "application/json")][..],
        &[("content-type", "text/html")],
        &[],
        &[("content-type", CONTENT_TYPE), ("content-type", "text/html")],
    ] {
        refused_by(
            "is not served as",
            &[(APP, answer(200, headers, &body_of(&[CALLER])))],
        );
    }
    let typed = |body: &[u8]| FetchedFacets {
        body: body.to_vec(),
        ..good()
    };
    for body in [&b""[..], b"{}", b"[]", b"\xff{}"] {
        refused_by("not a list", &[(APP, typed(body))]);
    }
    let padded = |length: usize| {
        let mut body = body_of(&[CALLER]).into_bytes();
        body.resize(length, b' ');
        typed(&body)
    };
    assert_eq!(refusal(&[(APP, padded(64 * 1024))]), None);
    refused_by("at most 64 KiB", &[(APP, padded(64 * 1024 + 1))]);
}

#[test]
fn a_redirect_is_followed_only_with_its_header() {
    let moved = "https://lists.example/shop";
    for status in [301, 302, 303, 307, 308] {
        assert_eq!(
            refusal(&[(APP, redirect(status, moved)), (moved, list(&[CALLER]))]),
            None
        );
    }
    for headers in [
        &[("location", moved)][..],
        &[("FIDO-AppID-Redirect-Authorized", "false"), ("location", moved)],
        &[("FIDO-AppID-Redirect-Authorized", ""), ("location", moved)],
        &[REDIRECT, REDIRECT, ("location", moved)],
    ] {
        let pages = [(APP, answer(302, headers, "")), (moved, list(&[CALLER]))];
        refused_by("FIDO-AppID-Redirect-Authorized", &pages);
    }
    refused_by("where to", &[(APP, answer(302, &[REDIRECT], ""))]);
    for status in [300, 304, 305, 399] {
        refused_by(
            "status 200",
            &[(APP, redirect(status, moved)), (moved, list(&[CALLER]))],
        );
    }
}

#[test]
fn a_redirect_never_leaves_https() {
    let target = "https://shop.example/list";
    for location in [
        target,
        "/list",
        "//shop.example/list",
        "HTTPS://SHOP.example:443/list#x",
    ] {
        assert_eq!(
            refusal(&[(APP, redirect(302, location)), (target, list(&[CALLER]))]),
            None,
            "{location}"
        );
    }
    let plain = "http://shop.example/list";
    let refused = Client::default().asks(
        &mut Web::of(&[(APP, redirect(302, plain)), (plain, list(&[CALLER]))]),
        APP,
        CALLER,
    );
    assert!(matches!(
        refused,
        Err(AuthenticatorError::InsecureTransport { .. })
    ));
    refused_by(
        "printable ASCII",
        &[(APP, redirect(302, "list")), (target, list(&[CALLER]))],
    );
    refused_by(
        "user name",
        &[(APP, redirect(302, "https://a@shop.example/list"))],
    );
}

#[test]
fn a_circle_and_a_long_way_are_refused() {
    let hop = |number: usize| format!("https://shop.example/{number}");
    let way = |hops: usize| {
        let mut pages = vec![(APP.to_owned(), redirect(302, &hop(1)))];
        pages.extend((1..hops).map(|number| (hop(number), redirect(302, &hop(number + 1)))));
        pages.push((hop(hops), list(&[CALLER])));
        pages
    };
    let refusal_of = |pages: &[(String, FetchedFacets)]| {
        let pages: Vec<_> = pages
            .iter()
            .map(|(url, answer)| (url.as_str(), answer.clone()))
            .collect();
        refusal(&pages)
    };
    assert_eq!(refusal_of(&way(REDIRECTS_MAX)), None);
    let long = refusal_of(&way(REDIRECTS_MAX + 1)).unwrap();
    assert!(long.contains("more than 3 times"), "{long}");
    refused_by("circle", &[(APP, redirect(302, APP))]);
    let first = hop(1);
    refused_by(
        "circle",
        &[
            (APP, redirect(302, &first)),
            (&first, redirect(302, &format!("{APP}#x"))),
        ],
    );
}

#[test]
fn the_owner_is_that_of_the_app_id_wherever_the_list_lies() {
    let moved = "https://lists.other.org/shop";
    let web = || {
        Web::of(&[
            (APP, redirect(302, moved)),
            (moved, list(&["https://pay.shop.example", "https://a.other.org"])),
        ])
    };
    Client::default()
        .asks(&mut web(), APP, "https://pay.shop.example")
        .unwrap();
    let other = Client::default().asks(&mut web(), APP, "https://a.other.org");
    assert!(matches!(other, Err(AuthenticatorError::UntrustedFacet { .. })));
}

#[test]
fn a_second_operation_does_not_fetch_and_one_after_the_lifetime_does() {
    let mut web = Web::of(&[(APP, list(&[CALLER]))]);
    let mut client = Client::default();
    client.asks(&mut web, APP, CALLER).unwrap();
    client.now_ms = 59_999;
    client.asks(&mut web, APP, CALLER).unwrap();
    assert_eq!(web.asked.len(), 1, "the list is kept");
    client.now_ms = 60_000;
    client.asks(&mut web, APP, CALLER).unwrap();
    assert_eq!(web.asked.len(), 2, "its minute is over");
}

#[test]
fn a_list_without_a_lifetime_is_not_kept() {
    for headers in [
        &[("content-type", CONTENT_TYPE)][..],
        &[
            ("content-type", CONTENT_TYPE),
            ("cache-control", "no-store, max-age=60"),
        ],
    ] {
        let mut web = Web::of(&[(APP, answer(200, headers, &body_of(&[CALLER])))]);
        let mut client = Client::default();
        client.asks(&mut web, APP, CALLER).unwrap();
        client.asks(&mut web, APP, CALLER).unwrap();
        assert_eq!(web.asked.len(), 2, "{headers:?}");
    }
    let moved = "https://lists.example/shop";
    let mut web = Web::of(&[(APP, redirect(302, moved)), (moved, list(&[CALLER]))]);
    let mut client = Client::default();
    client.asks(&mut web, APP, CALLER).unwrap();
    client.asks(&mut web, APP, CALLER).unwrap();
    assert_eq!(
        web.asked.len(),
        4,
        "the redirect may not be kept, so what it led to may not either"
    );
}

#[test]
fn a_refusal_is_never_kept() {
    let other = "ios:bundle-id:example.other";
    let mut client = Client::default();
    let mut web = Web::default();
    client.asks(&mut web, APP, CALLER).unwrap_err();
    web.pages = Web::of(&[(APP, list(&[other]))]).pages;
    client.asks(&mut web, APP, CALLER).unwrap_err();
    client.asks(&mut web, APP, other).unwrap();
    assert_eq!(web.asked.len(), 2, "the list was kept for whom it names");
    // The provider adds the caller: a kept list that does not name it yet is no reason to refuse.
    web.pages = Web::of(&[(APP, list(&[other, CALLER]))]).pages;
    client.asks(&mut web, APP, CALLER).unwrap();
    assert_eq!(web.asked.len(), 3);
    client.asks(&mut web, APP, CALLER).unwrap();
    assert_eq!(web.asked.len(), 3);
}

#[test]
fn one_applications_list_is_not_anothers() {
    let theirs = "https://evil.example/facets";
    let mut web = Web::of(&[(theirs, list(&[CALLER])), (APP, list(&[]))]);
    let mut client = Client::default();
    client.asks(&mut web, theirs, CALLER).unwrap();
    let refused = client.asks(&mut web, APP, CALLER);
    assert!(matches!(refused, Err(AuthenticatorError::UntrustedFacet { .. })));
}

/// A web whose lists may name pages of this machine.
struct OfDevelopment(Web, bool);

impl FacetFetcher for OfDevelopment {
    fn fetch(&mut self, url: &str) -> Result<FetchedFacets, FetchError> {
        self.0.fetch(url)
    }

    fn admits_loopback(&self, app_id: &str) -> bool {
        self.1 && app_id == APP
    }
}

#[test]
fn a_page_of_this_machine_is_trusted_only_where_the_owner_named_a_server_for_the_app_id() {
    let shop = "http://localhost:8787";
    let asks = |admits: bool, listed: &[&str], caller: &str| {
        let mut web = OfDevelopment(Web::of(&[(APP, list(listed))]), admits);
        let mut client = Client::default();
        let sources = FacetSources {
            fetcher: &mut web,
            suffixes: &PublicSuffixList,
            cache: &mut client.cache,
            now: moment(0),
        };
        let (app_id, caller) = (AppId::new(APP).unwrap(), FacetId::new(caller).unwrap());
        trusted_app_id(Some(&app_id), &caller, Upv::V1_1, sources).is_ok()
    };
    assert!(asks(true, &[shop], shop));
    assert!(!asks(false, &[shop], shop), "Facets §3.1.2 discards it");
    assert!(!asks(true, &[shop], "http://localhost:8788"), "it is not named");
    for elsewhere in [
        "http://shop.example",
        "http://localhost.shop.example",
        "http://10.0.0.1",
    ] {
        assert!(!asks(true, &[elsewhere], elsewhere), "{elsewhere}");
    }
}

//! Facets: who is trusted before a list is read, and which entries of a list count.

use super::*;

/// The suffixes of the examples in Facets §3.1.4 and §3.1.5.
struct Examples;

impl PublicSuffixes for Examples {
    fn private_label(&self, host: &str) -> Option<String> {
        let labels: Vec<&str> = host.split('.').collect();
        let suffix = if host.ends_with("hosting.example.com") {
            3
        } else {
            1
        };
        let start = labels.len().checked_sub(suffix + 1)?;
        Some(labels[start..].join("."))
    }
}

fn app(text: &str) -> AppId {
    AppId::new(text).expect("short")
}

fn facet(text: &str) -> FacetId {
    FacetId::new(text).expect("short")
}

fn list(ids: &[&str]) -> TrustedFacetsList {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    TrustedFacetsList {
        trusted_facets: vec![TrustedFacets {
            version: Upv::V1_0,
            ids,
        }],
    }
}

#[test]
fn without_an_app_id_the_caller_stands_for_it() {
    let caller = facet("android:apk-key-hash:abc");
    let expected = FacetDecision::Authorized(app("android:apk-key-hash:abc"));
    assert_eq!(decide_without_list(None, &caller), expected);
}

#[test]
fn an_app_id_that_is_no_https_url_has_to_be_the_caller() {
    let app_id = app("ios:bundle-id:com.example");
    let same = decide_without_list(Some(&app_id), &facet("ios:bundle-id:com.example"));
    assert_eq!(same, FacetDecision::Authorized(app_id.clone()));
    let other = decide_without_list(Some(&app_id), &facet("ios:bundle-id:com.evil"));
    assert_eq!(other, FacetDecision::Refused);
    let http = app("http://pay.example/facets");
    assert_eq!(
        decide_without_list(Some(&http), &facet("http://pay.example")),
        FacetDecision::Refused
    );
}

#[test]
fn a_web_origin_on_the_app_id_s_host_needs_no_list() {
    let app_id = app("https://pay.example/facets");
    let authorized = FacetDecision::Authorized(app_id.clone());
    for caller in [
        "https://pay.example",
        "https://PAY.example:8443",
        "https://pay.example/",
    ] {
        assert_eq!(
            decide_without_list(Some(&app_id), &facet(caller)),
            authorized,
            "{caller}"
        );
    }
    let needs = FacetDecision::NeedsList(app_id.clone());
    let others = [
        "https://shop.pay.example",
        "http://pay.example",
        "https://pay.example@evil.example",
        "android:x",
    ];
    for caller in others {
        assert_eq!(
            decide_without_list(Some(&app_id), &facet(caller)),
            needs,
            "{caller}"
        );
    }
}

#[test]
fn entries_are_kept_and_discarded_as_in_the_first_example() {
    let ids = [
        "https://register.example.com",
        "https://fido.example.com",
        "http://www.example.com",
        "http://www.example-test.com",
        "https://www.example.com:444",
        "https://www.example-test.com",
    ];
    let kept = list(&ids).facets(&app("https://www.example.com/appID"), Upv::V1_0, &Examples);
    let expected = [
        "https://register.example.com",
        "https://fido.example.com",
        "https://www.example.com:444",
    ]
    .map(facet);
    assert_eq!(kept, expected);
}

#[test]
fn entries_are_kept_and_discarded_as_in_the_second_example() {
    let ids = [
        "https://register.example.com",
        "https://fido.companyA.hosting.example.com",
        "https://xyz.companyA.hosting.example.com",
        "https://companyB.hosting.example.com",
    ];
    let app_id = app("https://companyA.hosting.example.com/appID");
    let kept = list(&ids).facets(&app_id, Upv::V1_0, &Examples);
    let expected = [
        "https://fido.companya.hosting.example.com",
        "https://xyz.companya.hosting.example.com",
    ]
    .map(facet);
    assert_eq!(kept, expected);
}

#[test]
fn everything_after_the_port_is_discarded() {
    let ids = [
        "https://user:pw@pay.example:443/path?query#fragment",
        "https://pay.example\\@evil.example",
    ];
    let kept = list(&ids).facets(&app("https://pay.example/f"), Upv::V1_0, &SameHostOnly);
    assert_eq!(kept, [facet("https://pay.example")]);
}

#[test]
fn without_public_suffixes_only_the_same_host_is_one_owner_s() {
    let ids = [
        "https://pay.example:8443",
        "https://www.pay.example",
        "ios:bundle-id:com.example",
        "ios:",
    ];
    let kept = list(&ids).facets(&app("https://pay.example/f"), Upv::V1_0, &SameHostOnly);
    assert_eq!(
        kept,
        [
            facet("https://pay.example:8443"),
            facet("ios:bundle-id:com.example")
        ]
    );
}

#[test]
fn a_caller_has_to_be_listed() {
    let app_id = app("https://pay.example/f");
    let list = list(&[
        "https://shop.example:443/",
        "https://pay.example",
        "android:apk-key-hash:abc",
    ]);
    let authorizes = |caller: &str| list.authorizes(&facet(caller), &app_id, Upv::V1_1, &SameHostOnly);
    assert!(authorizes("https://pay.example"));
    assert!(authorizes("https://Pay.Example:443"));
    assert!(authorizes("android:apk-key-hash:abc"));
    assert!(!authorizes("android:apk-key-hash:abd"));
    assert!(!authorizes("https://pay.example:8443"));
    assert!(!authorizes("https://shop.example"), "another owner's host");
}

#[test]
fn the_entry_of_the_message_s_version_is_taken() {
    let entry = |version, id: &str| TrustedFacets {
        version,
        ids: vec![id.to_owned()],
    };
    let both = TrustedFacetsList {
        trusted_facets: vec![entry(Upv::V1_0, "ios:old"), entry(Upv::V1_1, "ios:new")],
    };
    let app_id = app("https://pay.example/f");
    assert_eq!(both.facets(&app_id, Upv::V1_1, &SameHostOnly), [facet("ios:new")]);
    assert_eq!(both.facets(&app_id, Upv::V1_0, &SameHostOnly), [facet("ios:old")]);
    let newer = TrustedFacetsList {
        trusted_facets: vec![entry(Upv::V1_1, "ios:new")],
    };
    assert!(
        newer.facets(&app_id, Upv::V1_0, &SameHostOnly).is_empty(),
        "1.1 does not stand for 1.0"
    );
}

#[test]
fn a_published_list_speaks_of_both_versions_and_comes_back() {
    let published = TrustedFacetsList::for_all_versions(&[facet("https://pay.example")]);
    assert_eq!(published.trusted_facets.len(), 2);
    assert_eq!(TrustedFacetsList::decode(&published.encode()), Ok(published));
}

#[test]
fn a_list_that_breaks_a_rule_is_refused() {
    let text = r#"{"trustedFacets":[{"version":{"major":1,"minor":0},"ids":["ios:x"]}]}"#;
    TrustedFacetsList::decode(text).expect("the list without the flaw is accepted");
    for (part, flaw) in [
        (r#""ids":["ios:x"]"#, r#""ids":"ios:x""#),
        (r#""ids":["ios:x"]"#, r#""ids":[1]"#),
        (r#""minor":0"#, r#""minor":"0""#),
        (r#""minor":0"#, r#""minor":0,"minor":1"#),
        ("trustedFacets", "trustedFacet"),
    ] {
        assert!(
            TrustedFacetsList::decode(&text.replace(part, flaw)).is_err(),
            "{flaw}"
        );
    }
}

#[test]
fn an_origin_is_the_same_facet_with_or_without_its_empty_path() {
    let ours = facet("https://pay.example");
    for spelling in [
        "https://pay.example",
        "https://pay.example/",
        "https://PAY.example",
        "HTTPS://pay.example:443/",
    ] {
        assert!(is_same_facet(&facet(spelling), &ours), "{spelling}");
    }
    for other in [
        "https://pay.example/path",
        "https://pay.example//",
        "https://pay.example?x",
        "https://pay.example/#x",
        "https://user@pay.example",
        "https://pay.example:8443",
        "https://pay.example.",
        "https://www.pay.example",
        "http://pay.example",
    ] {
        assert!(!is_same_facet(&facet(other), &ours), "{other}");
    }
    assert!(is_same_facet(&facet("ios:a"), &facet("ios:a")));
    assert!(
        !is_same_facet(&facet("ios:a"), &facet("ios:A")),
        "only origins are folded"
    );
}

#[test]
fn a_list_may_speak_of_versions_that_we_do_not() {
    let text = r#"{"trustedFacets":[{"version":{"major":1,"minor":2},"ids":["ios:new"]},
        {"version":{"major":1,"minor":1},"ids":["ios:ours"]}]}"#;
    let list = TrustedFacetsList::decode(text).expect("other versions are no flaw");
    let kept = list.facets(&app("https://pay.example/f"), Upv::V1_1, &SameHostOnly);
    assert_eq!(kept, [facet("ios:ours")]);
}

#[test]
fn odd_urls_have_no_origin() {
    for url in [
        "https://",
        "https://:443",
        "https://a:b",
        "https://a:70000",
        "https://a b",
        "https://[::1",
        "https:/a",
    ] {
        assert_eq!(Origin::of_https(url), None, "{url}");
    }
    let address = Origin::of_https("HTTPS://[::1]:8443/x").expect("an address");
    assert_eq!(
        (address.host(), address.to_string().as_str()),
        ("[::1]", "https://[::1]:8443")
    );
}

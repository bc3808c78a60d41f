use super::{AllowedOrigins, Origin, OriginError, OwnNames};

#[test]
fn an_origin_is_taken_as_a_browser_writes_it_and_in_no_other_form() {
    for good in [
        "https://shop.example",
        "https://shop.example:8443",
        "http://localhost:8787",
        "http://127.0.0.1:1",
        "http://[::1]:8787",
        "https://xn--bcher-kva.example",
        "http://localhost",
    ] {
        assert_eq!(
            good.parse::<Origin>().map(|origin| origin.to_string()),
            Ok(good.to_owned())
        );
    }
    for (bad, why) in [
        ("*", OriginError::Wildcard),
        ("https://*.shop.example", OriginError::Wildcard),
        ("null", OriginError::Null),
        ("http://shop.example", OriginError::Scheme),
        ("http://localhost.evil.example", OriginError::Scheme),
        ("http://127.0.0.2", OriginError::Scheme),
        ("file://", OriginError::Scheme),
        ("shop.example", OriginError::Scheme),
        ("https://", OriginError::Form),
        ("https://Shop.example", OriginError::Form),
        ("https://shop.example/", OriginError::Form),
        ("https://shop.example:443", OriginError::Form),
        ("https://shop.example:0443", OriginError::Form),
        ("https://shop.example:+443", OriginError::Form),
        ("https://shop.example:0", OriginError::Form),
        ("https://shop..example", OriginError::Form),
        ("https://a@shop.example", OriginError::Form),
        ("https://[::g]", OriginError::Form),
        ("http://localhost:80", OriginError::Form),
    ] {
        assert_eq!(bad.parse::<Origin>(), Err(why), "{bad}");
    }
}

#[test]
fn an_allowed_origin_is_found_byte_for_byte() {
    let shop: Origin = "https://shop.example".parse().unwrap();
    let allowed = AllowedOrigins::new(vec![shop.clone()]);
    assert_eq!(allowed.find("https://shop.example"), Some(&shop));
    for other in [
        "https://shop.example.evil.example",
        "https://shop.example:8443",
        "http://shop.example",
        "https://shop.exampl",
        "null",
        "",
    ] {
        assert_eq!(allowed.find(other), None, "{other}");
    }
}

#[test]
fn only_loopback_names_with_the_own_port_are_the_agent() {
    let own = OwnNames::of(8788);
    for good in ["127.0.0.1:8788", "localhost:8788", "[::1]:8788"] {
        assert!(own.accept(good), "{good}");
    }
    for bad in [
        "127.0.0.1",
        "127.0.0.1:8787",
        "127.0.0.1:08788",
        "rebound.example:8788",
        "localhost.:8788",
        "LOCALHOST:8788",
        "127.1:8788",
        "[::]:8788",
        "",
    ] {
        assert!(!own.accept(bad), "{bad}");
    }
    assert!(OwnNames::of(80).accept("localhost"));
}

//! Who may knock: `Host` and `Origin`, on each side.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use serde_json::json;
use smile_agent::{AgentError, RunningAgent};

use crate::stage::{EVIL, SHOP, Stage};
use crate::wire::{Record, Socket, call};

#[test]
fn only_an_allowed_origin_reaches_the_shops_side_and_is_told_so_by_name() {
    let stage = Stage::new();
    let good = stage.ask(SHOP, None, "GET /.well-known/smile-agent", None);
    assert_eq!(good.status, 200);
    assert_eq!(
        good.json(),
        json!({"name": "smile-agent", "version": env!("CARGO_PKG_VERSION"), "paired": false})
    );
    assert_eq!(good.header("access-control-allow-origin"), Some(SHOP));
    assert_eq!(good.header("vary"), Some("Origin"));
    assert_eq!(good.header("access-control-allow-credentials"), None);
    for line in [
        "GET /.well-known/smile-agent",
        "POST /v1/pairings",
        "OPTIONS /v1/operations",
        "GET /v1/none",
    ] {
        for origin in [
            EVIL,
            "null",
            "*",
            "http://shop.example",
            "https://shop.example/",
            "https://SHOP.example",
        ] {
            let bad = stage.ask(origin, None, line, None);
            assert_eq!(
                (bad.status, bad.code().as_str()),
                (403, "origin_refused"),
                "{line} {origin}"
            );
            assert_eq!(bad.header("access-control-allow-origin"), None, "{line} {origin}");
        }
        let host = stage.host();
        let without = call(stage.address(), line, &[("Host", &host)], b"", &stage.shops);
        assert_eq!(
            (without.status, without.code().as_str()),
            (403, "origin_refused"),
            "{line}"
        );
        let twice = [("Host", host.as_str()), ("Origin", SHOP), ("Origin", SHOP)];
        assert_eq!(
            call(stage.address(), line, &twice, b"", &stage.shops).status,
            403,
            "{line}"
        );
    }
}

#[test]
fn a_name_that_leads_to_loopback_but_is_not_the_agents_is_refused() {
    let stage = Stage::new();
    let port = stage.address().port();
    for good in [
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}"),
        format!("[::1]:{port}"),
    ] {
        let headers = [("Host", good.as_str()), ("Origin", SHOP)];
        let reply = call(
            stage.address(),
            "GET /.well-known/smile-agent",
            &headers,
            b"",
            &Record::default(),
        );
        assert_eq!(reply.status, 200, "{good}");
        let own = call(
            stage.address(),
            "GET /",
            &[("Host", &good)],
            b"",
            &Record::default(),
        );
        assert_eq!(own.status, 200, "{good}");
    }
    let rebound = format!("rebound.example:{port}");
    for bad in [rebound.as_str(), "127.0.0.1", "localhost:1", ""] {
        for line in [
            "GET /.well-known/smile-agent",
            "GET /",
            "GET /pairings/list",
            "GET /enrol",
        ] {
            let headers = [("Host", bad), ("Origin", SHOP)];
            let reply = call(stage.address(), line, &headers, b"", &Record::default());
            // The HTTP library answers an empty name itself.
            assert!(
                matches!(reply.status, 400 | 403),
                "{line} {bad}: {}",
                reply.status
            );
            if reply.status == 403 {
                assert_eq!(reply.code(), "host_refused", "{line} {bad}");
            }
        }
    }
    let own = stage.host();
    let twice = [
        ("Host", own.as_str()),
        ("Host", "rebound.example"),
        ("Origin", SHOP),
    ];
    let reply = call(
        stage.address(),
        "GET /.well-known/smile-agent",
        &twice,
        b"",
        &Record::default(),
    );
    assert!(matches!(reply.status, 400 | 403));
    let absolute = format!("GET http://rebound.example:{port}/.well-known/smile-agent");
    let headers = [("Host", own.as_str()), ("Origin", SHOP)];
    let reply = call(stage.address(), &absolute, &headers, b"", &Record::default());
    assert_eq!(reply.code(), "host_refused");
}

#[test]
fn the_agent_listens_on_loopback_alone_and_on_both_of_its_addresses() {
    let stage = Stage::new();
    let port = stage.address().port();
    assert!(stage.address().ip().is_loopback());
    // Every other address of 127.0.0.0/8 is this machine too, and an agent that listened everywhere would answer there.
    assert!(TcpStream::connect(("127.0.0.2", port)).is_err());
    TcpStream::connect(("127.0.0.1", port)).unwrap();
    if TcpListener::bind("[::1]:0").is_ok() {
        TcpStream::connect(("::1", port)).unwrap();
    } else {
        println!("skipped: no IPv6 on this machine");
    }
}

#[test]
fn an_agent_does_not_start_where_somebody_else_would_answer_for_localhost() {
    let Ok(taken) = TcpListener::bind("[::1]:0") else {
        println!("skipped: no IPv6 on this machine");
        return;
    };
    let port = taken.local_addr().unwrap().port();
    let stage = Stage::new();
    let start = || RunningAgent::start(Arc::clone(&stage.running.agent), port);
    assert!(matches!(start(), Err(AgentError::Listen { .. })));
    drop(taken);
    assert_eq!(start().unwrap().addr.port(), port);
}

#[test]
fn a_preflight_names_methods_and_headers_and_no_old_private_network_header() {
    let stage = Stage::new();
    let host = stage.host();
    let headers = [
        ("Host", host.as_str()),
        ("Origin", SHOP),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "authorization,content-type"),
        ("Access-Control-Request-Private-Network", "true"),
    ];
    let reply = call(
        stage.address(),
        "OPTIONS /v1/operations",
        &headers,
        b"",
        &stage.shops,
    );
    assert_eq!(reply.status, 204);
    assert_eq!(reply.header("access-control-allow-origin"), Some(SHOP));
    assert_eq!(
        reply.header("access-control-allow-methods"),
        Some("GET, POST, DELETE")
    );
    assert_eq!(
        reply.header("access-control-allow-headers"),
        Some("authorization, content-type")
    );
    assert_eq!(reply.header("access-control-allow-private-network"), None);
}

#[test]
fn the_agents_own_pages_are_visited_by_link_and_read_by_nobody_else() {
    let stage = Stage::new();
    let visit = [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Dest", "document"),
    ];
    assert_eq!(stage.ask_own("GET /enrol", &visit, b"").status, 200);
    let script = [
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Mode", "cors"),
        ("Sec-Fetch-Dest", "empty"),
    ];
    assert_eq!(stage.ask_own("GET /pairings/list", &script, b"").status, 200);
    for elsewhere in [
        [
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Mode", "no-cors"),
            ("Sec-Fetch-Dest", "script"),
        ],
        [
            ("Sec-Fetch-Site", "same-site"),
            ("Sec-Fetch-Mode", "cors"),
            ("Sec-Fetch-Dest", "empty"),
        ],
        [
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Dest", "iframe"),
        ],
    ] {
        let reply = stage.ask_own("GET /pairings/list", &elsewhere, b"");
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (403, "origin_refused"),
            "{elsewhere:?}"
        );
    }
    // Also an allowed origin is nobody here.
    for origin in [SHOP, EVIL, "null"] {
        let reply = stage.ask_own("GET /pairings/list", &[("Origin", origin)], b"");
        assert_eq!(reply.code(), "origin_refused", "{origin}");
    }
}

#[test]
fn only_the_own_origin_acts_on_the_agents_side() {
    let stage = Stage::new();
    stage.pair(SHOP);
    let body = json!({"origin": SHOP}).to_string();
    let json = ("Content-Type", "application/json");
    for headers in [
        vec![json],
        vec![json, ("Origin", SHOP)],
        vec![json, ("Origin", "null")],
    ] {
        let reply = stage.ask_own("POST /pairings/forget", &headers, body.as_bytes());
        assert_eq!(reply.code(), "origin_refused", "{headers:?}");
    }
    let own = stage.own_origin();
    let reply = stage.ask_own(
        "POST /pairings/forget",
        &[json, ("Origin", &own)],
        body.as_bytes(),
    );
    assert_eq!(reply.json(), json!({"forgotten": true}));
}

#[test]
fn a_socket_of_the_wrong_origin_is_not_opened_on_either_side() {
    let stage = Stage::new();
    let (host, own) = (stage.host(), stage.own_origin());
    let connect = |path: &str, headers: &[(&str, &str)]| {
        Socket::connect(stage.address(), path, headers, &Record::default())
    };
    let path = "/operations/op_x/socket";
    for headers in [
        vec![("Host", host.as_str())],
        vec![("Host", host.as_str()), ("Origin", SHOP)],
        vec![("Host", host.as_str()), ("Origin", "null")],
        vec![("Host", "rebound.example"), ("Origin", "http://rebound.example")],
    ] {
        assert_eq!(connect(path, &headers).refusal(), 403, "{headers:?}");
        assert_eq!(connect("/enrol/socket", &headers).refusal(), 403, "{headers:?}");
    }
    connect(path, &[("Host", &host), ("Origin", &own)]).open();
    let events = "/v1/operations/op_x/events";
    for origin in [EVIL, "null", own.as_str()] {
        assert_eq!(
            connect(events, &[("Host", &host), ("Origin", origin)]).refusal(),
            403,
            "{origin}"
        );
    }
    connect(events, &[("Host", &host), ("Origin", SHOP)]).open();
}

#[test]
fn a_page_that_asks_too_often_is_told_to_slow_down_and_another_is_not() {
    let stage = Stage::new();
    let ask = |origin| stage.ask(origin, None, "GET /.well-known/smile-agent", None);
    for _ in 0..240 {
        assert_eq!(ask(SHOP).status, 200);
    }
    let slow = ask(SHOP);
    assert_eq!((slow.status, slow.code().as_str()), (429, "too_many_requests"));
    // Without it the page could not read why.
    assert_eq!(slow.header("access-control-allow-origin"), Some(SHOP));
    assert_eq!(ask(crate::stage::OTHER).status, 200);
    stage.clock.advance(10_000);
    assert_eq!(ask(SHOP).status, 200);
}

#[test]
fn what_is_not_there_what_is_too_long_and_what_is_no_json_is_refused_by_name() {
    let (stage, token) = Stage::paired();
    let ask = |line: &str| stage.ask(SHOP, Some(&token), line, None);
    assert_eq!(ask("GET /v1/nothing").code(), "endpoint_unknown");
    assert_eq!(ask("PUT /v1/operations").code(), "method_not_allowed");
    assert_eq!(
        stage.ask_own("GET /parts/none.js", &[], b"").code(),
        "endpoint_unknown"
    );
    let long = stage.open(&token, &"x".repeat(140 * 1024));
    assert_eq!((long.status, long.code().as_str()), (413, "body_too_large"));
    let host = stage.host();
    let bearer = format!("Bearer {token}");
    let send = |media_type: &str, body: &str| {
        let headers = [
            ("Host", host.as_str()),
            ("Origin", SHOP),
            ("Authorization", bearer.as_str()),
            ("Content-Type", media_type),
        ];
        call(
            stage.address(),
            "POST /v1/operations",
            &headers,
            body.as_bytes(),
            &stage.shops,
        )
        .code()
    };
    let good = json!({"uaf_request": crate::stage::registration()}).to_string();
    assert_eq!(send("text/plain", &good), "body_malformed");
    assert_eq!(send("application/json", "{\"uaf_request\":"), "body_malformed");
    assert_eq!(
        send("application/json", "{\"uaf_request\":\"[]\",\"more\":1}"),
        "body_malformed"
    );
    assert_eq!(
        send("application/json", "{\"uaf_request\":\"[]\"}"),
        "uaf_request_refused"
    );
    assert_eq!(send("application/json; charset=utf-8", &good), "");
}

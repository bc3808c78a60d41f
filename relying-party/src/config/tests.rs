use super::{Config, ConfigError, Engine, Profile};

const EXAMPLE: &str = include_str!("../../smile-rp.example.toml");

fn refusal(text: &str) -> String {
    Config::from_toml(text).expect_err("refused").to_string()
}

#[test]
fn the_example_file_is_accepted() {
    let config = Config::from_toml(EXAMPLE).expect("the example is right");
    assert_eq!(config.data.engine, Engine::Sled);
    assert_eq!(config.api_keys.len(), 1);
}

#[test]
fn an_unknown_key_is_refused_by_name_in_every_table() {
    let tables = [
        "[server]",
        "[relying_party]",
        "[[api_keys]]",
        "[limits]",
        "[data]",
        "[uaf]",
        "[uaf.channel_binding]",
        "[processor]",
        "[log]",
        "[conformance]",
    ];
    for table in tables {
        let flawed = EXAMPLE.replacen(table, &format!("{table}\nsurprise = 1"), 1);
        assert_ne!(flawed, EXAMPLE, "{table} is in the example");
        let message = refusal(&flawed);
        assert!(message.contains("surprise"), "{table}: {message}");
    }
    assert!(refusal(&format!("surprise = 1\n{EXAMPLE}")).contains("surprise"));
}

/// Replaces the line that sets `key` by `value` and expects a lint that names `named`.
fn expect_lint(key: &str, value: &str, named: &str) {
    let line = EXAMPLE
        .lines()
        .find(|line| line.split('=').next().map(str::trim) == Some(key))
        .expect("the example sets this key");
    let message = refusal(&EXAMPLE.replacen(line, &format!("{key} = {value}"), 1));
    assert!(message.contains(named), "{key} = {value}: {message}");
}

#[test]
fn a_value_outside_its_range_is_refused_by_the_name_of_its_key() {
    expect_lint("workers", "0", "server.workers");
    expect_lint("request_timeout_ms", "1", "server.request_timeout_ms");
    expect_lint("shutdown_timeout_s", "301", "server.shutdown_timeout_s");
    expect_lint("docs_url", "\"\"", "server.docs_url");
    expect_lint("docs_url", "\"https://pay.example/docs/\"", "server.docs_url");
    expect_lint("docs_url", "\"a b\"", "server.docs_url");
    expect_lint("kind", "\"test\"", "processor.kind");
    expect_lint("kind", "\"http\"", "processor.url");
    expect_lint("kind", "\"http\"", "processor.secret_file");
    for url in [
        "https://127.0.0.1",
        "http://10.0.0.1",
        "http://localhost:8790",
        "http://localhost.example",
        "http://127.0.0.1:0",
        "http://127.0.0.1:x",
    ] {
        expect_lint("kind", &format!("\"http\"\nurl = \"{url}\""), "processor.url");
    }
    let name = "\"none\"\nname = \"bank.example\"";
    let named = EXAMPLE.replacen("kind = \"none\"", &format!("kind = {name}"), 1);
    assert_ne!(named, EXAMPLE);
    assert!(Config::from_toml(&named).is_ok());
    for name in ["", "the bank", "test"] {
        expect_lint("kind", &format!("\"none\"\nname = \"{name}\""), "processor.name");
    }
    expect_lint("timeout_ms", "99", "processor.timeout_ms");
    expect_lint("retries", "6", "processor.retries");
    expect_lint("backoff_ms", "9", "processor.backoff_ms");
    expect_lint("tenant", "\"Stamps!\"", "relying_party.tenant");
    expect_lint("app_id", "\"http://shop.example\"", "relying_party.app_id");
    expect_lint("facets", "[]", "relying_party.facets");
    expect_lint(
        "facets",
        "[\"https://shop.example/path\"]",
        "relying_party.facets[0]",
    );
    expect_lint("facets", "[\"http://shop.example\"]", "relying_party.facets[0]");
    expect_lint("facets", "[\"shop.example\"]", "relying_party.facets[0]");
    expect_lint("name", "\"\"", "api_keys[0].name");
    expect_lint("sha256", "\"12\"", "api_keys[0].sha256");
    expect_lint("folder", "\"\"", "data.folder");
    expect_lint("metadata_folder", "\"\"", "uaf.metadata_folder");
    expect_lint("challenge_lifetime_s", "301", "uaf.challenge_lifetime_s");
    expect_lint("fonts", "[\"a.ttf\", \"\"]", "pictures.fonts");
    expect_lint("fonts", "[\"a.ttf\", \"b.ttf\", \"a.ttf\"]", "pictures.fonts");
    expect_lint("level", "\"loud\"", "log.level");
    expect_lint("mode", "\"required\"", "uaf.channel_binding.mode");
    expect_lint(
        "certificates",
        "[\"a.pem\", \"\"]",
        "uaf.channel_binding.certificates[1]",
    );
    expect_lint("enabled", "true", "conformance.enabled");
}

#[test]
fn a_value_of_another_type_is_refused() {
    expect_lint("engine", "\"floppy\"", "floppy");
    expect_lint("mode", "\"sometimes\"", "sometimes");
    expect_lint("listen", "\"somewhere\"", "listen");
    expect_lint("profile", "\"staging\"", "staging");
}

#[test]
fn the_test_api_is_on_only_where_profile_and_switch_say_so() {
    let example = Config::from_toml(EXAMPLE).expect("the example is right");
    assert_eq!(example.server.profile, Profile::Production);
    assert!(!example.has_conformance());
    let on = EXAMPLE.replace("enabled = false", "enabled = true");
    let refused = refusal(&on);
    assert!(
        refused.contains("conformance.enabled") && refused.contains("server.profile"),
        "{refused}"
    );
    // Also a configuration that nobody linted opens nothing.
    let unlinted: Config = toml::from_str(&on).expect("TOML");
    assert!(!unlinted.has_conformance());
    let development = on.replace("profile = \"production\"", "profile = \"development\"");
    let config = Config::from_toml(&development).expect("both keys are turned");
    assert!(config.has_conformance());
    assert_eq!(config.conformance.facets.len(), 3);
    for (part, flaw, named) in [
        ("\"ios:bundle-id:org", "\"ios:org", "conformance.facets[0]"),
        (
            "metadata_folder = \"conformance-metadata\"",
            "metadata_folder = \"\"",
            "conformance.metadata_folder",
        ),
    ] {
        let flawed = development.replace(part, flaw);
        assert_ne!(flawed, development);
        assert!(refusal(&flawed).contains(named), "{flaw}");
    }
}

/// Experimental, so off unless the file says otherwise, and of no use without a host to bind keys to.
#[test]
fn the_experimental_scheme_is_off_by_default_and_needs_an_https_app_id() {
    let line = "experimental_wav1cbor = false";
    let silent = EXAMPLE.replacen(line, "", 1);
    assert_ne!(silent, EXAMPLE);
    let with = |text: &str| Config::from_toml(text).map(|config| config.uaf.experimental_wav1cbor);
    assert!(!with(EXAMPLE).expect("the example is right"));
    assert!(!with(&silent).expect("it may be left out"));
    let on = EXAMPLE.replacen(line, "experimental_wav1cbor = true", 1);
    assert!(with(&on).expect("an https AppID"));
    let facet = "\"https://shop.example/uaf/facets\"";
    let own = on.replacen(facet, "\"android:apk-key-hash:2jmj7l5rSw0yVb/vlWAYkK/YBwk\"", 1);
    // What begins like an address and has no host is none either: every assertion would be refused.
    let hostless = on.replacen(facet, "\"https://:8443/uaf/facets\"", 1);
    for without_host in [&own, &hostless] {
        let refused = refusal(without_host);
        assert!(
            refused.contains("uaf.experimental_wav1cbor") && refused.contains("experimental)"),
            "{refused}"
        );
    }
    with(&own.replacen("experimental_wav1cbor = true", line, 1)).expect("off, the AppID is its own facet");
}

#[test]
fn a_channel_binding_is_compared_with_something() {
    let with = |keys: &str| {
        let old = "mode = \"off\" ";
        assert!(EXAMPLE.contains(old));
        Config::from_toml(&EXAMPLE.replacen(old, &format!("{keys}\nmode = \"required\" "), 1))
    };
    let words = |keys: &str| with(keys).expect_err("refused").to_string();
    for (header, key) in [
        ("", "tls_unique_header"),
        ("X-Tls", "tls_unique_header"),
        ("x tls", "cid_pubkey_header"),
        ("x_tls", "cid_pubkey_header"),
    ] {
        let refused = words(&format!("{key} = \"{header}\""));
        assert!(refused.contains(key), "{refused}");
    }
    let twice = words("tls_unique_header = \"x-tls\"\ncid_pubkey_header = \"x-tls\"");
    assert!(twice.contains("uaf.channel_binding.cid_pubkey_header"), "{twice}");
    for header in ["tls_unique_header", "cid_pubkey_header"] {
        with(&format!("{header} = \"x-tls\"")).expect("there is something to compare with");
    }
    let both = "tls_unique_header = \"x-tls-1\"\ncid_pubkey_header = \"x-tls-2\"";
    with(both).expect("two headers");
}

#[test]
fn an_app_id_without_tls_is_taken_where_it_is_the_facet_itself() {
    let own = EXAMPLE
        .lines()
        .map(|line| match line.split('=').next().map(str::trim) {
            Some("app_id") => "app_id = \"http://127.0.0.1:9\"",
            Some("facets") => "facets = [\"http://127.0.0.1:9\"]",
            _ => line,
        })
        .collect::<Vec<_>>()
        .join("\n");
    Config::from_toml(&own).expect("the AppID is its own facet");
}

#[test]
fn all_broken_rules_are_reported_at_once() {
    let text = EXAMPLE
        .replace("workers = 2", "workers = 0")
        .replace("level = \"info\"", "level = \"\"");
    match Config::from_toml(&text) {
        Err(ConfigError::Refused(lints)) => assert_eq!(lints.len(), 2, "{lints:?}"),
        other => panic!("expected two lints, got {other:?}"),
    }
}

#[test]
fn sled_needs_a_folder_and_memory_does_not() {
    let without: String = EXAMPLE
        .lines()
        .filter(|line| !line.starts_with("folder"))
        .collect::<Vec<_>>()
        .join("\n");
    assert!(refusal(&without).contains("data.folder"));
    Config::from_toml(&without.replace("\"sled\"", "\"memory\"")).expect("memory lives without a folder");
}

#[test]
fn folders_are_taken_from_the_folder_of_the_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("smile-rp.toml");
    std::fs::write(&path, EXAMPLE).expect("written");
    let config = Config::load(&path).expect("the example is right");
    assert!(config.uaf.metadata_folder.starts_with(folder.path()));
    let tests = config.conformance.metadata_folder.expect("set");
    assert!(tests.starts_with(folder.path()));
    assert!(config.data.folder.expect("set").starts_with(folder.path()));
}

#[test]
fn a_missing_file_is_named() {
    let message = Config::load(std::path::Path::new("no-such.toml"))
        .expect_err("missing")
        .to_string();
    assert!(message.contains("no-such.toml"), "{message}");
}

/// The example with these lines in `[server]`, and with these facets.
fn with_server(lines: &str, facets: &str) -> String {
    let line = EXAMPLE
        .lines()
        .find(|line| line.starts_with("facets ="))
        .expect("the example has facets");
    EXAMPLE
        .replacen(line, &format!("facets = {facets}"), 1)
        .replacen("[server]", &format!("[server]\n{lines}"), 1)
        .replacen("profile = \"production\"", "", 1)
}

#[test]
fn hosted_pages_live_at_a_trusted_origin() {
    let at = |url: &str, facets: &str| with_server(&format!("public_url = \"{url}\""), facets);
    let shop = "[\"https://shop.example\"]";
    assert!(Config::from_toml(&at("https://shop.example", shop)).is_ok());
    for bad in [
        "https://pay.example",
        "https://shop.example/",
        "https://shop.example/pay",
        "HTTPS://shop.example",
        "http://shop.example",
        "",
    ] {
        assert!(refusal(&at(bad, shop)).contains("server.public_url"), "{bad}");
    }
}

#[test]
fn pages_without_tls_are_for_development_on_loopback() {
    let at = |profile: &str, url: &str| {
        let lines = format!("profile = \"{profile}\"\npublic_url = \"{url}\"");
        with_server(&lines, &format!("[\"{url}\"]"))
    };
    assert!(Config::from_toml(&at("development", "http://127.0.0.1:8080")).is_ok());
    let refused = refusal(&at("production", "http://127.0.0.1:8080"));
    assert!(
        refused.contains("server.public_url") && refused.contains("relying_party.facets[0]"),
        "{refused}"
    );
    assert!(refusal(&at("development", "http://10.0.0.1:8080")).contains("relying_party.facets[0]"));
}

#[test]
fn the_agent_of_a_page_is_on_the_payers_own_machine() {
    let at = |url: &str| with_server(&format!("agent_url = \"{url}\""), "[\"https://shop.example\"]");
    assert!(Config::from_toml(&at("http://127.0.0.1:9000")).is_ok());
    for bad in [
        "https://127.0.0.1:9000",
        "http://agent.example",
        "http://127.0.0.1:9000/",
        "127.0.0.1:9000",
    ] {
        assert!(refusal(&at(bad)).contains("server.agent_url"), "{bad}");
    }
}

use smile_authenticator::AttestationMode;
use smile_weights::Home;

use super::{DEFAULT_PORT, Settings};

fn read(text: &str) -> Result<Settings, String> {
    Settings::at(Home::at("nowhere")).with_file(text)
}

#[test]
fn a_whole_file_is_read() {
    let text = "port = 9000\nallowed_origins = [\"https://shop.example\", \"http://localhost:8787\"]\n\
        aaid = \"ABCD#0001\"\nattestation = \"basic_surrogate\"\n\
        [app_id_servers]\n\"https://pay.example/uaf/facets\" = \"http://127.0.0.1:8080\"\n";
    let settings = read(text).unwrap();
    assert_eq!(settings.port, 9000);
    assert_eq!(settings.allowed.all().len(), 2);
    assert_eq!(settings.authenticator().aaid().to_string(), "ABCD#0001");
    assert_eq!(settings.attestation, AttestationMode::BasicSurrogate);
}

#[test]
fn each_wrong_member_is_named() {
    assert_eq!(read("").unwrap().port, DEFAULT_PORT);
    for (text, named) in [
        ("allowed_origins = [\"*\"]", "allowed_origins"),
        ("allowed_origins = [\"null\"]", "allowed_origins"),
        ("allowed_origins = [\"http://shop.example\"]", "allowed_origins"),
        ("allowed_origin = []", "allowed_origin"),
        ("port = 70000", "port"),
        ("aaid = \"FFFF5301\"", "aaid"),
        ("attestation = \"full\"", "attestation"),
        (
            "[app_id_servers]\n\"https://a.example\" = \"http://b.example\"",
            "app_id_servers",
        ),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(named), "{text}: {error}");
    }
}

#[test]
fn a_file_that_is_named_has_to_be_there_and_the_usual_one_has_not() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path());
    Settings::load(home.clone(), None).unwrap();
    let missing = folder.path().join("other.toml");
    assert!(Settings::load(home.clone(), Some(&missing)).is_err());
    std::fs::create_dir(folder.path().join("agent")).unwrap();
    std::fs::write(folder.path().join("agent/agent.toml"), "port = 1").unwrap();
    assert_eq!(Settings::load(home, None).unwrap().port, 1);
}

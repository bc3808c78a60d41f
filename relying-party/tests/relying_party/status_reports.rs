//! Status reports from the metadata folder to the verdict 1493, and statements of version 3.

use crate::signer::{METADATA, Signer};
use crate::world::{On, World};
use serde_json::{Value, json};
use smile_protocol::metadata::MetadataStatement;
use std::path::Path;

/// Puts an entry with these reports in the place of the signer's statement.
fn report(folder: &Path, reports: &Value) {
    let statement: Value = serde_json::from_str(METADATA).expect("JSON");
    let entry = json!({"aaid": statement["aaid"], "metadataStatement": statement, "statusReports": reports});
    let path = folder.join("metadata/signer.json");
    std::fs::write(path, entry.to_string()).expect("written");
}

fn revoked() -> Value {
    json!([{"status": "FIDO_CERTIFIED"}, {"status": "REVOKED", "effectiveDate": "2025-01-01"}])
}

#[test]
pub fn a_revoked_model_registers_nothing_and_signs_nothing() {
    let world = World::new(On::Memory);
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment("alice");
    let message = signer.authenticate(&world.payment_request(&payment)).message();
    // The operator learns of it and restarts the server.
    let after = world.again(|folder, _| report(folder, &revoked()));
    let refused = |verdict: &Value| {
        assert_eq!(verdict["statusCode"], 1493, "{verdict}");
        let words = verdict["description"].as_str().expect("a rule");
        assert!(words.contains("REVOKED"), "{words}");
    };
    refused(&after.respond(&message));
    refused(&after.uaf_get("Auth", &json!({"clientSecret": payment["client_secret"]})));
    let request = after.registration_request("bob");
    assert!(request.contains("disallowed"), "{request}");
    refused(&after.respond(&Signer::number(2).register(&request).message()));
    assert_eq!(after.payment_status(&payment), "requires_action");
    // Reports that have not come into effect, and ones that mean nothing here, refuse nothing.
    let harmless = json!([{"status": "REVOKED", "effectiveDate": "2999-01-01"}, {"status": "NEWS"}]);
    let later = world.again(|folder, _| report(folder, &harmless));
    let message = signer.authenticate(&later.payment_request(&payment)).message();
    assert_eq!(later.respond(&message)["statusCode"], 1200);
    later.register("bob", &Signer::number(2));
}

#[test]
fn a_statement_of_version_3_registers_the_same_model() {
    let world = World::configured(|folder, _| {
        let statement = MetadataStatement::decode(METADATA).expect("sound");
        let text = statement.encode_v3("the terms").expect("all has names");
        std::fs::write(folder.join("metadata/signer.json"), text).expect("written");
    });
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment("alice");
    let message = signer.authenticate(&world.payment_request(&payment)).message();
    assert_eq!(world.respond(&message)["statusCode"], 1200);
}

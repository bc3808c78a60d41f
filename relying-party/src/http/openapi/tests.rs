//! The document has the routes of the application, and the application has those of the document.

use super::document;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::entropy::SystemEntropy;
use crate::http::app;
use crate::service::{RefusalCode, Service};
use crate::store::MemoryStore;
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Pages for people, and the document itself: what is described is what programs ask for.
const PAGES: &[&str] = &["/dashboard", "/docs", "/openapi.json", "/pay/", "/smile."];

const METHODS: [Method; 5] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
];

/// Of an authenticator that nobody has: the server does not start without one.
const STATEMENT: &str = r#"{"aaid":"FFFF#5398","description":"Nobody's","authenticatorVersion":1,
"upv":[{"major":1,"minor":1}],"assertionScheme":"UAFV1TLV","authenticationAlgorithm":1,"publicKeyAlgAndEncoding":256,
"attestationTypes":[15880],"userVerificationDetails":[[{"userVerification":16}]],"keyProtection":1,"matcherProtection":1,
"attachmentHint":1,"isSecondFactorOnly":false,"tcDisplay":3,"tcDisplayContentType":"text/plain",
"attestationRootCertificates":[]}"#;

fn service() -> (tempfile::TempDir, Arc<Service>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("statement.json"), STATEMENT).expect("it can be written");
    let path = folder.path().display();
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n\
         [relying_party]\ntenant = \"stamps\"\napp_id = \"https://shop.example\"\nfacets = [\"https://shop.example\"]\n\
         [[api_keys]]\nname = \"nobody\"\nsha256 = \"{}\"\n\
         [data]\nengine = \"memory\"\nfolder = \"{path}\"\n[uaf]\nmetadata_folder = \"{path}\"\n",
        "0".repeat(64)
    );
    let config = Config::from_toml(&text).expect("the configuration is right");
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let service = Service::with_store(&config, Arc::new(MemoryStore::new()), clock, entropy);
    (folder, Arc::new(service.expect("the service opens")))
}

/// `GET /path` for each method of each route that the application has.
async fn routes() -> BTreeSet<String> {
    let (_folder, service) = service();
    let app = init_service(app(service, Duration::from_secs(1), "docs".to_owned(), None)).await;
    let asked = call_service(&app, TestRequest::get().uri("/healthz").to_request()).await;
    // The library keeps its patterns to itself, but prints them.
    let printed = format!("{:?}", asked.request().resource_map());
    assert!(
        !printed.contains("List("),
        "a route of several patterns has to be read here too"
    );
    let patterns = printed.split("Single(\"").skip(1);
    let paths: BTreeSet<&str> = patterns
        .filter_map(|rest| rest.split('"').next())
        .filter(|path| path.starts_with('/') && !PAGES.iter().any(|page| path.starts_with(page)))
        .collect();
    let mut routes = BTreeSet::new();
    for path in paths {
        for method in METHODS {
            let request = TestRequest::default()
                .method(method.clone())
                .uri(&path.replace(['{', '}'], ""));
            let answer = call_service(&app, request.to_request()).await;
            if answer.status() == StatusCode::METHOD_NOT_ALLOWED {
                continue;
            }
            if answer.status() == StatusCode::NOT_FOUND {
                let problem: Value = read_body_json(answer).await;
                assert_ne!(
                    problem["code"], "endpoint_unknown",
                    "{path} is no pattern of the application's"
                );
            }
            routes.insert(format!("{method} {path}"));
        }
    }
    routes
}

/// `GET /path` for each operation of the document.
fn operations() -> BTreeSet<String> {
    let document = serde_json::to_value(document()).expect("JSON");
    let paths = document["paths"].as_object().expect("an object");
    let each = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("an object").keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    each.collect()
}

#[actix_web::test]
async fn every_route_has_an_operation_and_every_operation_a_route() {
    let (routes, operations) = (routes().await, operations());
    let undescribed: Vec<_> = routes.difference(&operations).collect();
    assert!(
        undescribed.is_empty(),
        "describe in relying-party/src/http/openapi/operations: {undescribed:?}"
    );
    let gone: Vec<_> = operations.difference(&routes).collect();
    assert!(gone.is_empty(), "the application has no such route: {gone:?}");
    assert!(routes.contains("POST /v1/payment_intents/{id}/capture") && routes.len() > 20);
}

/// Every `$ref` below `value`.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_schema_is_used_and_every_reference_leads_to_one() {
    let document = serde_json::to_value(document()).expect("JSON");
    let mut referred = BTreeSet::new();
    references(&document, &mut referred);
    let schemas = document["components"]["schemas"].as_object().expect("an object");
    let headers = document["components"]["headers"].as_object().expect("an object");
    let schemas = schemas.keys().map(|name| format!("#/components/schemas/{name}"));
    let headers = headers.keys().map(|name| format!("#/components/headers/{name}"));
    let named: BTreeSet<String> = schemas.chain(headers).collect();
    assert_eq!(referred, named);
}

#[test]
fn every_operation_has_a_name_of_its_own_a_subject_and_a_good_answer() {
    let document = serde_json::to_value(document()).expect("JSON");
    let subjects: BTreeSet<&str> = document["tags"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|tag| tag["name"].as_str())
        .collect();
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("an object") {
        for (method, operation) in item.as_object().expect("an object") {
            assert!(
                names.insert(operation["operationId"].to_string()),
                "{method} {path}: its name is another's"
            );
            let subject = operation["tags"][0].as_str().expect("a subject");
            assert!(subjects.contains(subject), "{method} {path}: {subject}");
            let answers = operation["responses"].as_object().expect("an object");
            assert!(
                answers.keys().any(|status| status.starts_with('2')),
                "{method} {path}"
            );
            let named = operation["parameters"].as_array().map_or(0, |parameters| {
                parameters
                    .iter()
                    .filter(|parameter| parameter["in"] == "path")
                    .count()
            });
            assert_eq!(
                named,
                path.matches('{').count(),
                "{method} {path}: name each part of the path"
            );
        }
    }
}

#[test]
fn every_code_is_an_answer_of_some_operation() {
    let text = super::text();
    for code in RefusalCode::ALL
        .into_iter()
        .filter(|code| *code != RefusalCode::MethodNotAllowed)
    {
        assert!(
            text.contains(&format!("\"{}\"", code.as_str())),
            "{}",
            code.as_str()
        );
    }
}

//! Every answer that a test gets is one that `docs/openapi.json` describes: its status, its media type, its code and its
//! members. Members of answers are closed here, though clients have to bear new ones: a new one has to be described.

use crate::wire::Answer;
use serde_json::{Map, Value};
use smile_relying_party::http::openapi;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(openapi::text()).expect("the description is JSON"));

/// What is not described: pages for people, the document, and the test API, which no production server has.
const NOT_DESCRIBED: &[&str] = &[
    "/dashboard",
    "/docs",
    "/openapi.json",
    "/pay/",
    "/smile.",
    "/get",
    "/respond",
];

/// What of a schema says nothing about a value that is checked here: words; and patterns, which the stage `schema` of
/// tests/run checks.
const WORDS: &[&str] = &[
    "title",
    "description",
    "example",
    "examples",
    "pattern",
    "default",
];

/// The answer to `method path` must be a described one.
pub fn must_be(method: &str, path: &str, answer: &Answer) {
    let path = path.split('?').next().expect("text has a first part");
    if NOT_DESCRIBED.iter().any(|page| path.starts_with(page)) {
        return;
    }
    let wrong = fault(&method.to_lowercase(), path, answer);
    assert_eq!(wrong, None, "{method} {path} answers {answer:?}");
}

fn fault(method: &str, path: &str, answer: &Answer) -> Option<String> {
    let code = || {
        serde_json::from_slice::<Value>(&answer.body).ok()?["code"]
            .as_str()
            .map(str::to_owned)
    };
    let Some(item) = item(path) else {
        let refused = answer.status == 404 && code().as_deref() == Some("endpoint_unknown");
        return (!refused).then(|| "no such path is described".to_owned());
    };
    let Some(operation) = item.get(method) else {
        let refused = answer.status == 405 && code().as_deref() == Some("method_not_allowed");
        return (!refused).then(|| "no such method is described".to_owned());
    };
    let Some(response) = operation["responses"].get(answer.status.to_string()) else {
        return Some(format!("the status {} is not described", answer.status));
    };
    if let Some(name) = undescribed_header(response, answer) {
        return Some(format!("the header {name} is not described"));
    }
    let media_type = answer
        .header("content-type")
        .unwrap_or("")
        .split(';')
        .next()
        .unwrap_or("");
    let Some(content) = response["content"].get(media_type) else {
        return Some(format!("the media type {media_type:?} is not described"));
    };
    let schema = content.get("schema")?;
    match serde_json::from_slice(&answer.body) {
        Ok(value) => check(&[schema], &value, ""),
        Err(error) => Some(error.to_string()),
    }
}

/// Headers that a client of this interface goes by.
const HEADERS: &[&str] = &[
    "x-request-id",
    "idempotent-replayed",
    "smile-version",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "retry-after",
];

/// One of them that the answer has and that its description does not know.
fn undescribed_header(response: &Value, answer: &Answer) -> Option<&'static str> {
    let described = response["headers"].as_object();
    let knows =
        |name: &str| described.is_some_and(|all| all.keys().any(|one| one.eq_ignore_ascii_case(name)));
    HEADERS
        .iter()
        .copied()
        .find(|name| answer.header(name).is_some() && !knows(name))
}

/// What is described of a path: a template in words wins over one with names.
fn item(path: &str) -> Option<&'static Value> {
    let templates = DOCUMENT["paths"].as_object().expect("an object");
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let named: Vec<&str> = template.split('/').collect();
        let same = |(name, part): (&&str, &&str)| (name.starts_with('{') && !part.is_empty()) || name == part;
        named.len() == parts.len() && named.iter().zip(&parts).all(same)
    };
    let fitting = templates.iter().filter(|(template, _)| fits(template));
    fitting
        .min_by_key(|(template, _)| template.matches('{').count())
        .map(|(_, item)| item)
}

/// The first thing that is wrong with `value`, which has to be as all of `schemas` say.
fn check(schemas: &[&Value], value: &Value, at: &str) -> Option<String> {
    let rules = gathered(schemas);
    let mut members: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for rule in &rules {
        let described = rule.get("properties").and_then(Value::as_object);
        for (name, schema) in described.into_iter().flatten() {
            members.entry(name).or_default().push(schema);
        }
    }
    let broken = rules.iter().find_map(|rule| broken(rule, value, at));
    broken.or_else(|| match value {
        // Each of several ways has been looked at as a whole.
        Value::Object(_) if rules.iter().any(|rule| rule.contains_key("oneOf")) => None,
        Value::Object(object) => object.iter().find_map(|(name, value)| {
            let at = format!("{at}/{name}");
            match members.get(name.as_str()) {
                Some(schemas) => check(schemas, value, &at),
                None => Some(format!("{at} is not described")),
            }
        }),
        Value::Array(items) => {
            let schemas: Vec<&Value> = rules.iter().filter_map(|rule| rule.get("items")).collect();
            let mut items = items.iter().enumerate();
            items.find_map(|(index, item)| check(&schemas, item, &format!("{at}/{index}")))
        }
        _ => None,
    })
}

/// The schemas themselves, in place of what refers to them or holds all of them.
fn gathered<'v>(schemas: &[&'v Value]) -> Vec<&'v Map<String, Value>> {
    let mut found = Vec::new();
    for schema in schemas {
        let schema = schema.as_object().expect("a schema is an object");
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            let pointer = name.strip_prefix('#').expect("a reference into the document");
            found.extend(gathered(&[DOCUMENT
                .pointer(pointer)
                .expect("a test looks at all references")]));
        } else if let Some(all) = schema.get("allOf").and_then(Value::as_array) {
            found.extend(gathered(&all.iter().collect::<Vec<_>>()));
        } else {
            found.push(schema);
        }
    }
    found
}

/// Which rule of one schema the value itself breaks, its members and items left aside.
fn broken(rules: &Map<String, Value>, value: &Value, at: &str) -> Option<String> {
    let is_broken = |(name, rule): (&String, &Value)| {
        let length = || value.as_str().map_or(0, |text| text.chars().count() as u64);
        let items = || value.as_array().map(|items| items.len() as u64);
        let holds = match name.as_str() {
            "type" => match rule {
                Value::Array(kinds) => kinds.iter().any(|kind| is(kind, value)),
                kind => is(kind, value),
            },
            "enum" => rule.as_array().expect("a list").contains(value),
            "minimum" => value.is_null() || value.as_u64() >= rule.as_u64(),
            "maximum" => value.is_null() || (value.is_u64() && value.as_u64() <= rule.as_u64()),
            "minLength" => value.is_null() || length() >= rule.as_u64().expect("a length"),
            "maxLength" => length() <= rule.as_u64().expect("a length"),
            "minItems" => items().is_none_or(|count| Some(count) >= rule.as_u64()),
            "maxItems" => items().is_none_or(|count| Some(count) <= rule.as_u64()),
            "required" => {
                let mut names = rule.as_array().expect("a list").iter().filter_map(Value::as_str);
                names.all(|name| value.get(name).is_some())
            }
            "oneOf" => {
                let mut ways = rule.as_array().expect("a list").iter();
                return ways
                    .all(|way| check(&[way], value, at).is_some())
                    .then(|| format!("{at:?}: {value} is none of {rule}"));
            }
            "properties" | "items" | "additionalProperties" => true,
            word => {
                assert!(
                    WORDS.contains(&word),
                    "{at}: this test does not know the rule {word:?}"
                );
                true
            }
        };
        (!holds).then(|| format!("{at:?}: {value} breaks {name}: {rule}"))
    };
    rules.iter().find_map(is_broken)
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        other => panic!("this test does not know the type {other:?}"),
    }
}

#[test]
fn an_answer_that_is_not_described_is_caught() {
    let good = r#"{"data":[],"has_more":false}"#;
    let answer = |status, kind: &str, body: &str| Answer::example(status, kind, body);
    let list = |answer: Answer| fault("get", "/v1/payment_intents", &answer);
    assert_eq!(list(answer(200, "application/json", good)), None);
    let cases = [
        (204, "application/json", good, "the status 204"),
        (200, "text/plain", good, "the media type \"text/plain\""),
        (200, "application/json", r#"{"data":[]}"#, "breaks required"),
        (
            200,
            "application/json",
            r#"{"data":[],"has_more":1}"#,
            "breaks type",
        ),
        (
            200,
            "application/json",
            r#"{"data":[],"has_more":false,"total":0}"#,
            "/total is not described",
        ),
        (
            200,
            "application/json",
            r#"{"data":[{}],"has_more":false}"#,
            "\"/data/0\"",
        ),
    ];
    for (status, kind, body, wrong) in cases {
        let found = list(answer(status, kind, body)).unwrap_or_default();
        assert!(found.contains(wrong), "{wrong}: {found}");
    }
    let limited = Answer::example(200, "application/json\r\nretry-after: 1", good);
    let found = list(limited).unwrap_or_default();
    assert!(found.contains("the header retry-after"), "{found}");
    assert_eq!(
        fault("get", "/v1/nothing", &answer(200, "application/json", good)).as_deref(),
        Some("no such path is described")
    );
    assert_eq!(
        fault("put", "/v1/refunds", &answer(200, "application/json", good)).as_deref(),
        Some("no such method is described")
    );
}

/// Every example with its schema, wherever they stand together below `value`.
fn examples<'v>(value: &'v Value, found: &mut Vec<(&'v Value, &'v Value)>) {
    match value {
        Value::Object(members) => {
            if let (Some(schema), Some(example)) = (members.get("schema"), members.get("example")) {
                found.push((schema, example));
            }
            members.values().for_each(|member| examples(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| examples(item, found)),
        _ => {}
    }
}

#[test]
fn every_example_is_as_its_schema_says() {
    let mut found = Vec::new();
    examples(&DOCUMENT["paths"], &mut found);
    assert!(
        found.len() > 30,
        "each body and each good answer has one: {}",
        found.len()
    );
    for (schema, example) in found {
        assert_eq!(check(&[schema], example, ""), None, "{schema}: {example}");
    }
}

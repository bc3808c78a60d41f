//! `docs/data.md` lists every field of every record and of every line of the log, and what bounds it. A field that is not on
//! the page, or holds more than the page says, fails here.

use crate::signer::Signer;
use crate::world::{On, World};
use ciborium::Value;
use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Visitor, value::Error as FieldError};
use serde_json::{Value as Json, json};
use smile_ceremony::payment::{
    Attempt, Authorisation, KeptPicture, LedgerEntry, PaymentIntent, PaymentPages, Refund,
};
use smile_ceremony::record::{
    ApiKey, AttestationEvidence, AuthenticationSession, Consent, Credential, EnrolmentSession,
    IdempotencyRecord, PendingCeremony, StoredPublicKey,
};
use smile_relying_party::store::Table;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../../../docs/data.md");

/// One kind of record: its name on the page, what is kept of it, and whether bytes decode as one.
struct Kind {
    name: &'static str,
    samples: Vec<Value>,
    decodes: fn(&Value) -> bool,
    /// The members that the type declares.
    declared: BTreeSet<&'static str>,
}

/// A row of the page.
struct Row<'p> {
    kind: &'p str,
    most: Option<usize>,
    bound: &'p str,
}

/// The rows whose first cell is a path in backticks; the log's come without a full stop.
fn rows() -> BTreeMap<&'static str, Row<'static>> {
    let mut rows = BTreeMap::new();
    for line in PAGE.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert!(
            cells.len() == 5 && cells.iter().all(|cell| !cell.is_empty()),
            "path, type, most, bound, purpose: {line}"
        );
        let row = Row {
            kind: cells[1],
            most: cells[2].parse().ok(),
            bound: cells[3],
        };
        let is_new = rows.insert(cells[0].trim_matches('`'), row).is_none();
        assert!(is_new, "listed twice: {line}");
    }
    rows
}

/// The names that a struct declares, caught as its reader asks for them.
struct FieldNames<'n>(&'n mut BTreeSet<&'static str>);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = FieldError;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, FieldError> {
        self.0.extend(fields);
        Err(serde::de::Error::custom("the names are all that is wanted"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, FieldError> {
        Err(serde::de::Error::custom("not a struct"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn declared<'de, T: Deserialize<'de>>() -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    assert!(T::deserialize(FieldNames(&mut names)).is_err());
    assert!(!names.is_empty(), "a struct has fields");
    names
}

fn as_cbor(record: &impl Serialize) -> Value {
    let mut bytes = Vec::new();
    ciborium::into_writer(record, &mut bytes).expect("written");
    ciborium::from_reader(bytes.as_slice()).expect("read")
}

fn decodes<T: DeserializeOwned>(value: &Value) -> bool {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("written");
    ciborium::from_reader::<T, _>(bytes.as_slice()).is_ok()
}

/// A kind with what the server wrote of it, and one more record for each set of changed members, through the type itself.
fn kind<T: Serialize + DeserializeOwned>(name: &'static str, records: &[Value], changes: &[Json]) -> Kind {
    let fullest = records
        .iter()
        .max_by_key(|record| filled(record))
        .expect("a record of each kind");
    let changed = changes.iter().map(|change| {
        let record: T = read(fullest);
        let mut text = serde_json::to_value(&record).expect("records have JSON");
        merge(&mut text, change);
        as_cbor(&serde_json::from_value::<T>(text).expect("a record of this kind"))
    });
    Kind {
        name,
        samples: records.iter().cloned().chain(changed).collect(),
        decodes: decodes::<T>,
        declared: declared::<T>(),
    }
}

fn filled(record: &Value) -> usize {
    let mut found = Vec::new();
    leaves(record, "", &mut found);
    found.len()
}

fn read<T: DeserializeOwned>(record: &Value) -> T {
    record.deserialized().expect("a record of this kind")
}

fn merge(into: &mut Json, change: &Json) {
    match (into, change) {
        (Json::Object(into), Json::Object(change)) => {
            for (name, value) in change {
                let member = into.entry(name.clone()).or_insert(Json::Null);
                merge(member, value);
            }
        }
        (into, change) => *into = change.clone(),
    }
}

/// A server's records after a registration, a payment, a refund, a login that was asked for, and a lost device.
fn life() -> BTreeMap<Table, Vec<Value>> {
    let world = World::new(On::Memory);
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let order = json!({"order": "A-17", "description": "a note"});
    let payment = world.payment_with(&order);
    world.sign(&payment, &mut signer);
    let login = world
        .post("/v1/authentication_sessions", &json!({"user": "alice"}))
        .json();
    world.request("Auth", &json!({"authenticationSession": login["token"]}));
    world.post_once("/v1/refunds", &json!({"payment_intent": payment["id"]}), "k");
    world.post_once("/v1/payment_intents/pi_x/cancel", &json!({}), "l");
    let confirm = world.payment_with(&json!({"confirm": false}));
    world.post_once(&World::path(&confirm, "/confirm"), &json!({}), "m");
    let limited = json!({"name": "reports", "kind": "restricted", "scopes": ["payments:read"]});
    world.post("/v1/api_keys", &limited);
    let mut records: BTreeMap<Table, Vec<Value>> = BTreeMap::new();
    for row in world.dump() {
        let value = ciborium::from_reader(&row.value[1..]).expect("CBOR behind the version");
        records.entry(row.table).or_default().push(value);
    }
    records
}

/// Every kind, with samples that together fill every member.
fn kinds() -> Vec<Kind> {
    let records = life();
    let of = |table: Table| records[&table].as_slice();
    let attempt = json!({
        "id": format!("at_{}", "1".repeat(32)), "kind": "capture",
        "amount": {"minor_units": 145, "currency": "EUR"}, "begun_at_ms": 1,
    });
    let display = json!({
        "width": 320, "height": 240, "bitDepth": 8, "colorType": 2, "compression": 0, "filter": 0, "interlace": 0,
        "plte": [{"r": 0, "g": 0, "b": 0}],
    });
    let canceled = json!({"state": {"status": "canceled", "canceled_at_ms": 1}});
    let completed = json!({"state": {"status": "completed", "completed_at_ms": 1,
        "credentials": [format!("cred_{}", "1".repeat(32))]}});
    let sha256 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let picture = json!({"pictured_text": "Pay 1.45 EUR", "transactions": [{
        "contentType": "image/png", "content": "AAAA", "tcDisplayPNGCharacteristics": display,
    }], "policy": {"disallowed": [{"aaid": ["FFFF#5399"], "keyIDs": ["A".repeat(43)]}]}});
    vec![
        kind::<EnrolmentSession>(
            "enrolment_session",
            of(Table::EnrolmentSessions),
            std::slice::from_ref(&canceled),
        ),
        kind::<AuthenticationSession>(
            "authentication_session",
            of(Table::AuthenticationSessions),
            &[canceled.clone(), completed],
        ),
        kind::<PaymentIntent>(
            "payment",
            of(Table::Payments),
            &[
                json!({
                    "decline_code": "account_closed", "settlement": {"processor_named": "sidecar"}, "attempt": attempt,
                    "user_erased": true,
                    "pages": {"hosted_at": "https://pay.example", "return_to": "https://shop.example/thanks"},
                    "picture": {
                        "text": "Pay 1.45 EUR", "png": "AAAA", "sha256": sha256, "characteristics": display,
                    },
                }),
                json!({"authorisation": {"transaction_picture": "AAAA", "pictured_text": "Pay 1.45 EUR"}}),
            ],
        ),
        kind::<PendingCeremony>("challenge", of(Table::Ceremonies), &[picture]),
        kind::<Credential>(
            "credential",
            of(Table::Credentials),
            &[json!({
                "name": "blue phone", "status_changed_at_ms": 1, "attestation": {"trust_anchor_sha256": sha256},
                "tc_display_png_characteristics": [display],
            })],
        ),
        kind::<Consent>("consent", of(Table::Consents), &[json!({"withdrawn_at_ms": 1})]),
        kind::<Refund>(
            "refund",
            of(Table::Refunds),
            &[json!({"decline_code": "account_closed", "attempt": attempt, "processor": "sidecar"})],
        ),
        kind::<ApiKey>(
            "api_key",
            of(Table::ApiKeys),
            &[json!({
                "expires_at_ms": 1, "revoked_at_ms": 1, "rolled_to": format!("ak_{}", "1".repeat(32)),
            })],
        ),
        kind::<LedgerEntry>("ledger_entry", of(Table::Ledger), &[]),
        kind::<IdempotencyRecord>("idempotency_key", of(Table::Idempotency), &[]),
    ]
}

/// The values at the ends of a record, by path: `public_key.cose`, `policy.accepted[][].aaid[]`.
fn leaves(value: &Value, path: &str, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Map(members) => {
            for (name, value) in members {
                let name = name.as_text().expect("members have names");
                leaves(value, &format!("{path}.{name}"), found);
            }
        }
        Value::Array(items) => {
            for item in items {
                leaves(item, &format!("{path}[]"), found);
            }
        }
        Value::Null => {}
        leaf => found.push((path.to_owned(), leaf.clone())),
    }
}

fn kind_of(value: &Value) -> Option<(&'static str, usize)> {
    match value {
        Value::Text(text) => Some(("text", text.chars().count())),
        Value::Bytes(bytes) => Some(("bytes", bytes.len())),
        Value::Integer(_) => Some(("number", 0)),
        Value::Bool(_) => Some(("truth value", 0)),
        _ => None,
    }
}

/// The record with `value` in every place of this path.
fn with(record: &Value, at: &str, path: &str, value: &Value) -> Value {
    match record {
        _ if at == path => value.clone(),
        Value::Map(members) => Value::Map(
            members
                .iter()
                .map(|(name, inner)| {
                    let at = format!("{at}.{}", name.as_text().expect("members have names"));
                    (name.clone(), with(inner, &at, path, value))
                })
                .collect(),
        ),
        Value::Array(items) => {
            let at = format!("{at}[]");
            Value::Array(items.iter().map(|item| with(item, &at, path, value)).collect())
        }
        leaf => leaf.clone(),
    }
}

/// The lengths of what is found at each path, with its type; `None` where it is never there.
fn fields() -> BTreeMap<String, BTreeSet<(&'static str, usize)>> {
    let mut fields: BTreeMap<String, BTreeSet<(&'static str, usize)>> = BTreeMap::new();
    for kind in kinds() {
        for sample in &kind.samples {
            let mut found = Vec::new();
            leaves(sample, kind.name, &mut found);
            for (path, value) in found {
                fields.entry(path).or_default().extend(kind_of(&value));
            }
        }
    }
    fields
}

#[test]
fn the_page_lists_the_fields_that_records_have() {
    let rows = rows();
    let fields = fields();
    let listed: BTreeSet<&str> = rows.keys().copied().filter(|path| path.contains('.')).collect();
    let kept: BTreeSet<&str> = fields.keys().map(String::as_str).collect();
    assert_eq!(
        kept.difference(&listed).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "kept, and not on the page"
    );
    assert_eq!(
        listed.difference(&kept).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "on the page, and not kept"
    );
    for (path, seen) in &fields {
        let row = &rows[path.as_str()];
        let types: BTreeSet<_> = seen.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(
            types,
            BTreeSet::from([row.kind]),
            "{path}: a sample fills it, and its type is on the page"
        );
        let longest = seen.iter().map(|(_, length)| *length).max().unwrap_or(0);
        let is_measured = matches!(row.kind, "text" | "bytes");
        assert_eq!(
            row.most.is_some(),
            is_measured,
            "{path}: its length is on the page"
        );
        assert!(
            row.most.is_none_or(|most| longest <= most),
            "{path}: {longest} is more than the page says"
        );
    }
}

#[test]
fn the_samples_fill_every_member_that_a_record_declares() {
    let fields = fields();
    let is_filled = |path: &str| {
        let is_below = |field: &str| {
            let rest = field.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        fields.keys().any(|field| is_below(field))
    };
    for kind in kinds() {
        for name in &kind.declared {
            let path = format!("{}.{name}", kind.name);
            assert!(is_filled(&path), "{path}");
        }
    }
    let inside = [
        ("credential.public_key", declared::<StoredPublicKey>()),
        ("credential.attestation", declared::<AttestationEvidence>()),
        ("payment.authorisation", declared::<Authorisation>()),
        ("payment.attempt", declared::<Attempt>()),
        ("payment.pages", declared::<PaymentPages>()),
        ("payment.picture", declared::<KeptPicture>()),
    ];
    for (path, names) in inside {
        for name in names {
            let path = format!("{path}.{name}");
            assert!(is_filled(&path), "{path}");
        }
    }
}

#[test]
fn a_field_that_is_bounded_by_its_type_refuses_one_character_more() {
    let rows = rows();
    // By path, whether any sample is still read with one more.
    let mut reads: BTreeMap<String, bool> = BTreeMap::new();
    for kind in kinds() {
        for sample in &kind.samples {
            assert!((kind.decodes)(sample), "{}", kind.name);
            let mut found = Vec::new();
            leaves(sample, kind.name, &mut found);
            for (path, value) in found {
                let most = rows[path.as_str()].most;
                let Some(most) = most.filter(|_| kind_of(&value).is_some()) else {
                    continue;
                };
                let longer = match value {
                    Value::Bytes(_) => Value::Bytes(vec![0x41; most + 1]),
                    _ => Value::Text("A".repeat(most + 1)),
                };
                let is_read = (kind.decodes)(&with(sample, kind.name, &path, &longer));
                *reads.entry(path).or_default() |= is_read;
            }
        }
    }
    for (path, is_read) in &reads {
        let by_type = rows[path.as_str()].bound == "type";
        assert_eq!(!is_read, by_type, "{path}: what bounds it is on the page");
    }
    assert!(reads.values().filter(|is_read| !**is_read).count() > 60);
    let bounds: BTreeSet<&str> = rows.values().map(|row| row.bound).collect();
    let known = BTreeSet::from(["type", "server", "operator", "/v1", "/uaf", "—"]);
    assert!(bounds.is_subset(&known), "{bounds:?}");
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The names of the fields of every `tracing` call: what stands before the sentence, or is given a value.
fn logged() -> BTreeSet<String> {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut names = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("it can be read");
        for macro_name in ["error!(", "warn!(", "info!(", "debug!(", "trace!(", "info_span!("] {
            for call in text.split(&format!("tracing::{macro_name}")).skip(1) {
                let call = call.strip_prefix("\"request\",").unwrap_or(call);
                let fields = call.split('"').next().expect("a first part");
                let fields = if macro_name == "info_span!(" {
                    fields.split(");").next().expect("a first part")
                } else {
                    fields
                };
                for field in fields.split(',').map(str::trim).filter(|field| !field.is_empty()) {
                    let name = field.split('=').next().expect("a first part").trim();
                    names.insert(name.trim_start_matches(['%', '?']).to_owned());
                }
            }
        }
    }
    names
}

#[test]
fn the_page_lists_the_fields_of_the_log() {
    let listed: BTreeSet<String> = rows()
        .into_keys()
        .filter(|path| !path.contains('.'))
        .map(str::to_owned)
        .collect();
    assert_eq!(logged(), listed);
}

//! `/v1`: the provider's API. JSON in, JSON out, problem documents for everything else.

mod api_keys;
mod consents;
mod credentials;
mod payments;
mod people;
mod query;
mod refunds;
mod sessions;
mod simulation;

use crate::service::{Page, Reply};
use actix_web::web;
use serde_json::{Value, json};

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    sessions::routes(config);
    payments::routes(config);
    refunds::routes(config);
    credentials::routes(config);
    api_keys::routes(config);
    consents::routes(config);
    people::routes(config);
    simulation::routes(config);
}

/// Unix seconds from Unix milliseconds: what `*_at` members hold.
fn seconds(ms: u64) -> u64 {
    ms / 1000
}

/// An answer of JSON: the same value is always the same bytes.
fn json_reply(status: u16, shown: &Value) -> Reply {
    Reply::new(status, shown.to_string().into_bytes())
}

/// What the provider should know about a user who has so many active keys left. A warning, never a refusal: security does
/// not wait for a second key.
fn warnings(active_left: usize) -> &'static [&'static str] {
    if active_left == 0 {
        &["last_credential"]
    } else {
        &[]
    }
}

/// A part of a list as it is shown.
fn page<T>(page: &Page<T>, view: fn(&T) -> Value) -> Value {
    let data: Vec<Value> = page.data.iter().map(view).collect();
    json!({"data": data, "has_more": page.has_more})
}

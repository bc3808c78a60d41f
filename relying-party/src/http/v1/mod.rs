//! `/v1`: the provider's API. JSON in, JSON out, problem documents for everything else.

mod credentials;
mod payments;
mod sessions;

use actix_web::web;

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    sessions::routes(config);
    payments::routes(config);
    credentials::routes(config);
}

/// Unix seconds from Unix milliseconds: what `*_at` members hold.
fn seconds(ms: u64) -> u64 {
    ms / 1000
}

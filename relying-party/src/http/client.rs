//! `/smile.js`: the JavaScript client, for pages of any origin, with its types.

use super::fence::{File, SCRIPT, TEXT, public_answer};
use crate::scripts;
use actix_web::web::{ServiceConfig, get, resource};

const FILES: &[File] = &[
    ("/smile.js", SCRIPT, scripts::SMILE_JS),
    ("/smile.d.ts", TEXT, scripts::SMILE_D_TS),
];

/// The routes of this module.
pub fn routes(config: &mut ServiceConfig) {
    for file in FILES {
        let client = move || async move { public_answer(file) };
        config.service(resource(file.0).route(get().to(client)));
    }
}

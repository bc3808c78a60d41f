//! `/pay/{payment}`: the hosted page on which a payer approves. Static files in the program; the page has the payment's
//! client secret from its address's fragment, which browsers do not send, and asks `/v1` and `/uaf` with it.

use super::fence::{CSS, File, HTML, JSON, SCRIPT, SVG, answer, policy};
use crate::scripts;
use crate::service::{Refusal, RefusalCode};
use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Path, ServiceConfig, get, resource};
use serde_json::json;
use smile_ceremony::identifier::PaymentId;
use std::sync::Arc;

/// Embeds a file of `web/pay`.
macro_rules! file {
    ($kind:expr, $name:literal) => {
        (
            concat!("/pay/", $name),
            $kind,
            include_bytes!(concat!("../../web/pay/", $name)).as_slice(),
        )
    };
}

/// The page itself, under the address of each payment.
const PAGE: File = ("/pay/{id}", HTML, include_bytes!("../../web/pay/index.html"));

/// Everything it is made of.
const FILES: &[File] = &[
    file!(CSS, "pay.css"),
    file!(SVG, "icon.svg"),
    file!(SCRIPT, "pay.js"),
    file!(SCRIPT, "device.js"),
    file!(SCRIPT, "ending.js"),
    ("/pay/view.js", SCRIPT, scripts::VIEW_JS),
    ("/pay/words.js", SCRIPT, scripts::WORDS_JS),
    file!(JSON, "en.json"),
    file!(JSON, "zh.json"),
];

/// The routes of this module, for a server that has hosted pages. `agent_url` is the address of the payer's agent, which
/// the pages may reach beside this server.
pub fn routes(agent_url: &str) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let sockets = agent_url.replacen("http", "ws", 1);
    let fence: Arc<str> = policy(&format!(" {agent_url} {sockets}")).into();
    let setting = json!({"agent_url": agent_url}).to_string();
    move |config| {
        for file in FILES {
            let fence = fence.clone();
            let page = move || {
                let fence = fence.clone();
                async move { answer(file, &fence) }
            };
            config.service(resource(file.0).route(get().to(page)));
        }
        let told = move || {
            let body = setting.clone();
            async move {
                let mut answer = HttpResponse::Ok();
                answer
                    .content_type(JSON)
                    .insert_header((CACHE_CONTROL, "no-cache"))
                    .body(body)
            }
        };
        config.service(resource("/pay/setting.json").route(get().to(told)));
        let page = move |id: Path<String>| {
            let fence = fence.clone();
            async move { page(&id, &fence) }
        };
        config.service(resource(PAGE.0).route(get().to(page)));
    }
}

/// The same page for each name that a payment can have: whether there is such a payment is told to the client secret's
/// holder only.
fn page(id: &str, fence: &str) -> Result<HttpResponse, Refusal> {
    if PaymentId::parse(id).is_err() {
        // Without the path, because rules are logged: who escaped the fragment of an address sent the secret in it.
        let rule = "there is no page under this address";
        return Err(Refusal::new(RefusalCode::EndpointUnknown, rule));
    }
    Ok(answer(&PAGE, fence))
}

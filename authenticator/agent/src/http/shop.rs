//! What web pages of shops may ask: is an agent there, pair with it, let it answer a UAF request.

use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, web};
use actix_ws::{AggregatedMessage, Session};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::guard::{CallerOrigin, only};
use crate::agent::Agent;
use crate::desk::OPERATION_LIFETIME_MS;
use crate::origin::{Origin, OwnNames};
use crate::pairing::PAIRING_LIFETIME_MS;
use crate::refusal::{Refusal, RefusalCode};

/// How long a page that listens may take to show its token.
const TOKEN_PATIENCE: Duration = Duration::from_secs(5);
/// A listening page says one thing: its token.
const LISTENER_BYTES_MAX: usize = 1024;

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/.well-known/smile-agent").route(web::get().to(well_known)))
        .service(web::resource("/v1/pairings").route(web::post().to(begin_pairing)))
        .service(web::resource("/v1/pairings/{id}").route(web::post().to(finish_pairing)))
        .service(web::resource("/v1/operations").route(web::post().to(open)))
        .service(
            web::resource("/v1/operations/{id}")
                .route(web::get().to(read))
                .route(web::delete().to(withdraw)),
        )
        .service(web::resource("/v1/operations/{id}/events").route(web::get().to(listen)));
}

/// A page whose origin is allowed.
struct Caller(Origin);

/// A page whose origin is allowed and which shows that origin's token.
struct PairedCaller(Origin);

impl FromRequest for Caller {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get::<CallerOrigin>().cloned();
        let origin = found.expect("the guard lets nobody else to these routes").0;
        ready(Ok(Self(origin)))
    }
}

impl FromRequest for PairedCaller {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let Ok(Caller(origin)) = Caller::from_request(request, payload).into_inner() else {
            unreachable!("it cannot fail")
        };
        let token = bearer(request.headers()).unwrap_or_default().to_owned();
        ready(check_token(agent_of(request), &origin, &token).map(|()| Self(origin)))
    }
}

fn agent_of(request: &HttpRequest) -> &Agent {
    request
        .app_data::<web::Data<Agent>>()
        .expect("the application sets it")
}

/// RFC 6750 §2.1: the scheme in any letter case, one space, the token.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = only(headers, &AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

fn check_token(agent: &Agent, origin: &Origin, token: &str) -> Result<(), Refusal> {
    if agent.pairings().accept(origin, token) {
        return Ok(());
    }
    let rule = "the token has to be one that this origin got when it was paired";
    Err(Refusal::new(RefusalCode::TokenRefused, rule))
}

/// A body of JSON, said to be JSON: a form of another page can send other types without being asked first.
pub(super) fn decode<T: DeserializeOwned>(request: &HttpRequest, body: &[u8]) -> Result<T, Refusal> {
    let malformed = |rule: String| Refusal::new(RefusalCode::BodyMalformed, rule);
    let media_type = only(request.headers(), &CONTENT_TYPE).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(malformed(
            "the Content-Type has to be application/json".to_owned(),
        ));
    }
    serde_json::from_slice(body).map_err(|error| {
        // The words of the parser may quote what was sent.
        malformed(format!("not the JSON that is taken here (line {})", error.line()))
    })
}

async fn well_known(agent: web::Data<Agent>, caller: Caller) -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "name": "smile-agent",
        "version": env!("CARGO_PKG_VERSION"),
        "paired": agent.pairings().knows(&caller.0),
    }))
}

async fn begin_pairing(agent: web::Data<Agent>, caller: Caller) -> Result<HttpResponse, Refusal> {
    let begun = agent.pairings().begin(&caller.0, agent.clock.elapsed_ms());
    let (id, code) = begun?;
    let (left, right) = code.split_at(3);
    agent.announce(&format!(
        "pairing: {} asks; the code is {left} {right}, for two minutes",
        caller.0
    ));
    Ok(HttpResponse::Created().json(json!({
        "id": id,
        "expires_at": (agent.clock.now_ms() + PAIRING_LIFETIME_MS) / 1000,
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    code: String,
}

async fn finish_pairing(
    agent: web::Data<Agent>,
    request: HttpRequest,
    caller: Caller,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Refusal> {
    let Code { code } = decode(&request, &body)?;
    let (now_ms, wall_ms) = (agent.clock.elapsed_ms(), agent.clock.now_ms());
    let token = agent.pairings().finish(&caller.0, &id, &code, now_ms, wall_ms)?;
    agent.announce(&format!("paired: {}", caller.0));
    Ok(HttpResponse::Ok().json(json!({"token": token})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    uaf_request: String,
}

async fn open(
    agent: web::Data<Agent>,
    own: web::Data<OwnNames>,
    request: HttpRequest,
    caller: PairedCaller,
    body: web::Bytes,
) -> Result<HttpResponse, Refusal> {
    let Wanted { uaf_request } = decode(&request, &body)?;
    let opened = agent.clone().into_inner().open(&caller.0, &uaf_request)?;
    // With pictures from a folder or a clip the agent asks on its terminal: there is no page to open.
    let needs_page = agent.camera.without_page().is_none();
    let url = needs_page.then(|| format!("{}/operations/{}#{}", own.url(), opened.id, opened.nonce));
    Ok(HttpResponse::Created().json(json!({
        "id": opened.id,
        "status": "waiting",
        "url": url,
        "expires_at": (agent.clock.now_ms() + OPERATION_LIFETIME_MS) / 1000,
    })))
}

async fn read(
    agent: web::Data<Agent>,
    caller: PairedCaller,
    id: web::Path<String>,
) -> Result<HttpResponse, Refusal> {
    let view = agent.desk.watch(&caller.0.facet_id(), &id)?.borrow().clone();
    Ok(HttpResponse::Ok().json(view))
}

async fn withdraw(
    agent: web::Data<Agent>,
    caller: PairedCaller,
    id: web::Path<String>,
) -> Result<HttpResponse, Refusal> {
    agent.desk.withdraw(&caller.0.facet_id(), &id)?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    token: String,
}

/// A WebSocket on which the page hears of its operation. Browsers send no `Authorization` with one, so the token is the
/// first message.
async fn listen(
    agent: web::Data<Agent>,
    request: HttpRequest,
    caller: Caller,
    id: web::Path<String>,
    body: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let (response, mut session, messages) = actix_ws::handle(&request, body)?;
    let mut messages = messages
        .max_frame_size(LISTENER_BYTES_MAX)
        .aggregate_continuations();
    actix_web::rt::spawn(async move {
        let first = tokio::time::timeout(TOKEN_PATIENCE, messages.recv()).await;
        let shown = match first {
            Ok(Some(Ok(AggregatedMessage::Text(text)))) => serde_json::from_str::<Shown>(&text).ok(),
            _ => None,
        };
        let token = shown.map(|shown| shown.token).unwrap_or_default();
        let watched =
            check_token(&agent, &caller.0, &token).and_then(|()| agent.desk.watch(&caller.0.facet_id(), &id));
        match watched {
            Ok(view) => tell_until_over(&mut session, messages, view).await,
            Err(refusal) => {
                let ended = json!({"error": {"code": refusal.code.as_str()}});
                // A page that has gone needs no answer.
                session.text(ended.to_string()).await.ok();
            }
        }
        session.close(None).await.ok();
    });
    Ok(response)
}

async fn tell_until_over(
    session: &mut Session,
    mut messages: actix_ws::AggregatedMessageStream,
    mut view: watch::Receiver<Value>,
) {
    loop {
        let now = view.borrow_and_update().clone();
        if session.text(now.to_string()).await.is_err() || is_over(&now) {
            return;
        }
        loop {
            tokio::select! {
                changed = view.changed() => match changed {
                    Ok(()) => break,
                    Err(_) => return,
                },
                message = messages.recv() => match message {
                    Some(Ok(AggregatedMessage::Ping(bytes))) if session.pong(&bytes).await.is_ok() => {}
                    Some(Ok(AggregatedMessage::Pong(_))) => {}
                    _ => return,
                },
            }
        }
    }
}

fn is_over(view: &Value) -> bool {
    !matches!(view["status"].as_str(), Some("waiting" | "in_progress"))
}

//! The backend's endpoints.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use smile_protocol::uaf::transport;
use smile_relying_party::clock::{Clock, SystemClock};

use super::buyers::Buyers;
use super::catalogue::{self, ITEMS, MAX_QUANTITY, PAYEE};
use super::consent::{self, Agreement, Consent};
use super::orders::{Order, Orders};
use super::pace::Pace;
use super::provider::Provider;
use super::refusal::{ShopRefusal, ShopRefusalCode as Code};
use super::stage::{Stage, Subject};
use super::{byte_map, pages};

/// FIDO messages are at most 64 KiB (UAF Transport §8); nothing else that comes is larger.
pub const BODY_BYTES_MAX: usize = 64 << 10;
/// One hour: more than any challenge lives.
const CLOCK_STEP_MAX_S: u64 = 3_600;

/// What all handlers share.
pub struct Shop {
    pub(super) provider: Provider,
    pub(super) agent: String,
    pub(super) origin: String,
    pub(super) stage: Option<Box<dyn Stage>>,
    pub(super) buyers: Mutex<Buyers>,
    pub(super) orders: Mutex<Orders>,
    pub(super) enrolment_pace: Mutex<Pace>,
    pub(super) order_pace: Mutex<Pace>,
}

type Answer = Result<HttpResponse, ShopRefusal>;
type Body = Result<web::Bytes, actix_web::Error>;
type State = web::Data<Shop>;

/// All addresses.
pub fn routes(config: &mut web::ServiceConfig) {
    for file in pages::FILES {
        let page = move |shop: State| async move { pages::answer(file, &shop.agent) };
        config.service(web::resource(file.0).route(web::get().to(page)));
    }
    config
        .route("/shop/catalogue", web::get().to(show_catalogue))
        .route("/shop/me", web::get().to(me))
        .route("/shop/enrolments", web::post().to(enrol))
        .route("/shop/orders", web::post().to(order))
        .route("/shop/orders/{order}", web::get().to(read_order))
        .route("/shop/orders/{order}/receipt", web::get().to(receipt))
        .route("/shop/orders/{order}/receipt.cose", web::get().to(receipt_file))
        .route("/shop/uaf/get", web::post().to(uaf_get))
        .route("/shop/uaf/respond", web::post().to(uaf_respond))
        .route("/shop/inspect", web::post().to(inspect))
        .route("/shop/stage", web::post().to(arrange))
        .default_service(web::to(nothing));
}

async fn nothing() -> Answer {
    Err(ShopRefusal::new(
        Code::EndpointUnknown,
        "docs/shop.md lists the endpoints and their methods",
    ))
}

async fn show_catalogue(shop: State) -> HttpResponse {
    let shown = json!({"agent": shop.agent, "stage": shop.stage.is_some(), "items": ITEMS, "payee": PAYEE,
        "consent_version": consent::VERSION});
    fresh().json(shown)
}

async fn me(shop: State, request: HttpRequest) -> Answer {
    let Some(user) = buyer(&shop, &request) else {
        return Ok(fresh().json(json!({"user": null, "keys": 0, "consent": null})));
    };
    let kept = lock(&shop.buyers).agreement_of(&user).cloned();
    let provider = shop.provider.clone();
    let asked = user.clone();
    let keys = blocking(move || provider.keys(&asked)).await?;
    Ok(fresh().json(json!({"user": user, "keys": keys, "consent": kept})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewEnrolment {
    consent: Consent,
}

async fn enrol(shop: State, request: HttpRequest, body: Body) -> Answer {
    let NewEnrolment { consent } = read_json(&request, body)?;
    consent.must_be_ours()?;
    lock(&shop.enrolment_pace).take(Instant::now())?;
    let agreed_at = SystemClock.now_ms() / 1_000;
    let agreement = Agreement { consent, agreed_at };
    let (user, cookie) = lock(&shop.buyers).consented(&request, agreement.clone());
    let provider = shop.provider.clone();
    let asked = user.clone();
    let token = blocking(move || provider.enrolment_token(&asked, &agreement)).await?;
    let mut answer = HttpResponse::Created();
    if let Some(cookie) = cookie {
        answer.insert_header((SET_COOKIE, cookie));
    }
    answer.insert_header((CACHE_CONTROL, "no-store"));
    Ok(answer.json(json!({"token": token, "user": user})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewOrder {
    item: String,
    quantity: u64,
}

async fn order(shop: State, request: HttpRequest, body: Body) -> Answer {
    let wanted: NewOrder = read_json(&request, body)?;
    let user = buyer(&shop, &request).filter(|user| lock(&shop.buyers).agreement_of(user).is_some());
    let user = user.ok_or_else(|| {
        ShopRefusal::new(
            Code::ConsentMissing,
            "POST /shop/enrolments comes before an order",
        )
    })?;
    let item = catalogue::find(&wanted.item)
        .ok_or_else(|| ShopRefusal::new(Code::ItemUnknown, "GET /shop/catalogue lists the items"))?;
    if !(1..=MAX_QUANTITY).contains(&wanted.quantity) {
        let rule = format!("quantity has to be 1 to {MAX_QUANTITY}");
        return Err(ShopRefusal::new(Code::QuantityRefused, rule));
    }
    lock(&shop.order_pace).take(Instant::now())?;
    let (provider, buyer) = (shop.provider.clone(), user.clone());
    let id = lock(&shop.orders).new_name();
    // At most nine times a price of the catalogue: it fits.
    let amount = item.amount * wanted.quantity;
    let name = id.clone();
    // The order's name is no secret, and what the address says of its payment is believed by nobody.
    let back = format!("{}/?order={name}", shop.origin);
    let payment =
        blocking(move || provider.create_payment(&buyer, &name, amount, item.currency, &back)).await?;
    let word = |member: &str| payment[member].as_str().unwrap_or_default().to_owned();
    lock(&shop.orders).add(Order {
        id: id.clone(),
        user,
        item: item.id,
        quantity: wanted.quantity,
        payment: word("id"),
        text: word("transaction_text"),
    });
    let shown = [
        "id",
        "client_secret",
        "amount",
        "currency",
        "payee",
        "transaction_text",
        "expires_at",
    ];
    let mut shown: serde_json::Map<_, _> = shown
        .into_iter()
        .map(|member| (member.to_owned(), payment[member].clone()))
        .collect();
    // The provider's own page for it, where the server has such pages; null where it has none.
    shown.insert("page".to_owned(), payment["next_action"]["url"].clone());
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!({"order": id, "payment": shown})))
}

async fn read_order(shop: State, request: HttpRequest, id: web::Path<String>) -> Answer {
    let order = own_order(&shop, &request, &id)?;
    let provider = shop.provider.clone();
    let payment = order.payment.clone();
    let status = blocking(move || provider.payment_status(&payment)).await?;
    Ok(fresh().json(
        json!({"order": order.id, "item": order.item, "quantity": order.quantity,
        "payment": order.payment, "status": status}),
    ))
}

async fn receipt(shop: State, request: HttpRequest, id: web::Path<String>) -> Answer {
    let (bytes, facts) = checked_receipt(&shop, &request, &id).await?;
    let authorised_at = facts.authorised_at_ms / 1_000;
    Ok(fresh().json(json!({"issuer": facts.issuer, "payment": facts.payment, "status": facts.status,
        "transaction_text": facts.transaction_text, "aaid": facts.aaid, "sign_counter": facts.sign_counter as i64,
        "authorised_at": authorised_at as i64, "bytes": bytes.len()})))
}

async fn receipt_file(shop: State, request: HttpRequest, id: web::Path<String>) -> Answer {
    let (bytes, _) = checked_receipt(&shop, &request, &id).await?;
    Ok(fresh()
        .content_type("application/cose")
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"receipt.cose\""))
        .body(bytes))
}

async fn checked_receipt(
    shop: &State,
    request: &HttpRequest,
    id: &str,
) -> Result<(Vec<u8>, crate::receipt::Facts), ShopRefusal> {
    let order = own_order(shop, request, id)?;
    let provider = shop.provider.clone();
    blocking(move || {
        let status = provider.payment_status(&order.payment)?;
        if status != "succeeded" {
            let rule = format!("the payment is {status}");
            return Err(ShopRefusal::new(Code::OrderUnpaid, rule));
        }
        provider.receipt(&order.payment, &order.text)
    })
    .await
}

async fn uaf_get(shop: State, request: HttpRequest, body: Body) -> Answer {
    pass_on(&shop, &request, body, "/uaf/get").await
}

async fn uaf_respond(shop: State, request: HttpRequest, body: Body) -> Answer {
    pass_on(&shop, &request, body, "/uaf/respond").await
}

/// Hands a FIDO message to the server and its answer back, byte for byte.
async fn pass_on(shop: &State, request: &HttpRequest, body: Body, path: &'static str) -> Answer {
    must_be_of(request, "application/fido+uaf")?;
    let body = whole(body)?;
    let provider = shop.provider.clone();
    let reply = blocking(move || provider.uaf(path, transport::CONTENT_TYPE, &body)).await?;
    let status = actix_web::http::StatusCode::from_u16(reply.status);
    let kind = reply
        .headers
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE.as_str()));
    let mut answer = HttpResponse::build(status.expect("the HTTP library has read it"));
    if let Some((_, kind)) = kind {
        answer.content_type(kind);
    }
    Ok(answer.insert_header((CACHE_CONTROL, "no-store")).body(reply.body))
}

async fn inspect(request: HttpRequest, body: Body) -> Answer {
    must_be_of(&request, "text/plain")?;
    Ok(fresh().json(byte_map::of(&whole(body)?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arrangement {
    before_camera: Option<Subject>,
    advance_clock_s: Option<u64>,
}

async fn arrange(shop: State, request: HttpRequest, body: Body) -> Answer {
    let wanted: Arrangement = read_json(&request, body)?;
    let stage = shop.stage.as_ref().ok_or_else(|| {
        ShopRefusal::new(
            Code::StageMissing,
            "a real person stands before the agent's camera",
        )
    })?;
    if let Some(subject) = wanted.before_camera {
        // Words of the file system are no secret on a stage.
        stage
            .put_before_camera(subject)
            .map_err(|rule| ShopRefusal::new(Code::StageMissing, rule))?;
    }
    if let Some(seconds) = wanted.advance_clock_s {
        if seconds > CLOCK_STEP_MAX_S {
            let rule = format!("advance_clock_s has to be at most {CLOCK_STEP_MAX_S}");
            return Err(ShopRefusal::new(Code::BodyMalformed, rule));
        }
        stage.advance_clock(seconds);
    }
    Ok(fresh().json(json!({})))
}

/// What the page may not keep.
fn fresh() -> actix_web::HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    answer
}

fn buyer(shop: &Shop, request: &HttpRequest) -> Option<String> {
    lock(&shop.buyers).user_of(request)
}

fn own_order(shop: &Shop, request: &HttpRequest, id: &str) -> Result<Order, ShopRefusal> {
    lock(&shop.orders).of(buyer(shop, request).as_deref(), id)
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ShopRefusal> + Send + 'static,
) -> Result<T, ShopRefusal> {
    web::block(work)
        .await
        .map_err(|error| ShopRefusal::new(Code::ProviderUnreachable, error.to_string()))?
}

fn whole(body: Body) -> Result<web::Bytes, ShopRefusal> {
    body.map_err(|error| {
        let code = match error.as_response_error().status_code().as_u16() {
            413 => Code::BodyTooLarge,
            _ => Code::BodyMalformed,
        };
        ShopRefusal::new(code, error.to_string())
    })
}

fn must_be_of(request: &HttpRequest, kind: &str) -> Result<(), ShopRefusal> {
    use actix_web::HttpMessage as _;
    if request.content_type().eq_ignore_ascii_case(kind) {
        return Ok(());
    }
    let rule = format!("Content-Type has to be {kind}");
    Err(ShopRefusal::new(Code::MediaTypeRefused, rule))
}

fn read_json<T: DeserializeOwned>(request: &HttpRequest, body: Body) -> Result<T, ShopRefusal> {
    must_be_of(request, "application/json")?;
    serde_json::from_slice(&whole(body)?)
        .map_err(|error| ShopRefusal::new(Code::BodyMalformed, error.to_string()))
}

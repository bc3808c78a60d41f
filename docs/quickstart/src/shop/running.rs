//! The running shop: a thread of its own around the HTTP workers.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Mutex, mpsc};
use std::thread::JoinHandle;

use actix_web::body::MessageBody;
use actix_web::dev::{ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, HOST, HeaderName, LOCATION, ORIGIN, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::{DefaultHeaders, Next, from_fn};
use actix_web::{App, Error, HttpResponse, HttpServer, web};

use super::buyers::Buyers;
use super::orders::Orders;
use super::pages;
use super::provider::Provider;
use super::refusal::{ShopRefusal, ShopRefusalCode as Code};
use super::routes::{self, BODY_BYTES_MAX, Shop};
use super::stage::Stage;
use crate::QuickstartError;

/// A demonstration for one machine.
const WORKERS: usize = 2;

/// What a shop needs.
pub struct ShopConfig {
    /// Where it listens: bound before, because its port is part of the origin that the server has to trust.
    pub listener: TcpListener,
    /// The provider's server.
    pub provider: SocketAddr,
    /// The shop's secret key.
    pub secret_key: String,
    /// The agent's address as the page reaches it, for example `http://127.0.0.1:8788`.
    pub agent: String,
    /// Who arranges the demonstration; `None` where real people pay.
    pub stage: Option<Box<dyn Stage>>,
}

impl ShopConfig {
    /// The shop's origin, which is its facet: `http://localhost:PORT`.
    ///
    /// # Errors
    /// The listener has no address.
    pub fn origin_of(listener: &TcpListener) -> Result<String, QuickstartError> {
        Ok(format!("http://localhost:{}", address_of(listener)?.port()))
    }
}

fn address_of(listener: &TcpListener) -> Result<SocketAddr, QuickstartError> {
    listener.local_addr().map_err(failed)
}

fn failed(error: std::io::Error) -> QuickstartError {
    QuickstartError::Shop(error.to_string())
}

/// A shop that serves until it is stopped; dropping it stops it too.
pub struct RunningShop {
    /// Its origin.
    pub origin: String,
    /// Where it listens.
    pub addr: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl RunningShop {
    /// Opens the shop. Returns once connections are taken.
    ///
    /// # Errors
    /// The listener or a thread cannot be used.
    pub fn open(config: ShopConfig) -> Result<Self, QuickstartError> {
        let origin = ShopConfig::origin_of(&config.listener)?;
        let addr = address_of(&config.listener)?;
        let shop = web::Data::new(Shop {
            provider: Provider {
                address: config.provider,
                secret_key: config.secret_key,
            },
            agent: config.agent,
            origin: origin.clone(),
            stage: config.stage,
            buyers: Mutex::new(Buyers::default()),
            orders: Mutex::new(Orders::default()),
            enrolment_pace: Mutex::default(),
            order_pace: Mutex::default(),
        });
        let (started, is_started) = mpsc::channel();
        let listener = config.listener;
        let thread = std::thread::Builder::new()
            .name("smile-shop".to_owned())
            .spawn(move || serve(listener, shop, &started))
            .map_err(failed)?;
        let handle = is_started
            .recv()
            .map_err(|_| QuickstartError::Shop("its thread ended at start".to_owned()))?
            .map_err(failed)?;
        Ok(Self {
            origin,
            addr,
            handle,
            thread: Some(thread),
        })
    }
}

impl Drop for RunningShop {
    fn drop(&mut self) {
        // The order is given here; the thread carries it out.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn serve(
    listener: TcpListener,
    shop: web::Data<Shop>,
    started: &mpsc::Sender<Result<ServerHandle, std::io::Error>>,
) {
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shop.clone())
                .app_data(web::PayloadConfig::new(BODY_BYTES_MAX))
                .wrap(from_fn(guard))
                .wrap(fence())
                .configure(routes::routes)
        })
        .workers(WORKERS)
        .shutdown_timeout(1)
        .disable_signals()
        .listen(listener);
        match server.map(HttpServer::run) {
            Ok(server) => {
                started.send(Ok(server.handle())).ok();
                server.await.ok();
            }
            Err(error) => {
                started.send(Err(error)).ok();
            }
        }
    });
}

/// Headers of every answer that has none of its own: no browser takes it for something else, or hands it to another page.
fn fence() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .add((CONTENT_SECURITY_POLICY, pages::NO_PAGE))
        .add((pages::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"))
}

/// Before every route: the shop answers to its own name only, and changes nothing for another page.
async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let shop = request
        .app_data::<web::Data<Shop>>()
        .expect("the application sets it")
        .clone();
    let name = shop.origin.trim_start_matches("http://").to_owned();
    let host = header(&request, &HOST);
    if host.as_deref() != Some(name.as_str()) {
        // Whoever typed the address in numbers is led to the name: to browser and agent these are two origins.
        let numbers = name.replacen("localhost", "127.0.0.1", 1);
        if host == Some(numbers) && request.method() == Method::GET && request.path() == "/" {
            let answer = HttpResponse::PermanentRedirect()
                .insert_header((LOCATION, shop.origin.as_str()))
                .finish();
            return Ok(request.into_response(answer).map_into_boxed_body());
        }
        let rule = format!("this shop is {}", shop.origin);
        return Err(ShopRefusal::new(Code::HostRefused, rule).into());
    }
    let foreign = header(&request, &ORIGIN).is_some_and(|origin| origin != shop.origin);
    if request.method() != Method::GET && foreign {
        let rule = format!("only pages of {} may ask for this", shop.origin);
        return Err(ShopRefusal::new(Code::OriginRefused, rule).into());
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

fn header(request: &ServiceRequest, name: &HeaderName) -> Option<String> {
    let value = request.headers().get(name)?;
    Some(value.to_str().unwrap_or_default().to_owned())
}

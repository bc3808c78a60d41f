//! The HTTP interface: routes, guards, problem documents, the UAF transport.

mod body;
mod client;
#[cfg(feature = "conformance")]
mod conformance;
mod content_type;
mod docs_page;
mod fence;
mod guard;
mod health;
mod hosted;
mod lifecycle;
mod limits;
pub mod openapi;
mod pages;
mod payer;
mod post;
mod problem;
mod request_id;
mod scope;
mod uaf;
mod v1;
mod version;

use crate::config::ServerConfig;
use crate::service::Service;
use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, Error, HttpServer, middleware, web};
use request_id::RequestIds;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

pub use lifecycle::serve;

/// The HTTP server on `listener`, not yet running. It must be made inside an actix system.
///
/// # Errors
/// The listener cannot be used.
fn server(config: &ServerConfig, listener: TcpListener, service: Arc<Service>) -> std::io::Result<Server> {
    let patience = Duration::from_millis(config.request_timeout_ms);
    let docs_url = config.docs_url.clone();
    let agent_url = config.public_url.is_some().then(|| config.agent_url.clone());
    let server = HttpServer::new(move || app(service.clone(), patience, docs_url.clone(), agent_url.clone()))
        .workers(config.workers)
        .client_request_timeout(patience)
        .shutdown_timeout(config.shutdown_timeout_s)
        // Signals belong to the program, not to the library.
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

/// The application of one worker. `agent_url` is where hosted pages find the agent; without it there are none.
fn app(
    service: Arc<Service>,
    patience: Duration,
    docs_url: String,
    agent_url: Option<String>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let ids = RequestIds {
        clock: service.clock(),
        entropy: service.entropy(),
        docs_url,
    };
    #[cfg(feature = "conformance")]
    let has_conformance = service.has_conformance();
    let app = App::new()
        .app_data(web::Data::from(service))
        .app_data(web::Data::new(ids))
        .app_data(body::BodyPatience(patience))
        // The last one is the outermost: a refusal of the others becomes a problem document there.
        .wrap(middleware::from_fn(version::check))
        .wrap(middleware::from_fn(limits::around))
        .wrap(middleware::from_fn(version::tell))
        .wrap(middleware::from_fn(request_id::around))
        .configure(health::routes)
        .configure(uaf::routes)
        .configure(v1::routes)
        .configure(client::routes)
        .configure(pages::routes)
        .configure(docs_page::routes)
        .configure(openapi::routes);
    let app = match agent_url {
        Some(agent_url) => app.configure(hosted::routes(&agent_url)),
        None => app,
    };
    #[cfg(feature = "conformance")]
    let app = if has_conformance {
        app.configure(conformance::routes)
    } else {
        app
    };
    app
}

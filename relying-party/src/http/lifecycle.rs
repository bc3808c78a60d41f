//! One server from its first connection to its last, on the thread that calls.

use crate::config::ServerConfig;
use crate::service::Service;
use std::net::TcpListener;
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tokio::sync::oneshot;

/// How often old challenges, sessions and idempotency keys are deleted: they are kept for a day anyway, so seldom is soon enough.
const HOUSEKEEPING_EVERY: Duration = Duration::from_secs(600);

/// How often payments are looked after that go on without a request: whoever lists them should find them as they are.
const MONEY_EVERY: Duration = Duration::from_secs(10);

/// Serves on the calling thread until `stopped` is resolved or dropped; `started` learns when connections are taken.
///
/// # Errors
/// The HTTP library's, as text.
pub fn serve(
    config: &ServerConfig,
    listener: TcpListener,
    service: Arc<Service>,
    started: &mpsc::Sender<Result<(), String>>,
    stopped: oneshot::Receiver<()>,
) -> Result<(), String> {
    actix_web::rt::System::new().block_on(async move {
        let house = service.clone();
        let server = match super::server(config, listener, service) {
            Ok(server) => server,
            Err(error) => {
                started.send(Err(error.to_string())).ok();
                return Err(error.to_string());
            }
        };
        let handle = server.handle();
        let expiring = actix_web::rt::spawn(keep_time(house.clone()));
        let resuming = actix_web::rt::spawn(keep_asking(house.clone()));
        let housekeeping = actix_web::rt::spawn(keep_house(house));
        actix_web::rt::spawn(async move {
            // Either an order to stop, or the owner is gone: both mean the same.
            drop(stopped.await);
            handle.stop(true).await;
        });
        started.send(Ok(())).ok();
        let ended = server.await.map_err(|error| error.to_string());
        housekeeping.abort();
        expiring.abort();
        resuming.abort();
        ended
    })
}

/// Records which payments time has ended, as long as the server runs.
async fn keep_time(service: Arc<Service>) {
    loop {
        match service.expire_what_is_late().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "payments expired"),
            Err(refusal) => tracing::warn!(%refusal, "payments were not expired"),
        }
        tokio::time::sleep(MONEY_EVERY).await;
    }
}

/// Asks the processor what it has not answered, as long as the server runs: beginning with what a crash left open.
async fn keep_asking(service: Arc<Service>) {
    loop {
        match service.resume_what_is_pending().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "open captures, voids and refunds were answered"),
            Err(refusal) => tracing::warn!(%refusal, "what is open was not asked again"),
        }
        tokio::time::sleep(MONEY_EVERY).await;
    }
}

/// Deletes old challenges, sessions and idempotency keys now and then, as long as the server runs.
async fn keep_house(service: Arc<Service>) {
    loop {
        match service.forget_what_is_old().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "old challenges, sessions and idempotency keys deleted"),
            Err(refusal) => {
                tracing::warn!(%refusal, "old challenges, sessions and idempotency keys were not deleted")
            }
        }
        tokio::time::sleep(HOUSEKEEPING_EVERY).await;
    }
}

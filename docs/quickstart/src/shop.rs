//! The stamp shop: what a shop's backend and page look like when people pay with their face.
//!
//! ```text
//! page ─ POST /shop/orders ─ backend ─ secret key ─ POST /v1/payment_intents ─ server
//! page ─ POST /shop/uaf/get, /shop/uaf/respond ─ backend ─ the same bytes ─ server
//! page ─ UAF request ─ agent on the visitor's device ─ UAF response ─ page
//! ```
//! The backend alone holds the secret key. The page never sees it, and neither of them ever sees a frame: no endpoint
//! takes a picture. Orders and consents are kept in memory: this is a demonstration, and they end with it.

mod buyers;
pub mod byte_map;
mod catalogue;
mod consent;
mod orders;
mod pace;
mod pages;
mod provider;
mod refusal;
mod routes;
mod running;
mod stage;

pub use refusal::{ShopRefusal, ShopRefusalCode};
pub use running::{RunningShop, ShopConfig};
pub use stage::{Stage, Subject};

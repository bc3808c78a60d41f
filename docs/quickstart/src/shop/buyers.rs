//! Who buys: a browser, known by a cookie, under a name that the shop made up. No name of a person is asked for.

use std::collections::VecDeque;

use actix_web::HttpRequest;
use actix_web::http::header::COOKIE;
use smile_relying_party::entropy::{self, SystemEntropy};

use super::consent::Agreement;

/// The cookie's name.
const NAME: &str = "smile_shop";
/// Most browsers that are remembered; the oldest goes first. Each takes a few hundred bytes.
const REMEMBERED_MAX: usize = 1_000;

/// One browser.
struct Buyer {
    cookie: String,
    user: String,
    agreement: Agreement,
}

/// All browsers that consented since the shop began.
#[derive(Default)]
pub struct Buyers(VecDeque<Buyer>);

impl Buyers {
    /// The buyer's name, where this request's cookie is known.
    pub fn user_of(&self, request: &HttpRequest) -> Option<String> {
        let cookie = cookie_of(request)?;
        let buyer = self.0.iter().find(|buyer| buyer.cookie == cookie)?;
        Some(buyer.user.clone())
    }

    /// Remembers a consent of this request's browser. Returns the buyer's name, and the value of a `Set-Cookie` header
    /// where the browser is new.
    pub fn consented(&mut self, request: &HttpRequest, agreement: Agreement) -> (String, Option<String>) {
        let known = cookie_of(request);
        let known = known.and_then(|cookie| self.0.iter_mut().find(|buyer| buyer.cookie == cookie));
        if let Some(buyer) = known {
            buyer.agreement = agreement;
            return (buyer.user.clone(), None);
        }
        if self.0.len() == REMEMBERED_MAX {
            self.0.pop_front();
        }
        let value = hex::encode(entropy::bytes::<16>(&SystemEntropy));
        let user = format!("buyer-{}", hex::encode(entropy::bytes::<6>(&SystemEntropy)));
        self.0.push_back(Buyer {
            cookie: value.clone(),
            user: user.clone(),
            agreement,
        });
        // Loopback has no TLS, so the cookie cannot be `Secure`. It knows no port either: whatever else is served on
        // `localhost` of this machine is sent it too.
        let cookie = format!("{NAME}={value}; Path=/; HttpOnly; SameSite=Strict");
        (user, Some(cookie))
    }

    /// What is kept of a buyer's consent.
    pub fn agreement_of(&self, user: &str) -> Option<&Agreement> {
        let buyer = self.0.iter().find(|buyer| buyer.user == user)?;
        Some(&buyer.agreement)
    }
}

/// RFC 6265 §4.2: `name=value`, parted by semicolons.
fn cookie_of(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(COOKIE)?.to_str().ok()?;
    let mut pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).map(|(_, value)| value)
}

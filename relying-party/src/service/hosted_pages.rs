//! Where a payment's payer goes: the hosted page of this server, and back to the shop.

use super::Refusal;
use super::payments::invalid;
use crate::config::{Profile, ServerConfig};
use smile_ceremony::payment::PaymentPages;
use smile_ceremony::web_address::WebAddress;

/// What the configuration says about pages.
pub(super) struct HostedPages {
    hosted_at: Option<WebAddress>,
    /// Whether a payer may be led to a page without TLS on this machine.
    returns_to_loopback: bool,
}

impl HostedPages {
    pub fn new(config: &ServerConfig) -> Self {
        let linted = "the configuration's lint checked it";
        let hosted_at = config.public_url.as_deref();
        Self {
            hosted_at: hosted_at.map(|url| WebAddress::parse(url).expect(linted)),
            returns_to_loopback: config.profile == Profile::Development,
        }
    }

    /// The pages of a new payment.
    ///
    /// # Errors
    /// `member_invalid` for `return_url`.
    pub fn of_payment(&self, return_url: Option<&str>) -> Result<PaymentPages, Refusal> {
        let return_to = return_url.map(WebAddress::parse).transpose();
        let return_to = return_to.map_err(|error| invalid("return_url", error))?;
        if return_to.as_ref().is_some_and(|address| !address.is_https()) && !self.returns_to_loopback {
            let rule = "must be https: http on loopback is for server.profile = \"development\"";
            return Err(invalid("return_url", rule));
        }
        Ok(PaymentPages {
            hosted_at: self.hosted_at.clone(),
            return_to,
        })
    }
}

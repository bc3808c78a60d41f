//! Where a browser goes on account of a payment. None of it is signed.

use serde::{Deserialize, Serialize};

use crate::identifier::PaymentId;
use crate::web_address::WebAddress;

/// The pages of one payment, fixed when it is created: what was handed out stays what the payment shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentPages {
    /// The origin of the server's hosted pages, if it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosted_at: Option<WebAddress>,
    /// Where the hosted page leads the payer when all is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_to: Option<WebAddress>,
}

impl PaymentPages {
    /// The hosted page of the payment `id`.
    pub(super) fn page_of(&self, id: &PaymentId) -> Option<String> {
        self.hosted_at.as_ref().map(|origin| format!("{origin}/pay/{id}"))
    }
}

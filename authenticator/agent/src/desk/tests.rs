use std::sync::Arc;

use smile_authenticator::clock::SystemClock;
use smile_protocol::uaf::identity::FacetId;

use super::Desk;
use crate::refusal::RefusalCode;

#[test]
fn what_is_no_uaf_request_opens_nothing() {
    let desk = Desk::new(Arc::new(SystemClock));
    for bad in ["", "[]", "{}", "[{\"header\":{}}]"] {
        let facet = FacetId::new("https://shop.example").unwrap();
        let refused = desk.open(facet, bad.to_owned()).map(|opened| opened.id);
        assert_eq!(refused.unwrap_err().code, RefusalCode::UafRequestRefused, "{bad}");
    }
}

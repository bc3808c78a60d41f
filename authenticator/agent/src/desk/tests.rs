use std::sync::Arc;

use smile_authenticator::authenticator::AAID_BASIC_FULL;
use smile_authenticator::clock::SystemClock;
use smile_protocol::uaf::authentication::{AuthenticationRequest, Transaction};
use smile_protocol::uaf::deregistration::{DeregisterAuthenticator, DeregistrationRequest};
use smile_protocol::uaf::header::{Operation, OperationHeader, Upv};
use smile_protocol::uaf::identity::{AppId, Challenge, FacetId, Username};
use smile_protocol::uaf::message::{UafRequest, encode_requests};
use smile_protocol::uaf::policy::Policy;
use smile_protocol::uaf::registration::RegistrationRequest;

use super::{Desk, Kind};
use crate::refusal::RefusalCode;

#[test]
fn what_is_no_uaf_request_opens_nothing() {
    let desk = Desk::new(Arc::new(SystemClock));
    for bad in ["", "[]", "{}", "[{\"header\":{}}]"] {
        let facet = FacetId::new("https://shop.example").unwrap();
        let refused = desk.open(facet, bad).map(|opened| opened.id);
        assert_eq!(refused.unwrap_err().code, RefusalCode::UafRequestRefused, "{bad}");
    }
}

/// A request of each kind.
fn request(kind: Kind, upv: Upv) -> UafRequest {
    let app_id = AppId::new("https://shop.example/uaf/facets").unwrap();
    let header = |op| OperationHeader::new(upv, op, Some(app_id));
    let policy = Policy::accepting(&[AAID_BASIC_FULL]);
    let challenge = Challenge::new(vec![1; 32]).unwrap();
    match kind {
        Kind::Register => UafRequest::Registration(RegistrationRequest {
            header: header(Operation::Reg),
            challenge,
            username: Username::new("anna").unwrap(),
            policy,
        }),
        Kind::Login | Kind::Pay => {
            let text = Transaction::text_plain("Pay 1.00 EUR").unwrap();
            UafRequest::Authentication(AuthenticationRequest {
                header: header(Operation::Auth),
                challenge,
                transaction: if kind == Kind::Pay { vec![text] } else { Vec::new() },
                policy,
            })
        }
        Kind::Remove => UafRequest::Deregistration(DeregistrationRequest {
            header: header(Operation::Dereg),
            authenticators: vec![DeregisterAuthenticator::model(AAID_BASIC_FULL)],
        }),
    }
}

#[test]
fn the_question_is_that_of_the_request_that_is_answered_and_operations_are_not_mixed() {
    const KINDS: [Kind; 4] = [Kind::Register, Kind::Login, Kind::Pay, Kind::Remove];
    let op = |kind| request(kind, Upv::V1_0).header().op;
    for (older, newer) in KINDS
        .into_iter()
        .flat_map(|older| KINDS.map(|newer| (older, newer)))
    {
        for newer_first in [false, true] {
            let mut message = vec![request(older, Upv::V1_0), request(newer, Upv::V1_1)];
            if newer_first {
                message.reverse();
            }
            let desk = Desk::new(Arc::new(SystemClock));
            let facet = FacetId::new("https://shop.example").unwrap();
            let opened = desk.open(facet, &encode_requests(&message).unwrap());
            if op(older) != op(newer) {
                let refused = opened.map(|opened| opened.id).unwrap_err();
                assert_eq!(
                    refused.code,
                    RefusalCode::UafRequestRefused,
                    "{older:?} {newer:?}"
                );
                continue;
            }
            let opened = opened.unwrap();
            let task = desk.begin(&opened.id, &opened.nonce).unwrap();
            assert_eq!(task.kind, newer, "{older:?} {newer:?}");
            assert_eq!(*task.request.request(), request(newer, Upv::V1_1));
            let named = (newer == Kind::Register).then_some("anna");
            assert_eq!(task.username.as_deref(), named);
        }
    }
}

use super::*;
use crate::client::tests::header;
use smile_protocol::uaf::authentication::AuthenticationRequest;
use smile_protocol::uaf::deregistration::{DeregisterAuthenticator, DeregistrationRequest};
use smile_protocol::uaf::header::Operation;
use smile_protocol::uaf::identity::{Aaid, Challenge};
use smile_protocol::uaf::message::encode_requests;
use smile_protocol::uaf::policy::Policy;

#[test]
fn the_pair_with_the_highest_upv_and_then_the_highest_asm_version_is_used() {
    let (one, two) = (Upv::V1_0, Upv::V1_1);
    for (message, asm, expected) in [
        (vec![one, two], vec![one, two], Some((two, two))),
        (vec![two, one], vec![two], Some((two, two))),
        (vec![one], vec![one, two], Some((one, two))),
        // An authenticator behind an ASM of version 1.0 answers the older object.
        (vec![one, two], vec![one], Some((one, one))),
        (vec![two], vec![one], None),
        (vec![one], vec![], None),
        (vec![], vec![one, two], None),
    ] {
        assert_eq!(highest_common(&message, &asm), expected, "{message:?} {asm:?}");
    }
}

#[test]
fn a_message_of_two_operations_is_refused_and_one_of_two_versions_gives_the_newer() {
    let aaid = Aaid::new(0xFFFF, 0xFC01);
    let of = |op, upv| {
        let mut header = header(op);
        header.upv = upv;
        match op {
            Operation::Dereg => UafRequest::Deregistration(DeregistrationRequest {
                header,
                authenticators: vec![DeregisterAuthenticator::model(aaid)],
            }),
            _ => UafRequest::Authentication(AuthenticationRequest {
                header,
                challenge: Challenge::new(vec![2; 32]).unwrap(),
                transaction: Vec::new(),
                policy: Policy::accepting(&[aaid]),
            }),
        }
    };
    for op in [Operation::Dereg, Operation::Auth] {
        let newer = of(op, Upv::V1_1);
        let one = encode_requests(&[of(op, Upv::V1_0), newer.clone()]).unwrap();
        assert_eq!(*NegotiatedRequest::of(&one).unwrap().request(), newer);
        let mixed =
            encode_requests(&[of(Operation::Auth, Upv::V1_0), of(Operation::Dereg, Upv::V1_1)]).unwrap();
        assert!(matches!(
            NegotiatedRequest::of(&mixed),
            Err(AuthenticatorError::Message(ProtocolError::Field { field, .. })) if field == "[1].header.op"
        ));
    }
}

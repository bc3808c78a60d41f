//! Batches of authentication responses, as a server gets them.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use smile_ceremony::{
    record::Credential,
    transition::{Outcome, Transition},
    uaf::authentication::Received,
};
use smile_protocol::uaf::transport::SendUafResponse;
use std::hint::black_box;

use crate::{
    authenticator::{AuthenticationForge, DeviceKey},
    rounds::TwoWays,
    world::{FACET, SURROGATE, World},
};

/// One response: the body of a POST, and what its signature covers.
struct Response {
    body: String,
    signed: Vec<u8>,
    signature: Vec<u8>,
}

/// A server with one registered user, and responses that each answer a challenge of their own.
pub struct Bench {
    world: World,
    device: DeviceKey,
    credentials: Vec<Credential>,
    pays: bool,
    batch: usize,
    responses: Vec<Response>,
}

impl Bench {
    /// Logins.
    pub fn login(batch: usize) -> Self {
        Self::new(batch, false)
    }

    /// Payments: the same with a transaction's hash.
    pub fn payment(batch: usize) -> Self {
        Self::new(batch, true)
    }

    fn new(batch: usize, pays: bool) -> Self {
        let mut world = World::new();
        let device = DeviceKey::new(SURROGATE, 1);
        world
            .register("alice", &device, |_| ())
            .expect("a sound registration");
        let credentials = world.credentials();
        Self {
            world,
            device,
            credentials,
            pays,
            batch,
            responses: Vec::new(),
        }
    }

    fn response(&mut self) -> Response {
        let request = if self.pays {
            let payment = self.world.payment("alice");
            self.world.begin_payment(&payment)
        } else {
            let session = self.world.authentication_session("alice");
            self.world.begin_login(&session)
        };
        let request = request.expect("a registered user");
        let forge = AuthenticationForge::answering(&request, &self.device, FACET);
        let assertion = forge.assertion().decode_assertion().expect("a sound assertion");
        let body = SendUafResponse {
            uaf_response: forge.message(),
            context: None,
        }
        .encode();
        Response {
            body,
            signed: assertion.signed_bytes,
            signature: assertion.signature,
        }
    }
}

impl TwoWays for Bench {
    fn batch(&self) -> usize {
        self.batch
    }

    fn prepare(&mut self) {
        self.world.rows.ceremonies.clear();
        self.responses = (0..self.batch).map(|_| self.response()).collect();
    }

    fn raw(&self) {
        let point = self.device.point();
        for response in &self.responses {
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, black_box(&point));
            key.verify(black_box(&response.signed), black_box(&response.signature))
                .expect("a sound signature");
        }
    }

    fn verdict(&mut self) {
        let Self {
            world,
            credentials,
            responses,
            ..
        } = self;
        for response in responses {
            let sent = SendUafResponse::decode(black_box(&response.body)).expect("a sound envelope");
            let received = Received::decode(&world.rp, &sent.uaf_response).expect("a sound message");
            let pending = &world.rows.ceremonies[received.ceremony_id()];
            let presented = received
                .present(&world.rp.server_key, pending)
                .expect("our own challenge");
            let now_ms = world.now_ms;
            let outcome = world
                .rows
                .commit(&Transition::Take { presented, now_ms })
                .expect("unused");
            let Outcome::Taken(taken) = outcome else {
                panic!("taking answers with the taken ceremony")
            };
            let verified = received
                .finish(&world.rp, taken, credentials, now_ms)
                .expect("a sound response");
            black_box(verified);
        }
    }
}

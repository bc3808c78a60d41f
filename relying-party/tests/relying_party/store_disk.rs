//! What sled leaves on disk: everything in the one file that is synced.

use crate::signer::{Authentication, Registration, Signer};
use crate::world::{On, World};
use smile_protocol::limits::FC_PARAMS_CHARS;
use smile_protocol::uaf::challenge::FinalChallengeParams;

/// Fills the channel binding until `fcParams` are as long as they may be.
fn longest(params: &mut FinalChallengeParams) {
    params.channel_binding.tls_server_certificate = Some("A".to_owned());
    let length = params.encode().expect("short").as_str().len();
    // base64url: three bytes of JSON become four characters.
    let mut room = (FC_PARAMS_CHARS - length) / 4 * 3;
    let certificate = |length: usize| Some("A".repeat(length));
    params.channel_binding.tls_server_certificate = certificate(1 + room);
    while params.encode().expect("fits").as_str().len() < FC_PARAMS_CHARS {
        room += 1;
        params.channel_binding.tls_server_certificate = certificate(1 + room);
    }
}

#[test]
fn no_record_lies_outside_the_file_that_is_synced() {
    let world = World::new(On::Sled);
    let mut signer = Signer::number(1);
    let wide_registration = |answer: &mut Registration| longest(&mut answer.params);
    let wide_payment = |answer: &mut Authentication| longest(&mut answer.params);
    let request = world.registration_request("alice");
    let message = signer.register(&request).with(wide_registration).message();
    assert_eq!(world.respond(&message)["statusCode"], 1200);
    for _ in 0..120 {
        let payment = world.payment("alice");
        let request = world.payment_request(&payment);
        let message = signer.authenticate(&request).with(wide_payment).message();
        assert_eq!(world.respond(&message)["statusCode"], 1200);
    }
    let blobs = std::fs::read_dir(world.store_folder().join("blobs")).expect("sled makes the folder");
    assert_eq!(blobs.count(), 0, "sled does not sync what it writes there");
}

//! From which flaw on a response spends its challenge.

use crate::signer::Signer;
use crate::uaf_refusals::assert_refused;
use crate::world::{On, World};
use serde_json::{Value, json};

#[test]
fn a_challenge_is_spent_once_the_whole_message_is_well_formed_apart_from_fc_params_and_assertions() {
    let world = World::new(On::Memory);
    let signer = Signer::number(1);
    let request = world.registration_request("alice");
    let good = signer.register(&request).message();
    let good: Value = serde_json::from_str(&good).expect("a message is JSON");
    let with = |member: &str, value: Value| {
        let mut message = good.clone();
        message[0][member] = value;
        message.to_string()
    };
    let before = world.dump();
    for (message, member) in [
        (with("fcParams", json!(5)), "fcParams"),
        (with("assertions", json!([])), "assertions"),
        (
            with("assertions", json!([{"assertion": "AA"}])),
            "assertionScheme",
        ),
    ] {
        assert_refused(&world.respond(&message), 1498, member);
        assert_eq!(
            world.dump(),
            before,
            "{member}: the header is good, and nothing is spent"
        );
    }
    assert_eq!(world.respond(&good.to_string())["statusCode"], 1200);

    let nonsense: [(&str, Value); 2] = [
        ("fcParams", json!("bm9uc2Vuc2U")),
        (
            "assertions",
            json!([{"assertionScheme": "UAFV1TLV", "assertion": "bm9uc2Vuc2U"}]),
        ),
    ];
    for (member, value) in nonsense {
        let request = world.registration_request("bob");
        let sound = Signer::number(2).register(&request).message();
        let mut message: Value = serde_json::from_str(&sound).expect("a message is JSON");
        message[0][member] = value;
        assert_eq!(
            world.respond(&message.to_string())["statusCode"],
            1498,
            "{member}"
        );
        assert_refused(&world.respond(&sound), 1491, "already used");
    }
}

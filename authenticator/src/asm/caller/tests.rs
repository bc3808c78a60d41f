#![allow(clippy::unwrap_used)]

use super::{COMMANDS, CallerId, OWN_CLIENT};

fn stored(caller: &CallerId) -> ciborium::Value {
    ciborium::Value::serialized(caller).unwrap()
}

#[test]
fn no_name_is_a_caller_of_this_crate_s() {
    for (name, own) in [
        (OWN_CLIENT, CallerId::own_client()),
        (COMMANDS, CallerId::of_commands()),
        ("", CallerId::own_client()),
    ] {
        let named = CallerId::new(name);
        assert_ne!(named, own);
        assert_ne!(named.kind_and_name(), own.kind_and_name());
        for caller in [named, own] {
            let read: CallerId = stored(&caller).deserialized().unwrap();
            assert_eq!(read, caller, "stored and read, it is the same");
        }
    }
    assert_ne!(CallerId::own_client(), CallerId::of_commands());
}

#[test]
fn rows_from_before_name_whom_they_named() {
    let read = |text: &str| -> CallerId { ciborium::Value::Text(text.to_owned()).deserialized().unwrap() };
    assert_eq!(read(OWN_CLIENT), CallerId::own_client());
    assert_eq!(read(COMMANDS), CallerId::of_commands());
    assert_eq!(read("client"), CallerId::new("client"));
    assert!(
        ciborium::Value::Integer(7.into())
            .deserialized::<CallerId>()
            .is_err()
    );
}

//! A key belongs to the persona it was registered under (ASM §6.1), whatever access token a command brings.

use super::*;
use crate::rehearsal::Visitor;

impl Device {
    fn as_persona<T>(&mut self, persona: &str, then: impl FnOnce(&mut Self) -> T) -> T {
        let own = std::mem::replace(&mut self.authenticator.persona, persona.to_owned());
        let outcome = then(self);
        self.authenticator.persona = own;
        outcome
    }
}

#[test]
fn another_persona_signs_with_no_key_of_the_first() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let signing = || sign(std::slice::from_ref(&key));
    let refused = device.as_persona("guest", |device| device.sign(signing()).unwrap_err());
    assert_eq!(refused, CommandStatusCode::AccessDenied);
    assert_eq!(device.counter(&key), Some(0));
    device.assertion(signing()).unwrap();
    // No name of another persona is on the list of accounts, and none is asked about.
    let guest = device.as_persona("guest", |device| device.key_of("bob"));
    let both = [key, guest.clone()];
    let data = device.as_persona("guest", |device| device.assertion(sign(&both)).unwrap());
    assert_eq!(data.signed_data.key_id, guest);
}

#[test]
fn another_persona_deletes_no_key_of_the_first() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let guest = device.as_persona("guest", |device| device.key_of("bob"));
    let unknown = KeyId::new(vec![9; 32]).unwrap();
    device.rehearsal.before_the_camera(Visitor::Nobody);
    let answers = [key.clone(), unknown].map(|key| {
        device.as_persona("guest", |device| {
            device.send_bytes(&deregister(Some(key)).encode().unwrap())
        })
    });
    assert_eq!(
        answers[0], answers[1],
        "the answer does not tell that there is one"
    );
    assert_eq!(answers[0][8..], [0x02, 0]);
    let all = device.as_persona("guest", |device| device.send(&deregister(None)));
    assert_eq!(all, Ok(CommandOutcome::Deregistered));
    assert_eq!((device.counter(&key), device.counter(&guest)), (Some(0), None));
    let own = device.send(&deregister(Some(key.clone())));
    assert_eq!(own, Ok(CommandOutcome::Deregistered));
    assert_eq!(device.counter(&key), None);
}

#[test]
fn a_key_without_a_row_is_nobody_s() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let rows = device.rehearsal.home().join("registrations.sealed");
    let aside = device.rehearsal.home().join("aside");
    std::fs::rename(&rows, &aside).unwrap();
    let refused = device.sign(sign(std::slice::from_ref(&key))).unwrap_err();
    assert_eq!(refused, CommandStatusCode::AccessDenied);
    let refused = device.send(&deregister(Some(key.clone())));
    assert_eq!(refused, Err(CommandStatusCode::AccessDenied));
    std::fs::rename(&aside, &rows).unwrap();
    device.assertion(sign(std::slice::from_ref(&key))).unwrap();
}

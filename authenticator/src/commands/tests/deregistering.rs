//! Deregister (Commands §6.4.4).

use super::*;

fn with(flaw: impl FnOnce(&mut DeregisterCommand), key_id: Option<KeyId>) -> AuthenticatorCommand {
    let AuthenticatorCommand::Deregister(mut command) = deregister(key_id) else {
        unreachable!("deregister makes no other command")
    };
    flaw(&mut command);
    AuthenticatorCommand::Deregister(command)
}

#[test]
fn the_answer_does_not_tell_whether_a_key_exists_that_is_not_the_caller_s() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let unknown = KeyId::new(vec![9; 32]).unwrap();
    let foreign = |command: &mut DeregisterCommand| command.key_handle_access_token = foreign_access();
    let answers = [
        with(foreign, Some(key.clone())),
        with(foreign, Some(unknown.clone())),
        with(|_| (), Some(unknown)),
    ]
    .map(|command| device.send_bytes(&command.encode().unwrap()));
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    assert_eq!(answers[0][8..], [0x02, 0]);
    assert_eq!(device.authenticator.status().unwrap().keys, 1);
    let gone = device.send(&deregister(Some(key.clone())));
    assert_eq!(gone, Ok(CommandOutcome::Deregistered));
    assert_eq!(device.authenticator.status().unwrap().keys, 0);
    assert_eq!(device.counter(&key), None);
    let refused = device.sign(sign(&[key])).unwrap_err();
    assert_eq!(refused, CommandStatusCode::KeyDisappearedPermanently);
}

#[test]
fn without_a_key_id_every_key_under_the_token_goes() {
    let mut device = Device::new();
    let mine = [device.key_of("alice"), device.key_of("bob")];
    let command = RegisterCommand {
        key_handle_access_token: foreign_access(),
        ..register()
    };
    let foreign = device.register(command).unwrap().krd.key_id;
    let elsewhere = with(
        |command| command.app_id = Some(AppId::new("https://other.example").unwrap()),
        None,
    );
    assert_eq!(device.send(&elsewhere), Ok(CommandOutcome::Deregistered));
    assert_eq!(device.authenticator.status().unwrap().keys, 3);
    assert_eq!(device.send(&deregister(None)), Ok(CommandOutcome::Deregistered));
    assert_eq!(mine.map(|key| device.counter(&key)), [None, None]);
    let left: Vec<_> = device.authenticator.list().unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].key_id, foreign);
    // Nothing left: that is no failure either.
    assert_eq!(device.send(&deregister(None)), Ok(CommandOutcome::Deregistered));
}

#[test]
fn parameters_that_parse_and_are_wrong_are_invalid() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let flaws: [fn(&mut DeregisterCommand); 2] = [
        |command| command.authenticator_index = 1,
        |command| command.app_id = None,
    ];
    for flaw in flaws {
        let refused = device.send(&with(flaw, Some(key.clone())));
        assert_eq!(refused, Err(CommandStatusCode::ParamsInvalid));
    }
    assert_eq!(device.counter(&key), Some(0));
    device.send(&deregister(Some(key))).unwrap();
    assert!(
        device.rehearsal.take_diary().is_empty(),
        "nobody is asked for a face"
    );
}

//! At rest everything is sealed, and the app hears yes or no. Open: while it is used, the template lies in ordinary
//! memory, and whoever has both the home and its key file can open it, as these tests do.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use p256::ecdsa::SigningKey;
use smile_authenticator::{AttestationMode, AuthenticatorError};
use smile_tests::world::device::{Asked, Device};
use smile_tests::world::people::{self, Person};
use smile_tests::world::windows::Windows;
use smile_tests::world::{ANNA, BERT, World, emitted};

/// Files below a folder: (name from there, bytes).
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("the home can be listed") {
        let path = entry.expect("the home can be listed").path();
        let name = path
            .file_name()
            .expect("an entry has a name")
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            found.extend(
                files(&path)
                    .into_iter()
                    .map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)),
            );
        } else {
            found.insert(name, std::fs::read(&path).expect("the owner can read"));
        }
    }
    found
}

/// What every file of a home is bound to, besides its name: version, AAID and the identifier in the plain header.
fn binding(device: &Device) -> Vec<u8> {
    let header = std::fs::read(device.home().join("sealing.json")).expect("a home has a header");
    let header: serde_json::Value = serde_json::from_slice(&header).expect("the header is JSON");
    let member = |name: &str| header[name].as_str().expect("the header names it").to_owned();
    let digits = member("home");
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal");
    let home: Vec<u8> = (0..digits.len()).step_by(2).map(byte).collect();
    [b"smile sealed file \x01", member("aaid").as_bytes(), &home].concat()
}

/// What is sealed in a home, opened with the key file by code of this test alone: version ‖ nonce ‖ ciphertext, with the
/// binding and the name as associated data. It shows that the key opens, and that nothing else was done to hide.
fn unsealed(device: &Device) -> BTreeMap<String, Vec<u8>> {
    let key: [u8; 32] = std::fs::read(device.key_file())
        .expect("the key file")
        .try_into()
        .expect("of 32 bytes");
    let cipher = XChaCha20Poly1305::new(&Key::from(key));
    let binding = binding(device);
    let sealed = files(&device.home()).into_iter().filter_map(|(name, bytes)| {
        let name = name.strip_suffix(".sealed")?.to_owned();
        let nonce: [u8; 24] = bytes[1..25].try_into().expect("24 bytes");
        let aad = [&binding, name.as_bytes()].concat();
        let payload = Payload {
            msg: &bytes[25..],
            aad: &aad,
        };
        let plain = cipher
            .decrypt(&XNonce::from(nonce), payload)
            .expect("the key file opens every sealed file");
        Some((name, plain))
    });
    sealed.collect()
}

/// Everything that a device keeps and does in daily life; an error is the first thing that it refuses.
fn daily_life(world: &mut World, device: &mut Device, owner: &Person) -> Result<(), AuthenticatorError> {
    device.authenticator().status()?;
    device.authenticator().list()?;
    let server = world.tap.address();
    let payment = world.payment(ANNA);
    let request = world.request(("clientSecret", &payment.client_secret));
    device.answer(server, &request, owner)?;
    // Another account: a device has one key for each.
    let token = world.enrolment_token(BERT);
    let request = world.request(("enrolmentSession", &token));
    device.answer(server, &request, owner).map(|_response| ())
}

#[test]
fn sealed_files_hold_no_sixteen_bytes_of_template_keys_or_accounts() {
    let Some((mut world, owner)) = World::with_owner() else {
        return;
    };
    let registered = emitted::registration(&world.register(0, ANNA, owner)).krd;
    world.buy(0, ANNA, owner);
    let device = &world.devices[0];
    let plain = unsealed(device);
    // What was opened is the real thing: the template of the enrolment, and the key that was registered.
    let template = device.seen().template.clone();
    assert!(template.len() > 128 * 4, "a template holds an embedding at least");
    assert_eq!(&plain["template"][32..], template);
    let (_, key) = plain
        .iter()
        .find(|(name, _)| name.starts_with("keys/"))
        .expect("a key is registered");
    let private = SigningKey::from_slice(&key[64..96]).expect("the private key lies where the format says");
    assert_eq!(
        private.verifying_key().to_sec1_point(false).as_bytes(),
        registered.public_key
    );

    let stored: Vec<(String, Windows)> = files(&device.home())
        .into_iter()
        .map(|(name, bytes)| (name, Windows::of(&bytes)))
        .collect();
    assert!(stored.len() > plain.len(), "the header is looked into as well");
    let key_file = std::fs::read(device.key_file()).expect("the key file");
    for (file, windows) in &stored {
        for (name, secret) in &plain {
            assert!(
                !windows.meet(secret),
                "{file} holds bytes of what is sealed as {name}"
            );
        }
        assert!(!windows.meet(&key_file), "{file} holds bytes of the key file");
    }
    // The search finds what it should: in the opened files it does.
    assert!(plain.values().any(|bytes| Windows::of(bytes).meet(&template)));
}

#[test]
fn only_the_owner_can_read_the_home_and_its_key() {
    let Some((world, _)) = World::with_owner() else {
        return;
    };
    let device = &world.devices[0];
    let mode = |path: &Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&device.home()), 0o700);
    assert_eq!(mode(&device.key_file()), 0o600);
}

#[test]
fn a_changed_byte_in_any_sealed_file_is_refused() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    let names: Vec<String> = files(&world.devices[0].home())
        .into_keys()
        .filter(|name| name.ends_with(".sealed"))
        .collect();
    assert!(names.len() >= 7, "{names:?}");
    for (number, name) in std::iter::once(None).chain(names.iter().map(Some)).enumerate() {
        let copy = world.aside(&format!("copy-{number}"));
        world.devices[0].copy_to(&copy);
        if let Some(name) = name {
            let path = copy.join("home").join(name);
            let mut bytes = std::fs::read(&path).expect("the file is there");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(&path, bytes).expect("the file can be changed");
        }
        let opened = Device::open(&copy, AttestationMode::BasicFull).expect("the weights are there");
        let lived = opened.and_then(|mut device| daily_life(&mut world, &mut device, owner));
        match (name, lived) {
            (None, lived) => lived.expect("an unchanged copy lives"),
            (Some(name), lived) => assert!(lived.is_err(), "nobody noticed a changed byte in {name}"),
        }
    }
}

#[test]
fn another_key_opens_nothing() {
    let Some((world, _)) = World::with_owner() else {
        return;
    };
    let copy = world.aside("copy");
    world.devices[0].copy_to(&copy);
    let open = || Device::open(&copy, AttestationMode::BasicFull).expect("the weights are there");
    assert!(open().is_ok());
    let key_file = copy.join("device.key");
    let mut key = std::fs::read(&key_file).expect("the key file");
    key[0] ^= 1;
    std::fs::write(&key_file, key).expect("the key file can be changed");
    assert!(matches!(open(), Err(AuthenticatorError::SealingKeyWrong)));
}

#[test]
fn the_app_hears_the_same_no_for_every_stranger_and_never_a_score() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    let Some(mut strangers) = people::press_photographs(3) else {
        return;
    };
    strangers.extend(people::portrait().map(|person| Person::photo(&person.pay[0])));
    let payment = world.payment(ANNA);
    let request = world.request(("clientSecret", &payment.client_secret));
    let mut heard = Vec::new();
    for stranger in &strangers {
        world.devices[0].take_asked();
        let refusal = world
            .answer(0, &request, stranger)
            .expect_err("a stranger is refused");
        if matches!(refusal, AuthenticatorError::NoUsableFrame(_)) {
            continue;
        }
        let told = world.devices[0].take_asked();
        assert!(
            !told.iter().any(|asked| matches!(asked, Asked::Guidance(_))),
            "{told:?}"
        );
        heard.push(format!("{refusal} {refusal:?} {:?}", refusal.code()));
    }
    assert!(heard.len() >= 3, "too few strangers could be judged");
    assert!(heard.iter().all(|words| *words == heard[0]), "{heard:?}");
    assert!(!heard[0].contains(|c: char| c.is_ascii_digit()), "{}", heard[0]);
    world.pay(0, &payment, owner);
}

//! What the shops' side can get from the agent holds no picture: not whole, not in part, not in base64.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::stage::{PICTURE, SHOP, Stage, payment, registration};
use crate::wire::find;

/// Whether any 16 bytes of the picture's own data lie in `bytes`, raw or in base64. What every JPEG has (tables, runs of
/// one byte) is no part of a picture: only windows of at least eight different bytes count.
fn holds_picture(bytes: &[u8], picture: &[u8]) -> bool {
    picture.windows(16).any(|window| {
        let mut different = window.to_vec();
        different.sort_unstable();
        different.dedup();
        let encoded = |engine: &dyn Fn(&[u8]) -> String| {
            // Each of the three places in a group of base64, without the characters that its neighbours share.
            (0..3).any(|skip| {
                let text = engine(&window[skip..skip + 12]);
                find(bytes, text.as_bytes()).is_some()
            })
        };
        different.len() >= 8
            && (find(bytes, window).is_some()
                || encoded(&|part| STANDARD.encode(part))
                || encoded(&|part| URL_SAFE_NO_PAD.encode(part)))
    })
}

#[test]
fn no_byte_of_a_picture_reaches_the_shops_side() {
    let (stage, token) = Stage::paired();
    for request in [
        registration(),
        payment("Pay 20.00 EUR to \"Stamp Shop Hannover\""),
    ] {
        let (id, nonce) = stage.opened(&token, &request);
        let ended = stage.go_through(&mut stage.page(&id, &nonce));
        assert_eq!(ended["type"], "done");
        // Everything that the shop's page may ask for afterwards.
        stage.read(&token, &id);
        stage.ask(SHOP, None, "GET /.well-known/smile-agent", None);
        for own in [
            "GET /status",
            "GET /pairings/list",
            &format!("GET /operations/{id}"),
        ] {
            assert_eq!(stage.ask(SHOP, Some(&token), own, None).status, 403, "{own}");
        }
    }
    let shops = stage.shops.lock().unwrap().clone();
    let own = stage.own.lock().unwrap().clone();
    assert!(
        shops.len() > 4000 && find(&shops, b"uaf_response").is_some(),
        "the record hears"
    );
    assert!(
        find(&shops, &[0xFF, 0xD8, 0xFF]).is_none(),
        "a JPEG begins with FF D8 FF"
    );
    assert!(!holds_picture(&shops, PICTURE));
    // The search finds what it should: on the agent's own side the pictures are there.
    assert!(holds_picture(&own, PICTURE) && find(&own, &[0xFF, 0xD8, 0xFF]).is_some());
    for text in [STANDARD.encode(PICTURE), URL_SAFE_NO_PAD.encode(&PICTURE[1..])] {
        assert!(holds_picture(text.as_bytes(), PICTURE));
    }
    // Nor do they stay: nothing of them lies in the home.
    let mut kept = Vec::new();
    read_all(stage.folder.path(), &mut kept);
    assert!(kept.len() > 1000 && !holds_picture(&kept, PICTURE));
}

fn read_all(folder: &std::path::Path, into: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, into);
        } else {
            into.extend(std::fs::read(path).unwrap());
        }
    }
}

//! Payments that come as a picture: what the page is told, and what is signed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use smile_authenticator::transaction::PICTURE;
use smile_protocol::hash::HashAlgorithm;
use smile_protocol::uaf::authentication::{AuthenticationResponse, Transaction};

use crate::stage::{Stage, payment, payment_of, registration};

/// A picture of stripes, no two numbers alike.
fn png(number: u8) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, PICTURE.width, PICTURE.height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Four);
    let mut writer = encoder.write_header().unwrap();
    let rows: Vec<u8> = (0..=255)
        .cycle()
        .map(|at: u8| at.wrapping_mul(number))
        .take(320 * 400)
        .collect();
    writer.write_image_data(&rows).unwrap();
    writer.finish().unwrap();
    file
}

fn pictured(file: &[u8]) -> String {
    payment_of(vec![Transaction::image_png(file, PICTURE).unwrap()])
}

fn with_key() -> (Stage, String) {
    let (stage, token) = Stage::paired();
    let (id, nonce) = stage.opened(&token, &registration());
    let ended = stage.go_through(&mut stage.page(&id, &nonce));
    assert_eq!(ended["type"], "done", "{ended}");
    (stage, token)
}

fn signed_hash(ended: &Value) -> Option<Vec<u8>> {
    let response = AuthenticationResponse::decode(ended["uaf_response"].as_str().unwrap()).unwrap();
    let signed = response.assertions[0].decode_assertion().unwrap().signed_data;
    signed
        .transaction_content_hash
        .map(|hash| hash.0.as_bytes().to_vec())
}

#[test]
fn a_picture_is_shown_byte_for_byte_and_asked_about() {
    let (stage, token) = with_key();
    let file = png(3);
    let (id, nonce) = stage.opened(&token, &pictured(&file));
    let mut page = stage.page(&id, &nonce);
    let asked = page.hear().unwrap();
    assert_eq!(
        (&asked["type"], &asked["kind"], &asked["text"]),
        (&json!("asks"), &json!("pay"), &Value::Null)
    );
    let digest = Sha256::digest(&file);
    let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let shown = &asked["picture"];
    assert_eq!(
        *shown,
        json!({"png": STANDARD.encode(&file), "sha256": sha256, "bytes": file.len(), "width": 640, "height": 400})
    );
    page.say(&json!({"type": "confirm"}));
    let ended = stage.go_through(&mut page);
    // The bytes that were shown are those that were signed.
    assert_eq!(signed_hash(&ended), Some(digest.to_vec()));
    let form = Transaction::image_png(&file, PICTURE).unwrap();
    let hash = form.content_hash(HashAlgorithm::Sha256).unwrap();
    assert_eq!(signed_hash(&ended).as_deref(), Some(hash.0.as_bytes()));
}

#[test]
fn a_page_that_cannot_show_the_picture_ends_the_payment() {
    let (stage, token) = with_key();
    let (id, nonce) = stage.opened(&token, &pictured(&png(3)));
    let mut page = stage.page(&id, &nonce);
    assert_eq!(page.hear().unwrap()["type"], "asks");
    page.say(&json!({"type": "cannot_display"}));
    assert_eq!(
        page.hear().unwrap(),
        json!({"type": "refused", "code": "tc_undisplayable"})
    );
    assert_eq!(stage.read(&token, &id)["error"]["code"], "tc_undisplayable");
    // To any other question the word is no answer.
    let (id, nonce) = stage.opened(&token, &payment("Pay 1 EUR"));
    let mut page = stage.page(&id, &nonce);
    assert_eq!(page.hear().unwrap()["picture"], Value::Null);
    page.say(&json!({"type": "confirm"}));
    let mut heard = page.hear().unwrap();
    page.say(&json!({"type": "cannot_display"}));
    while heard["type"] != "done" {
        if heard["type"] == "camera" || heard["type"] == "progress" {
            page.show(crate::stage::PICTURE);
        }
        heard = page.hear().unwrap();
    }
}

#[test]
fn a_picture_for_another_display_or_with_more_in_it_is_not_shown() {
    let (stage, token) = with_key();
    let sound = png(3);
    // A comment behind the header, with its check sum; what it says does not matter.
    let mut commented = Vec::new();
    let mut encoder = png::Encoder::new(&mut commented, PICTURE.width, PICTURE.height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Four);
    encoder
        .add_text_chunk("Title".to_owned(), "Pay less".to_owned())
        .unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![0x5A; 320 * 400]).unwrap();
    writer.finish().unwrap();
    let mut other = PICTURE;
    other.width = 320;
    let mut elsewhere = Transaction::image_png(&sound, PICTURE).unwrap();
    elsewhere.tc_display_png_characteristics = Some(other);
    for request in [pictured(&commented), payment_of(vec![elsewhere])] {
        let (id, nonce) = stage.opened(&token, &request);
        let mut page = stage.page(&id, &nonce);
        assert_eq!(
            page.hear().unwrap(),
            json!({"type": "refused", "code": "tc_undisplayable"})
        );
    }
    let (id, nonce) = stage.opened(&token, &pictured(&sound));
    assert_eq!(stage.page(&id, &nonce).hear().unwrap()["type"], "asks");
}

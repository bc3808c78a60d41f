#![allow(clippy::unwrap_used)]

use smile_protocol::base64url;
use smile_protocol::hash::HashAlgorithm;
use smile_protocol::metadata::DisplayPngCharacteristics;
use smile_protocol::uaf::assertion::signed_data::TransactionContentHash;
use smile_protocol::uaf::authentication::{IMAGE_PNG, Transaction};

use super::{Confirmation, TransactionConfirmed, select};
use crate::error::AuthenticatorError as Error;
use crate::rehearsal::{Rehearsal, Screen};

/// What the ASM does with the forms, and what the authenticator does with the one that it picked.
fn confirm(forms: &[Transaction], screen: &mut Screen) -> Result<Option<TransactionConfirmed>, Error> {
    select(forms)?
        .map(|content| super::confirm(&content, screen))
        .transpose()
}

const STAMP: &str = "Pay 1.45 EUR to Stamps & Co\nOrder 4711";

fn text(content: &[u8]) -> Transaction {
    let mut transaction = Transaction::text_plain("x").unwrap();
    transaction.content = base64url::encode(content);
    transaction
}

fn picture() -> Transaction {
    Transaction {
        content_type: IMAGE_PNG.to_owned(),
        content: base64url::encode(b"\x89PNG"),
        tc_display_png_characteristics: Some(DisplayPngCharacteristics {
            width: 320,
            height: 200,
            bit_depth: 1,
            color_type: 0,
            compression: 0,
            filter: 0,
            interlace: 0,
            plte: Vec::new(),
        }),
    }
}

#[test]
fn the_text_is_shown_as_sent_and_its_hash_is_what_was_shown() {
    let rehearsal = Rehearsal::new();
    let confirmed = confirm(&[text(STAMP.as_bytes())], &mut rehearsal.screen())
        .unwrap()
        .unwrap();
    assert_eq!(rehearsal.take_diary(), [format!("shown: {STAMP}")]);
    assert_eq!(
        confirmed.content_hash(),
        TransactionContentHash::of(HashAlgorithm::Sha256, STAMP.as_bytes())
    );
}

#[test]
fn without_a_transaction_nothing_is_shown() {
    let rehearsal = Rehearsal::new();
    assert!(confirm(&[], &mut rehearsal.screen()).unwrap().is_none());
    assert!(rehearsal.take_diary().is_empty());
}

#[test]
fn of_several_forms_the_text_is_shown() {
    let rehearsal = Rehearsal::new();
    let forms = [picture(), text(b"Pay 1 EUR")];
    assert!(confirm(&forms, &mut rehearsal.screen()).unwrap().is_some());
    assert_eq!(rehearsal.take_diary(), ["shown: Pay 1 EUR"]);
}

#[test]
fn a_transaction_that_cannot_be_shown_faithfully_is_refused_and_not_shown() {
    let rehearsal = Rehearsal::new();
    let mut not_base64url = text(b"Pay 1 EUR");
    not_base64url.content.push('=');
    for refused in [
        picture(),
        text(b""),
        text(b" \n "),
        text(&[b'a'; 201]),
        text("Pay 1 €".as_bytes()),
        text(b"Pay 1 EUR\rPay 9 EUR"),
        text(b"Pay 9\x08 EUR"),
        text(b"\x1b[2K Pay"),
        text(b"Pay\0"),
        text(b"Pay\x7f"),
        text(b"\xff\xfe"),
        not_base64url,
    ] {
        let error = confirm(&[refused], &mut rehearsal.screen()).err().unwrap();
        assert!(matches!(error, Error::TransactionContent { .. }), "{error}");
    }
    assert!(rehearsal.take_diary().is_empty());
    for accepted in [text(&[b'a'; 200]), text(b"Pay 1 EUR"), text(b"~ !\n")] {
        assert!(confirm(&[accepted], &mut rehearsal.screen()).unwrap().is_some());
    }
}

#[test]
fn only_a_user_who_agrees_confirms() {
    let rehearsal = Rehearsal::new();
    let ask = |answer| {
        let mut screen = rehearsal.screen();
        screen.answer = answer;
        confirm(&[text(b"Pay 1 EUR")], &mut screen).map(|confirmed| confirmed.is_some())
    };
    assert!(matches!(ask(Confirmation::Cancelled), Err(Error::Cancelled)));
    assert!(matches!(ask(Confirmation::TimedOut), Err(Error::NotResponsive)));
    assert!(matches!(
        ask(Confirmation::CannotDisplay),
        Err(Error::TransactionContent { .. })
    ));
    assert!(ask(Confirmation::Confirmed).unwrap());
}

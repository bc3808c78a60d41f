//! What the payer does without signing: saying no, and going from page to page.

use crate::money::created;
use crate::world::World;
use smile_ceremony::error::CeremonyError;
use smile_ceremony::payment::{
    CaptureMethod, DeclineCode, PaymentEvent, PaymentIntent, PaymentPages, PaymentStatus as S, Settlement,
};
use smile_ceremony::web_address::WebAddress;

fn payment() -> PaymentIntent {
    created(&mut World::new(), CaptureMethod::Automatic, Settlement::Direct)
}

#[test]
fn the_payer_says_no_before_the_signature_and_is_answered_alike_when_asked_again() {
    let payment = payment();
    let (now_ms, end_ms) = (payment.created_at_ms(), payment.expires_at_ms());
    let declined = payment
        .after(&PaymentEvent::DeclineByPayer, now_ms)
        .expect("it waits");
    assert_eq!(
        (declined.status(), declined.decline_code(), declined.version()),
        (
            S::Failed,
            Some(DeclineCode::DeclinedByPayer),
            payment.version() + 1
        )
    );
    assert_eq!(
        declined.after(&PaymentEvent::DeclineByPayer, end_ms + 1),
        Ok(declined.clone()),
        "again, and late"
    );
    assert_eq!(
        payment.after(&PaymentEvent::DeclineByPayer, end_ms),
        Err(CeremonyError::PaymentExpired)
    );
    assert_eq!(
        declined.must_be_signable(now_ms).ok(),
        None,
        "and nobody signs it any more"
    );
}

#[test]
fn what_has_ended_otherwise_is_not_the_payers_to_decline() {
    let payment = payment();
    let now_ms = payment.created_at_ms();
    for event in [
        PaymentEvent::Cancel,
        PaymentEvent::Fail(DeclineCode::RejectedByProvider),
    ] {
        let ended = payment.after(&event, now_ms).expect("not final");
        let refused = CeremonyError::PaymentTransition {
            from: ended.status(),
            to: S::Failed,
        };
        assert_eq!(ended.after(&PaymentEvent::DeclineByPayer, now_ms), Err(refused));
    }
    assert!(
        payment.after(&PaymentEvent::DeclineByPayer, now_ms).is_ok(),
        "as it was"
    );
}

#[test]
fn no_processor_speaks_for_the_payer() {
    for code in DeclineCode::ALL {
        let told = DeclineCode::from_processor(code.as_str());
        let expected = match code {
            DeclineCode::DeclinedByPayer | DeclineCode::NotApproved => DeclineCode::ProcessorDeclined,
            code => code,
        };
        assert_eq!(told, expected);
    }
}

#[test]
fn a_payment_has_its_page_while_there_is_something_to_approve() {
    let address = |text| Some(WebAddress::parse(text).expect("an address"));
    let pages = PaymentPages {
        hosted_at: address("https://pay.example"),
        return_to: address("https://shop.example/done?order=A-17"),
    };
    assert_eq!((payment().page(), payment().return_url()), (None, None));
    let payment = payment().with_pages(pages);
    assert_eq!(
        payment.page(),
        Some(format!("https://pay.example/pay/{}", payment.id()))
    );
    let text = payment.transaction_text();
    let declined = payment
        .after(&PaymentEvent::DeclineByPayer, payment.created_at_ms())
        .expect("it waits");
    assert_eq!(declined.page(), None);
    assert_eq!(
        declined.return_url(),
        Some("https://shop.example/done?order=A-17")
    );
    assert!(!text.contains("example"), "no address is signed: {text}");
    let written = serde_json::to_value(&payment).expect("it has JSON");
    assert_eq!(
        serde_json::from_value::<PaymentIntent>(written).ok(),
        Some(payment)
    );
}

//! Payments: amounts, the text that is signed, and the one-way states.

use smile_ceremony::{
    error::CeremonyError,
    identifier::ProcessorName,
    limits::PAYMENT_LIFETIME_MS,
    payment::{
        CaptureMethod, CurrencyCode, DeclineCode, Money, NextAction, OrderReference, Payee, PaymentEvent,
        PaymentIntent, PaymentRequest, PaymentStatus as S, ReceiptFacts, Settlement,
    },
};

use crate::{
    authenticator::DeviceKey,
    world::{ATTESTED, World, person, tenant},
};

const ALL: [S; 9] = S::ALL;

fn money(minor_units: u64, currency: &str) -> Result<Money, CeremonyError> {
    Money::new(minor_units, CurrencyCode::parse(currency)?)
}

fn request(user: Option<&str>) -> PaymentRequest {
    PaymentRequest {
        tenant: tenant(),
        user: user.map(person),
        amount: money(145, "EUR").expect("in range"),
        payee: Payee::parse("Deutsche Post").expect("printable"),
        description: None,
        order: None,
        capture_method: CaptureMethod::Automatic,
        confirm: true,
        lifetime_ms: PAYMENT_LIFETIME_MS,
        settlement: Settlement::Direct,
    }
}

fn create(user: Option<&str>) -> PaymentIntent {
    let world = World::new();
    PaymentIntent::create(request(user), world.now_ms, &mut world.rng())
        .expect("sound")
        .0
}

#[test]
fn an_amount_is_shown_with_all_its_digits() {
    let shown = |minor_units, currency| money(minor_units, currency).expect("in range").to_string();
    assert_eq!(shown(145, "EUR"), "1.45 EUR");
    assert_eq!(shown(5, "EUR"), "0.05 EUR");
    assert_eq!(shown(100_000, "USD"), "1000.00 USD");
    assert_eq!(shown(145, "JPY"), "145 JPY");
    assert_eq!(shown(1450, "BHD"), "1.450 BHD");
    assert_eq!(shown(999_999_999_999, "EUR"), "9999999999.99 EUR");
}

#[test]
fn an_amount_is_positive_and_has_twelve_digits() {
    assert!(money(1, "EUR").is_ok());
    assert_eq!(money(0, "EUR"), Err(CeremonyError::AmountOutOfRange));
    assert_eq!(
        money(1_000_000_000_000, "EUR"),
        Err(CeremonyError::AmountOutOfRange)
    );
    let zero = serde_json::from_str::<Money>(r#"{"minor_units":0,"currency":"EUR"}"#);
    assert!(zero.is_err());
}

#[test]
fn a_currency_is_an_iso_code_with_minor_units() {
    assert!(CurrencyCode::parse("EUR").is_ok());
    for code in ["eur", "EURO", "", "ZZZ", "XAU", "XTS"] {
        assert_eq!(
            CurrencyCode::parse(code),
            Err(CeremonyError::CurrencyUnknown),
            "{code}"
        );
    }
}

fn refused(request: PaymentRequest) -> Option<CeremonyError> {
    let world = World::new();
    PaymentIntent::create(request, world.now_ms, &mut world.rng()).err()
}

fn order(text: &str) -> Option<OrderReference> {
    Some(OrderReference::parse(text).expect("printable"))
}

#[test]
fn the_text_names_amount_currency_payee_order_expiry_and_reference() {
    let world = World::new();
    let at = |request| {
        PaymentIntent::create(request, 1_795_562_765_999, &mut world.rng())
            .expect("sound")
            .0
    };
    let payment = at(request(Some("alice")));
    let reference = payment.id().as_str()[3..11].to_ascii_uppercase();
    assert_eq!(
        payment.transaction_text(),
        format!("Pay 1.45 EUR to \"Deutsche Post\" until 2026-11-24 23:41:05 UTC (ref {reference})")
    );
    assert_eq!(
        payment.expires_at_ms(),
        1_795_563_665_000,
        "a whole second: the text says which"
    );
    let payment = at(PaymentRequest {
        order: order("A-17"),
        lifetime_ms: 60_000,
        ..request(Some("alice"))
    });
    let reference = payment.id().as_str()[3..11].to_ascii_uppercase();
    assert_eq!(
        payment.transaction_text(),
        format!(
            "Pay 1.45 EUR to \"Deutsche Post\" for order \"A-17\" until 2026-11-24 23:27:05 UTC (ref {reference})"
        )
    );
}

#[test]
fn what_does_not_fit_on_the_line_is_refused() {
    let with = |payee: usize, order_chars: Option<usize>| PaymentRequest {
        amount: money(999_999_999_999, "EUR").expect("in range"),
        payee: Payee::parse(&"W".repeat(payee)).expect("printable"),
        order: order_chars.and_then(|chars| order(&"9".repeat(chars))),
        ..request(Some("alice"))
    };
    assert_eq!(
        refused(with(100, None)),
        None,
        "without an order the longest payee fits"
    );
    assert_eq!(refused(with(100, Some(15))), None);
    assert_eq!(
        refused(with(100, Some(16))),
        Some(CeremonyError::TransactionTextTooLong { chars: 201 })
    );
    assert_eq!(refused(with(75, Some(40))), None);
    for text in [
        "",
        " A",
        "A ",
        "A\nB",
        "A\u{7f}",
        "A\" until 2099",
        &"9".repeat(41),
    ] {
        let refused = OrderReference::parse(text);
        assert!(matches!(refused, Err(CeremonyError::OrderInvalid(_))), "{text:?}");
    }
}

#[test]
fn a_payment_waits_for_a_minute_to_a_day() {
    let with = |lifetime_ms| {
        refused(PaymentRequest {
            lifetime_ms,
            ..request(Some("alice"))
        })
    };
    assert_eq!((with(60_000), with(86_400_000)), (None, None));
    for lifetime_ms in [0, 59_999, 86_400_001, u64::MAX] {
        assert_eq!(with(lifetime_ms), Some(CeremonyError::LifetimeOutOfRange));
    }
}

#[test]
fn a_payee_cannot_write_the_rest_of_the_line() {
    assert!(Payee::parse("Deutsche Post AG & Co. (Bonn)").is_ok());
    let long = "W".repeat(101);
    for name in [
        "",
        " Post",
        "Post ",
        "a\nb",
        "a\tb",
        "Post\" (ref 0) Pay 0.01 EUR to \"X",
        &long,
    ] {
        let refused = Payee::parse(name);
        assert!(matches!(refused, Err(CeremonyError::PayeeInvalid(_))), "{name}");
    }
}

#[test]
fn a_description_is_at_most_500_characters() {
    let world = World::new();
    let with = |length: usize| {
        let request = PaymentRequest {
            description: Some("\u{e9}".repeat(length)),
            ..request(Some("alice"))
        };
        PaymentIntent::create(request, world.now_ms, &mut world.rng()).map(drop)
    };
    assert_eq!(with(500), Ok(()));
    assert_eq!(with(501), Err(CeremonyError::DescriptionTooLong));
}

#[test]
fn states_move_forward_but_for_a_declined_void() {
    let expected = |from: S, to: S| match to {
        S::RequiresConfirmation => from == S::RequiresPaymentMethod,
        S::RequiresAction => from == S::RequiresConfirmation,
        S::RequiresCapture => [S::RequiresAction, S::Processing].contains(&from),
        S::Processing => [S::RequiresAction, S::RequiresCapture].contains(&from),
        S::Succeeded => from == S::Processing,
        S::Canceled | S::Failed => ![S::Succeeded, S::Canceled, S::Failed, S::Expired].contains(&from),
        S::Expired => [
            S::RequiresPaymentMethod,
            S::RequiresConfirmation,
            S::RequiresAction,
        ]
        .contains(&from),
        _ => false,
    };
    // The order in which states can follow one another: one step, that of a declined void, leads to an earlier one.
    let rank = |status: S| ALL.iter().position(|one| *one == status).expect("listed");
    for from in ALL {
        for to in ALL {
            assert_eq!(from.can_become(to), expected(from, to), "{from:?} to {to:?}");
            assert!(
                !from.can_become(to)
                    || rank(from) < rank(to)
                    || (from, to) == (S::Processing, S::RequiresCapture),
                "{from:?} to {to:?}"
            );
        }
        assert_eq!(S::parse(from.as_str()), Some(from));
        assert_eq!(serde_json::json!(from), from.as_str());
        assert_eq!(
            from.is_final(),
            ALL.iter().all(|to| !from.can_become(*to)),
            "{from:?}"
        );
    }
}

#[test]
fn a_payment_without_a_user_waits_for_one() {
    let payment = create(None);
    let now_ms = payment.created_at_ms();
    assert_eq!(
        (payment.status(), payment.next_action()),
        (S::RequiresPaymentMethod, None)
    );
    assert!(payment.after(&PaymentEvent::Confirm, now_ms).is_err());
    let attached = payment
        .after(&PaymentEvent::AttachUser(person("alice")), now_ms)
        .expect("waits for a user");
    assert_eq!(
        (attached.status(), attached.user()),
        (S::RequiresConfirmation, Some(&person("alice")))
    );
    assert!(
        attached
            .after(&PaymentEvent::AttachUser(person("mallory")), now_ms)
            .is_err()
    );
    let confirmed = attached
        .after(&PaymentEvent::Confirm, now_ms)
        .expect("waits for the provider");
    assert_eq!(confirmed.status(), S::RequiresAction);
    assert_eq!(
        confirmed.next_action(),
        Some(NextAction::UafTransactionConfirmation)
    );
    assert_eq!(confirmed.version(), 2);
}

#[test]
fn only_a_payer_who_is_asked_declines() {
    let waiting = create(None);
    let now_ms = waiting.created_at_ms();
    let attached = waiting
        .after(&PaymentEvent::AttachUser(person("alice")), now_ms)
        .expect("waits for a user");
    for code in DeclineCode::ALL {
        let fail = PaymentEvent::Fail(code);
        let is_payers = matches!(code, DeclineCode::NotApproved | DeclineCode::DeclinedByPayer);
        assert_eq!(code.is_payers(), is_payers);
        assert_eq!(attached.after(&fail, now_ms).is_err(), is_payers, "{code:?}");
        let asked = attached.after(&PaymentEvent::Confirm, now_ms).expect("confirmed");
        let failed = asked.after(&fail, now_ms).expect("the payer is asked");
        assert_eq!(failed.decline_code(), Some(code));
        // A processor knows nothing of the payer.
        let said = DeclineCode::from_processor(code.as_str());
        assert_eq!(said == code, !is_payers, "{code:?}");
    }
}

#[test]
fn events_lead_where_they_say() {
    let payment = create(Some("alice"));
    let now_ms = payment.created_at_ms();
    let canceled = payment.after(&PaymentEvent::Cancel, now_ms).expect("not final");
    assert_eq!(canceled.status(), S::Canceled);
    assert!(canceled.after(&PaymentEvent::Cancel, now_ms).is_err());
    let failed = payment
        .after(&PaymentEvent::Fail(DeclineCode::RejectedByProvider), now_ms)
        .expect("not final");
    assert_eq!(
        (failed.status(), failed.decline_code()),
        (S::Failed, Some(DeclineCode::RejectedByProvider))
    );
    let refused = CeremonyError::PaymentTransition {
        from: S::RequiresAction,
        to: S::Succeeded,
    };
    assert_eq!(
        payment.after(&PaymentEvent::Capture { amount: None }, now_ms),
        Err(refused)
    );
    let early = payment.after(&PaymentEvent::Expire, payment.expires_at_ms() - 1);
    assert_eq!(early, Err(CeremonyError::PaymentNotExpired));
    let expired = payment
        .after(&PaymentEvent::Expire, payment.expires_at_ms())
        .expect("in time");
    assert_eq!(expired.status(), S::Expired);
    let late = payment.after(&PaymentEvent::Cancel, payment.expires_at_ms());
    assert_eq!(late, Err(CeremonyError::PaymentExpired), "time was faster");
}

#[test]
fn a_payment_fails_before_its_signature_whoever_moves_the_money() {
    let world = World::new();
    for settlement in [
        Settlement::Direct,
        Settlement::Processor(ProcessorName::parse("sidecar").expect("a sound name")),
    ] {
        let request = PaymentRequest {
            settlement,
            ..request(Some("alice"))
        };
        let (payment, _) = PaymentIntent::create(request, world.now_ms, &mut world.rng()).expect("sound");
        let failed = payment.after(&PaymentEvent::Fail(DeclineCode::RejectedByProvider), world.now_ms);
        assert_eq!(failed.expect("nothing is held").status(), S::Failed);
    }
}

#[test]
fn what_is_over_does_not_expire_at_any_time() {
    let payment = create(Some("alice"));
    let now_ms = payment.created_at_ms();
    let canceled = payment.after(&PaymentEvent::Cancel, now_ms).expect("not final");
    let refused = CeremonyError::PaymentTransition {
        from: S::Canceled,
        to: S::Expired,
    };
    for at_ms in [now_ms, payment.expires_at_ms()] {
        assert_eq!(canceled.after(&PaymentEvent::Expire, at_ms), Err(refused.clone()));
    }
}

#[test]
fn only_a_confirmed_payment_is_signed_and_only_in_time() {
    let payment = create(Some("alice"));
    let in_time = payment.expires_at_ms() - 1;
    assert_eq!(payment.must_be_signable(in_time), Ok(()));
    let late = payment.must_be_signable(payment.expires_at_ms());
    assert_eq!(late, Err(CeremonyError::PaymentExpired));
    let world = World::new();
    let unconfirmed = PaymentRequest {
        confirm: false,
        ..request(Some("alice"))
    };
    let (waiting, _) = PaymentIntent::create(unconfirmed, world.now_ms, &mut world.rng()).expect("sound");
    let refused = CeremonyError::PaymentTransition {
        from: S::RequiresConfirmation,
        to: S::Processing,
    };
    assert_eq!(waiting.must_be_signable(world.now_ms), Err(refused));
    let confirmed = waiting
        .after(&PaymentEvent::Confirm, world.now_ms)
        .expect("waits");
    assert_eq!(confirmed.must_be_signable(world.now_ms), Ok(()));
}

#[test]
fn a_manual_capture_follows_the_authorisation() {
    let mut world = World::new();
    let device = DeviceKey::new(ATTESTED, 1);
    world.register("alice", &device, |_| ()).expect("sound");
    let manual = PaymentRequest {
        capture_method: CaptureMethod::Manual,
        ..request(Some("alice"))
    };
    let (payment, _) = PaymentIntent::create(manual, world.now_ms, &mut world.rng()).expect("sound");
    world.rows.payments.insert(payment.id().clone(), payment.clone());
    let request = world.begin_payment(&payment).expect("signable");
    let forge = crate::authenticator::AuthenticationForge::answering(&request, &device, crate::world::FACET);
    world.finish_authentication(&forge.message()).expect("sound");
    let authorised = world.rows.payments[payment.id()].clone();
    assert_eq!(authorised.status(), S::RequiresCapture);
    let captured = authorised
        .after(&PaymentEvent::Capture { amount: None }, world.now_ms)
        .expect("authorised");
    assert_eq!(captured.status(), S::Succeeded);
    assert_eq!(captured.authorisation(), authorised.authorisation());
}

#[test]
fn the_client_secret_opens_its_payment_only_and_only_for_a_while() {
    let world = World::new();
    let (payment, secret) =
        PaymentIntent::create(request(Some("alice")), world.now_ms, &mut world.rng()).expect("sound");
    let (_, other) =
        PaymentIntent::create(request(Some("alice")), world.now_ms, &mut world.rng()).expect("sound");
    assert!(secret.reveal().starts_with(&format!("{}_secret_", payment.id())));
    assert!(payment.client_secret_opens(secret.reveal(), world.now_ms));
    assert!(!payment.client_secret_opens(other.reveal(), world.now_ms));
    assert!(!payment.client_secret_opens(payment.id().as_str(), world.now_ms));
    assert!(!payment.client_secret_opens(secret.reveal(), payment.expires_at_ms()));
    let hour_later = payment.expires_at_ms() + 3_600_000;
    assert!(payment.client_secret_reads(secret.reveal(), hour_later - 1));
    assert!(!payment.client_secret_reads(other.reveal(), hour_later - 1));
    assert!(!payment.client_secret_reads(secret.reveal(), hour_later));
    let stored = serde_json::to_string(&payment).expect("serialises");
    let random_part = secret.reveal().split_once("_secret_").expect("separated").1;
    assert!(!stored.contains(random_part));
    assert_eq!(
        smile_ceremony::secret::id_of_secret(secret.reveal()),
        Some(payment.id().as_str())
    );
}

#[test]
fn a_receipt_states_an_authorised_payment_only() {
    let mut world = World::new();
    let device = DeviceKey::new(ATTESTED, 1);
    world.register("alice", &device, |_| ()).expect("sound");
    let unsigned = world.payment("alice");
    assert_eq!(ReceiptFacts::of(&unsigned), None);
    let paid = world.pay("alice", &device, |_| ()).expect("sound");
    let facts = ReceiptFacts::of(&paid).expect("authorised");
    assert_eq!(facts.transaction_text, paid.transaction_text());
    assert_eq!((facts.amount, facts.status), (paid.amount(), S::Succeeded));
}

#[test]
fn what_was_signed_and_then_canceled_has_no_receipt() {
    let mut world = World::new();
    let device = DeviceKey::new(ATTESTED, 1);
    world.register("alice", &device, |_| ()).expect("sound");
    let manual = PaymentRequest {
        capture_method: CaptureMethod::Manual,
        ..request(Some("alice"))
    };
    let (payment, _) = PaymentIntent::create(manual, world.now_ms, &mut world.rng()).expect("sound");
    world.rows.payments.insert(payment.id().clone(), payment.clone());
    let request = world.begin_payment(&payment).expect("signable");
    let forge = crate::authenticator::AuthenticationForge::answering(&request, &device, crate::world::FACET);
    world.finish_authentication(&forge.message()).expect("sound");
    let authorised = world.rows.payments[payment.id()].clone();
    let status = |payment| ReceiptFacts::of(payment).map(|facts| facts.status);
    assert_eq!(status(&authorised), Some(S::RequiresCapture));
    let canceled = authorised
        .after(&PaymentEvent::Cancel, world.now_ms)
        .expect("not captured");
    assert!(canceled.authorisation().is_some());
    assert_eq!(status(&canceled), None);
}

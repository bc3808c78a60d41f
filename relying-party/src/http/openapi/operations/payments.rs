//! `/v1/payment_intents` and `/v1/receipt_keys`.

use super::PAYMENTS as SUBJECT;
use crate::http::openapi::operation::{Operation, of_shape};
use crate::http::openapi::schemas::names::{payment_id, user};
use crate::http::openapi::schemas::{
    CAPTURE, CREATED_PAYMENT, NEW_PAYMENT, NOTHING, PAYER, PAYMENT, PAYMENTS, RECEIPT_KEYS,
};
use crate::http::openapi::shape::{integer, one_of};
use crate::service::RefusalCode;
use serde_json::{Value, json};
use smile_ceremony::payment::PaymentStatus;
use smile_ceremony::record::Scope;
use utoipa::openapi::{Content, ObjectBuilder};

/// The operations of this subject.
pub fn operations() -> Vec<Operation> {
    let mut operations = vec![create(), list(), read(), attach(), decline(), picture()];
    operations.extend(moves());
    operations.extend(receipts());
    operations
}

fn create() -> Operation {
    let body =
        json!({"amount": 145, "currency": "EUR", "payee": "Deutsche Post", "order": "A-17", "user": "alice"});
    Operation::post("/v1/payment_intents", "createPayment", "Ask for a payment")
        .about(SUBJECT)
        .for_provider(Scope::PaymentsWrite)
        .takes(&NEW_PAYMENT, body)
        .answers(
            201,
            "The payment, with its client secret.",
            &CREATED_PAYMENT,
            created(),
        )
        .stored()
}

fn list() -> Operation {
    let statuses = PaymentStatus::ALL.map(PaymentStatus::as_str);
    Operation::get("/v1/payment_intents", "listPayments", "List payments")
        .says("Newest first.")
        .about(SUBJECT)
        .for_provider(Scope::PaymentsRead)
        .may_ask("user", user())
        .may_ask("status", one_of("Only in this state.", statuses))
        .may_ask(
            "starting_after",
            payment_id().description(Some("The last payment of the page before.")),
        )
        .may_ask("limit", limit())
        .answers(
            200,
            "A part of the list.",
            &PAYMENTS,
            json!({"data": [shown("succeeded")], "has_more": false}),
        )
        // A person who cannot exist is refused in the words that their name has in a body.
        .refuses(&[RefusalCode::MemberInvalid])
        .stored()
}

fn read() -> Operation {
    Operation::get("/v1/payment_intents/{id}", "readPayment", "Read a payment")
        .about(SUBJECT)
        .for_provider_or_app(Scope::PaymentsRead)
        .at("id", payment_id())
        .answers(200, "The payment.", &PAYMENT, shown("succeeded"))
        .refuses(&[RefusalCode::ResourceMissing])
        .stored()
}

fn attach() -> Operation {
    Operation::post(
        "/v1/payment_intents/{id}",
        "attachPayer",
        "Name the person who is to pay",
    )
    .about(SUBJECT)
    .for_provider(Scope::PaymentsWrite)
    .at("id", payment_id())
    .takes(&PAYER, json!({"user": "alice"}))
    .answers(200, "The payment.", &PAYMENT, shown("requires_confirmation"))
    .refuses(&[RefusalCode::ResourceMissing, RefusalCode::StateConflict])
    .stored()
}

fn decline() -> Operation {
    Operation::post(
        "/v1/payment_intents/{id}/decline",
        "declinePayment",
        "The payer says no",
    )
    .says("Before the signature; said again it is answered alike.")
    .about(SUBJECT)
    .for_payer()
    .at("id", payment_id())
    .may_say(&NOTHING)
    .answers(200, "The payment.", &PAYMENT, shown("failed"))
    .refuses(&[RefusalCode::StateConflict])
    .stored()
}

fn picture() -> Operation {
    Operation::get(
        "/v1/payment_intents/{id}/picture",
        "readPicture",
        "Fetch the picture that is shown and signed",
    )
    .says("Of a payment with `transaction_picture`, and no other.")
    .about(SUBJECT)
    .for_provider_or_app(Scope::PaymentsRead)
    .at("id", payment_id())
    .answers_as(200, "The picture.", "image/png", bytes())
    .refuses(&[RefusalCode::ResourceMissing, RefusalCode::PaymentDrifted])
    .stored()
}

/// What moves a payment on.
fn moves() -> [Operation; 3] {
    let moved = |path, name, summary| {
        Operation::post(path, name, summary)
            .about(SUBJECT)
            .for_provider(Scope::PaymentsWrite)
            .at("id", payment_id())
            .refuses(&[RefusalCode::ResourceMissing, RefusalCode::StateConflict])
            .stored()
    };
    [
        moved(
            "/v1/payment_intents/{id}/confirm",
            "confirmPayment",
            "Let the buyer sign",
        )
        .may_take(&NOTHING, json!({}))
        .answers(200, "The payment.", &PAYMENT, shown("requires_action")),
        moved(
            "/v1/payment_intents/{id}/cancel",
            "cancelPayment",
            "Cancel a payment",
        )
        .says("From every state before `processing`; money that is held is let go of.")
        .may_take(&NOTHING, json!({}))
        .answers(200, "The payment.", &PAYMENT, shown("canceled")),
        moved(
            "/v1/payment_intents/{id}/capture",
            "capturePayment",
            "Take the money",
        )
        .says("Once; what is left of a part is let go of.")
        .may_take(&CAPTURE, json!({"amount": 100}))
        .answers(200, "The payment.", &PAYMENT, shown("succeeded"))
        .refuses(&[
            RefusalCode::MemberInvalid,
            RefusalCode::PaymentDrifted,
            RefusalCode::AmountTooLarge,
        ]),
    ]
}

fn receipts() -> [Operation; 2] {
    let receipt = Operation::get(
        "/v1/payment_intents/{id}/receipt",
        "readReceipt",
        "Fetch the receipt of a payment",
    )
    .says("A COSE_Sign1 (RFC 9052) that anyone can check with the receipt keys.")
    .about(SUBJECT)
    .for_provider_or_app(Scope::PaymentsRead)
    .at("id", payment_id())
    .answers_as(200, "The receipt.", "application/cose", bytes())
    .refuses(&[RefusalCode::ResourceMissing, RefusalCode::ReceiptNotReady])
    .stored();
    let keys = Operation::get(
        "/v1/receipt_keys",
        "readReceiptKeys",
        "Fetch the keys that receipts are checked with",
    )
    .says("For everybody. A JSON Web Key Set, or a COSE_KeySet for who asks for it in `Accept`.")
    .about(SUBJECT)
    .answers_as(
        200,
        "The keys.",
        "application/json",
        of_shape(&RECEIPT_KEYS, None),
    )
    .answers_as(200, "The keys.", "application/cose-key-set", bytes());
    [receipt, keys]
}

/// How many records a page has.
pub fn limit() -> ObjectBuilder {
    integer("How many records at most; 10 where you do not say.", 1..=100)
}

/// Bytes of another format than JSON.
fn bytes() -> Content {
    Content::default()
}

fn created() -> Value {
    let mut payment = shown("requires_action");
    let secret = "pi_4be03f9d1c2a4e5b8f7a6d5c4b3a2918_secret_7TcVx2Kq9mWd0RzLhYb4NsEu6GfJp1aXo8QiStCvB3k";
    let page = "https://pay.example/pay/pi_4be03f9d1c2a4e5b8f7a6d5c4b3a2918";
    payment["next_action"] =
        json!({"type": "uaf_transaction_confirmation", "url": format!("{page}#{secret}")});
    payment["client_secret"] = json!(secret);
    payment
}

/// A payment in this state.
pub fn shown(status: &str) -> Value {
    let captured = if status == "succeeded" { 145 } else { 0 };
    json!({
        "id": "pi_4be03f9d1c2a4e5b8f7a6d5c4b3a2918",
        "status": status,
        "amount": 145,
        "currency": "EUR",
        "payee": "Deutsche Post",
        "user": "alice",
        "order": "A-17",
        "description": null,
        "capture_method": "automatic",
        "amount_captured": captured,
        "amount_refunded": 0,
        "transaction_text":
            "Pay 1.45 EUR to \"Deutsche Post\" for order \"A-17\" until 2026-11-24 00:06:54 UTC (ref 4BE03F9D)",
        "return_url": null,
        "created_at": 1_795_464_314_u64,
        "expires_at": 1_795_465_214_u64,
    })
}

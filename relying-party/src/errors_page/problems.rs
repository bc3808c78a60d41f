//! Cause and remedy of each problem code.

use crate::service::RefusalCode as Code;

/// (code, what made it, what to do), in the order of the page.
pub const WORDS: &[(Code, &str, &str)] = &[
    (
        Code::ApiKeyMissing,
        "there is no `Authorization: Bearer …` header",
        "send a secret key of the provider",
    ),
    (
        Code::ApiKeyInvalid,
        "the hash of the key is neither in the configuration nor in the store, the key begins otherwise than its \
            kind and the mode of its tenant say, or it was revoked; `detail` says which",
        "check the key; `smile-rp --new-api-key` makes one",
    ),
    (
        Code::ApiKeyExpired,
        "the key was rolled, and the time in which both worked is over",
        "send its successor",
    ),
    (
        Code::ApiKeyPublishable,
        "a `pk_…` key where a secret or restricted one is needed",
        "send `sk_…` or `rk_…` from your backend; to read one payment, `Smile-Client-Secret`",
    ),
    (
        Code::ScopeMissing,
        "the key does not have the scope that `detail` names, or would give away one that it does not have",
        "make a key with this scope, or send a secret key",
    ),
    (
        Code::LiveMode,
        "a test helper was asked of a tenant in live mode",
        "send a key of a tenant in test mode",
    ),
    (
        Code::RateLimited,
        "too many requests by `param`: `key`, `user` or `address`; `detail` has the limit",
        "wait for as many seconds as `Retry-After` says; `[limits]` of the configuration sets the limits",
    ),
    (
        Code::VersionUnknown,
        "`Smile-Version` is there twice, or is not one of the versions that `detail` names",
        "send one of them; docs/api.md, \"Versions\"",
    ),
    (
        Code::ClientSecretInvalid,
        "`Smile-Client-Secret` is not there where nothing else permits, is wrong, has expired an hour ago or is another payment's",
        "use the secret that came with this payment, or create a new payment",
    ),
    (
        Code::BodyMalformed,
        "the body is not one JSON object",
        "send one JSON object in UTF-8 and nothing behind it",
    ),
    (
        Code::BodyTooLarge,
        "more than 16 KiB on `/v1`, more than 64 KiB on `/uaf`",
        "send less; FIDO messages stay within 64 KiB",
    ),
    (
        Code::ContentTypeUnsupported,
        "another `Content-Type`",
        "`application/json` on `/v1`, `application/fido+uaf; charset=utf-8` on `/uaf`, either on the test API",
    ),
    (
        Code::MemberUnknown,
        "the endpoint does not know the member `param`",
        "remove it; docs/api.md lists the members",
    ),
    (Code::MemberMissing, "the member `param` must be there", "add it"),
    (
        Code::MemberDuplicate,
        "the member `param` is there twice",
        "send it once",
    ),
    (
        Code::MemberInvalid,
        "the member `param` has another type, is out of range, or is a name that cannot be shown as it is; `detail` says the range or the rule",
        "mend the value",
    ),
    (
        Code::EndpointUnknown,
        "there is nothing under this path",
        "docs/api.md lists the endpoints",
    ),
    (
        Code::MethodNotAllowed,
        "the path does not take this method",
        "docs/api.md lists the methods",
    ),
    (
        Code::ResourceMissing,
        "no such session, payment, refund, credential, consent or API key of this tenant, no such tenant, or a payment without a picture",
        "check the identifier",
    ),
    (
        Code::ReceiptNotReady,
        "the payment is not authorised",
        "wait until its status is `succeeded`",
    ),
    (
        Code::StateConflict,
        "the state does not allow this, or changed meanwhile; `detail` says which rule",
        "read the resource again",
    ),
    (
        Code::PaymentDrifted,
        "what is recorded of the payment is not what its buyer signed, or its picture not what was drawn; it is not captured",
        "cancel it and look for who changed the store",
    ),
    (
        Code::AmountTooLarge,
        "more is to be captured than was authorised, or refunded than is left of what was captured",
        "read the payment: `amount`, `amount_captured`, `amount_refunded`",
    ),
    (
        Code::QueryInvalid,
        "the name `param` behind the `?` is not known, is there twice or is out of range; `detail` says the \
            range",
        "mend the query; docs/api.md lists the names",
    ),
    (
        Code::IdempotencyKeyInvalid,
        "`Idempotency-Key` is there twice, or is not 1 to 255 printable ASCII characters",
        "send one, such as a UUID",
    ),
    (
        Code::IdempotencyKeyReused,
        "the key stands for another request: another method, path or body",
        "send the same bytes again, or a new key",
    ),
    (
        Code::IdempotencyInFlight,
        "another request under this key is being answered",
        "send it again in a moment",
    ),
    (
        Code::RequestTimeout,
        "the body took longer than `server.request_timeout_ms` to arrive",
        "send it faster, or raise the limit",
    ),
    (
        Code::RequestMalformed,
        "the body ended early, or its transfer coding is broken",
        "check client and proxy",
    ),
    (
        Code::StoreUnavailable,
        "the store ended or could not sync; it takes nothing more until a restart",
        "look into the log and at the disk, then restart",
    ),
    (
        Code::Internal,
        "a fault of the server, or one record that does not decode or would be too large; others are served \
            on",
        "look into the log under the request id: for a record, it names the table, and a restart does not \
            help: restore the store from a backup; else report it",
    ),
];

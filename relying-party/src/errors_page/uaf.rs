//! Cause and remedy of each UAF status code.

use smile_protocol::uaf::transport::UafStatusCode as Status;

/// (status, what made it, what to do), in the order of the page.
pub const WORDS: &[(Status, &str, &str)] = &[
    (
        Status::Ok,
        "the message was accepted, and what it means is on disk",
        "go on",
    ),
    (Status::Accepted, "this server does not send it", "nothing"),
    (
        Status::BadRequest,
        "`context` is not one JSON object with exactly one token and no member twice, or `op` is not what the \
            token permits",
        "send `enrolmentSession`, `authenticationSession` or `clientSecret`",
    ),
    (
        Status::Unauthorized,
        "the token or client secret is wrong, unknown, expired or used; the session is unknown",
        "ask the provider for a new one",
    ),
    (
        Status::Forbidden,
        "the session was used or canceled meanwhile, 16 challenges were issued for the session or payment, the payment \
            cannot be signed any more, the user has 32 keys that are not revoked, or `context` is another session's",
        "read the payment; begin anew if it still waits, with a new session or payment after 16 challenges; revoke \
            or deregister a key that is not used",
    ),
    (
        Status::NotFound,
        "the user has no key that could answer, or the payment is unknown",
        "enrol first",
    ),
    (
        Status::RequestTimeout,
        "the session or payment expired while its answer was judged; an answer that comes later finds the \
            challenge expired (1491)",
        "create a new one",
    ),
    (
        Status::UnknownAaid,
        "no metadata statement for this model (its AAID, or its AAGUID in the experimental `WAV1CBOR`) in \
            `uaf.metadata_folder`",
        "add the statement and restart",
    ),
    (
        Status::UnknownKeyId,
        "this user has no such key, or it was deregistered",
        "enrol again",
    ),
    (
        Status::ChannelBindingRefused,
        "a channel binding is wrong, or `uaf.channel_binding.mode` is `required` and none was sent, or one \
            that the server has nothing to compare with; `description` says which",
        "check for a proxy in between; compare `uaf.channel_binding` with what your TLS proxy serves and \
            tells (operate.md, \"Channel bindings\")",
    ),
    (
        Status::RequestInvalid,
        "the challenge was never issued, was used, has expired or was for something else; or serverData is \
            not ours",
        "begin again with `/uaf/get`",
    ),
    (
        Status::UnacceptableAuthenticator,
        "the policy is not met, the authenticator is older than its metadata, or its signature counter did \
            not grow; with the experimental `WAV1CBOR`: no user was present or verified, the flag BE is not what \
            it was at registration, or a transaction was asked of a key that shows none",
        "a counter that stands still may mean a copied key: deregister it and enrol again",
    ),
    (
        Status::RevokedAuthenticator,
        "the metadata reports the authenticator's model, or the key that attested it, as compromised; \
            `description` names the status. Or the key was suspended or revoked after the request was made",
        "enrol an authenticator of another model, or another key; for the operator: operate.md, \"Metadata\", and api.md, \
            \"Registered keys\"",
    ),
    (
        Status::UnacceptableKey,
        "KeyID or public key is not as the metadata says, or the key is registered already",
        "deregister on the device, then enrol again",
    ),
    (
        Status::UnacceptableAlgorithm,
        "the signature algorithm is not the metadata's or the registered one; or it is one that is never \
            accepted, and `description` says why: SM2, RSA with SHA-1, Ed448",
        "check the metadata statement; use another algorithm",
    ),
    (
        Status::UnacceptableAttestation,
        "the attestation's type is not verified here (ECDAA, NONE, ANONCA), not in the metadata or not the \
            one that the policy prefers, or its certificate path or signature is not accepted",
        "check the types and roots in the metadata statement",
    ),
    (
        Status::UnacceptableClientCapabilities,
        "this server does not send it",
        "nothing",
    ),
    (
        Status::UnacceptableContent,
        "the message is not UTF-8 or not well-formed, has more assertions than asked for or two of one key, \
            or a hash, AppID, facet, transaction or signature is wrong, or the assertion is in the experimental \
            scheme `WAV1CBOR`, which is off; `description` names the rule and, for TLV, tag and offset; for a \
            facet, the facet that came, those that are trusted, and the setting",
        "for a facet: add it to `relying_party.facets`; for assertions that were not asked for: answer with \
            one; else mend the client",
    ),
    (
        Status::InternalServerError,
        "the store does not answer, the TLS proxy told its connection in a form that it must not have, a \
            picture to confirm was drawn of another payment's text, the keys of a user changed each time while \
            the test API deregistered them, or a fault of the server",
        "look into the log under the request id",
    ),
];

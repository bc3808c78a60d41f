//! Every size, count and time limit of the ceremonies, each with the reason for its value.

/// Bytes of a challenge that we issue. UAF §3.1.6 allows 8..=64; 32 random bytes are beyond guessing.
pub const CHALLENGE_BYTES: usize = 32;

/// Random bytes behind every identifier that we give out: 128 bits never meet twice.
pub const IDENTIFIER_BYTES: usize = 16;

/// Keys of a user that are not revoked. A person has some devices; a request names every key, and has to fit into a
/// message.
pub const CREDENTIALS_MAX: usize = 32;

/// Bytes of a message that tells authenticators to erase keys, where it goes with an answer that is kept sealed for a day:
/// a record has 64 KiB in base64url, and the answer names the keys too.
pub const DEREGISTRATION_BYTES_MAX: usize = 24 * 1024;

/// Random bytes of a client secret or session token: 256 bits, so a plain hash at rest is enough.
pub const SECRET_BYTES: usize = 32;

/// Least length of the key that authenticates `serverData`: the output length of SHA-256 (RFC 2104 §3).
pub const SERVER_KEY_MIN_BYTES: usize = 32;

/// Shortest KeyID accepted. UAF §3.1.5: 32..=2048 bytes before base64url.
pub use smile_protocol::limits::KEY_ID_MIN_BYTES;

/// Longest KeyID accepted (UAF §3.1.5).
pub const KEY_ID_MAX_BYTES: usize = 2048;

/// Highest registration counter taken as normal. UAF §3.4.6.5 asks to refuse "exceedingly high" ones;
/// an authenticator that made more than 10 000 keys is either a farm or mis-encodes its counter
/// (public clients emit 65536 for 1).
pub const REG_COUNTER_MAX: u32 = 10_000;

/// Assertions read from one response, sound or not. How many of them may count is the policy's to say; an accepted
/// set with more authenticators than this is not usable by people.
pub const ASSERTIONS_MAX: usize = 8;

/// Certificates in one attestation path, leaf included. Real UAF paths hold one to three.
pub const PATH_CERTIFICATES_MAX: usize = 5;

/// Bytes of one attestation certificate. The assertion as a whole ends at 4096 base64url characters (UAF §3.4.3),
/// roots in metadata may be a little larger.
pub const CERTIFICATE_BYTES_MAX: usize = 8192;

/// How long a challenge may be answered: five minutes, the PSD2 inactivity limit (RTS 2018/389 Art. 4(3)(d)).
pub const CHALLENGE_LIFETIME_MS: u64 = 5 * 60 * 1000;

/// How long a spent or expired challenge is kept, so that a replay is named as one and not as unknown.
pub const SPENT_CEREMONY_KEPT_MS: u64 = 24 * 60 * 60 * 1000;

/// Challenges issued for one session or payment: a person tries a few times, a program that asks for more fills the
/// disk.
pub const CHALLENGES_MAX: u8 = 16;

/// How long a session is kept after its token stopped working: as long as the last challenge that it permitted, and
/// long enough for a provider to ask what became of it.
pub const SESSION_KEPT_MS: u64 = SPENT_CEREMONY_KEPT_MS;

/// How long an enrolment session's token may be used: time to open the app, agree and look into a camera.
pub const ENROLMENT_SESSION_LIFETIME_MS: u64 = 15 * 60 * 1000;

/// How long an authentication session's token may be used; as short as the challenge behind it.
pub const AUTHENTICATION_SESSION_LIFETIME_MS: u64 = 5 * 60 * 1000;

/// How long a payment waits for its buyer, and its client secret works, where the provider does not say.
pub const PAYMENT_LIFETIME_MS: u64 = 15 * 60 * 1000;

/// How long a client secret goes on to read its payment, but not to act on it, after `expires_at_ms`: an app that was
/// closed while it paid learns what came of it.
pub const CLIENT_SECRET_READS_MS: u64 = 60 * 60 * 1000;

/// Shortest and longest time that a provider may let a payment wait: long enough to look into a camera, and a day, after
/// which a price is no longer the one that the buyer saw.
pub const PAYMENT_LIFETIME_MIN_MS: u64 = 60 * 1000;

/// See [`PAYMENT_LIFETIME_MIN_MS`].
pub const PAYMENT_LIFETIME_MAX_MS: u64 = 24 * 60 * 60 * 1000;

/// How long an idempotency key stands for the answer that was given under it.
pub const IDEMPOTENCY_KEPT_MS: u64 = 24 * 60 * 60 * 1000;

/// Largest amount in minor units: twelve digits, the width of ISO 8583 field 4 ("amount, transaction").
pub const AMOUNT_MINOR_UNITS_MAX: u64 = 999_999_999_999;

/// Longest payee name, in characters: with amount, currency and reference the text stays below 200 (UAF §3.5.1).
pub const PAYEE_CHARS_MAX: usize = 100;

/// Longest order reference, in characters: what fits beside a payee of ordinary length.
pub const ORDER_CHARS_MAX: usize = 40;

/// Longest transaction text, in characters (UAF §3.5.1: text/plain, ASCII, at most 200).
pub const TRANSACTION_TEXT_CHARS_MAX: usize = 200;

/// Bytes of a picture of a payment's text. Requests are made for two protocol versions, each with the whole picture in
/// base64url: 43,692 of the 65,536 bytes that a message may have, which leaves ten thousand bytes a version for header
/// and policy. A payment's text on a display of 320 × 240 takes some three thousand.
pub const PICTURE_BYTES_MAX: usize = 16 * 1024;

/// Forms of pictures that are kept of what a registration says of its display, the first ones. They are outside of
/// what the authenticator signs, and each payment of the user looks through them.
pub const DISPLAY_FORMS_MAX: usize = 16;

/// Longest description that a provider may attach to a payment; it is never signed nor shown by the authenticator.
pub const DESCRIPTION_CHARS_MAX: usize = 500;

/// Longest name of a credential: what a person calls a device.
pub const CREDENTIAL_NAME_CHARS_MAX: usize = 64;

/// Longest version of a text of consent.
pub const CONSENT_VERSION_CHARS_MAX: usize = 64;

/// Longest language tag: what RFC 5646 §4.4.1 asks implementations to take at least.
pub const LANGUAGE_TAG_CHARS_MAX: usize = 35;

/// How old an agreement may be when it is recorded: a session is made while the person is there.
pub const CONSENT_AGE_MAX_MS: u64 = 24 * 60 * 60 * 1000;

/// How far the provider's clock may run ahead of ours.
pub const CONSENT_AHEAD_MAX_MS: u64 = 5 * 60 * 1000;

/// Payments of a person that one commit of an erasure rewrites: some two megabytes, so that nobody else waits long.
pub const PAYMENTS_ERASED_AT_ONCE: usize = 200;

/// Longest address of a page that a payment names: what a browser's address bar and a log line still show.
pub const WEB_ADDRESS_CHARS_MAX: usize = 512;

/// Longest user name. UAF §3.4.2: username 1..=128 characters.
pub const USER_CHARS_MAX: usize = 128;

/// Longest tenant name: ours to choose; long enough for a host name's label.
pub const TENANT_CHARS_MAX: usize = 64;

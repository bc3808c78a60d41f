//! Every size that this crate accepts or refuses, in one place, with the reason for it.

/// A UAF message, a transport envelope or an ASM message, in bytes of UTF-8. The
/// specification sets no limit; the largest honest message is a registration response with
/// a few assertions of 4 KiB, so 64 KiB is ample and bounds the work a stranger can cause.
pub const MESSAGE_BYTES: usize = 64 * 1024;

/// A transport envelope carries one UAF message as a JSON string, in which every quote is
/// escaped to two characters; hence twice the message and some room for the other members.
pub const ENVELOPE_BYTES: usize = 2 * MESSAGE_BYTES + 8 * 1024;

/// A metadata statement, in bytes of UTF-8. Icons are PNG data URLs of tens of kilobytes.
pub const METADATA_BYTES: usize = 1024 * 1024;

/// A trusted facet list, in bytes of UTF-8. Lists are short; a client fetches them from
/// servers that it does not know.
pub const FACETS_BYTES: usize = 64 * 1024;

/// An input of [`crate::trace`], in bytes: the largest message that anything here reads.
pub const TRACE_BYTES: usize = 1024 * 1024;

/// `appID` and `facetID`, in characters (UAF §3.1.3, §3.1.7: `string[1..512]`).
pub const APP_ID_CHARS: usize = 512;

/// `serverData`, in characters (UAF §3.1.3: `string[1..1536]`).
pub const SERVER_DATA_CHARS: usize = 1536;

/// `username`, in characters (UAF §3.4.2: `string[1..128]`).
pub const USERNAME_CHARS: usize = 128;

/// `ServerChallenge`, the shortest in bytes (UAF §3.1.6).
pub const CHALLENGE_MIN_BYTES: usize = 8;

/// `ServerChallenge`, the longest in bytes (UAF §3.1.6).
pub const CHALLENGE_MAX_BYTES: usize = 64;

/// `KeyID`, the longest in bytes (UAF §3.1.5: `byte[32..2048]`). The lower bound is the
/// server's rule, because deployed clients send shorter ones and must be told so by name.
pub const KEY_ID_BYTES: usize = 2048;

/// `Extension.id`, in characters (UAF §3.1.10: `string[1..32]`).
pub const EXTENSION_ID_CHARS: usize = 32;

/// `assertion`, in bytes before base64url (UAF §3.4.3: `byte[1..4096]`).
pub const ASSERTION_BYTES: usize = 4096;

/// `assertion`, in base64url characters: 4096 bytes take 5462.
pub const ASSERTION_CHARS: usize = 5462;

/// `fcParams`, in base64url characters. Its JSON, 6 KiB at most, holds two identifiers of up to
/// 512 characters, a challenge and a channel binding: hash, `tls-unique` and token-binding key
/// take about half a KiB, which leaves room for the server's certificate in base64url of 3 KiB of
/// DER. Certificates of web servers have one to two. Servers keep the text with each payment, so
/// it is no longer than honest clients need.
pub const FC_PARAMS_CHARS: usize = 8 * 1024;

/// Transaction text, in ASCII characters (UAF §3.5.1).
pub const TRANSACTION_TEXT_CHARS: usize = 200;

/// Transaction content of any kind, in bytes, as far as it is read: a PNG has to fit into a message after base64. Who
/// writes a message for two versions has room for half of that, because each version brings it.
pub const TRANSACTION_CONTENT_BYTES: usize = 32 * 1024;

/// Entries of a palette (Metadata §3.7, PNG §11.2.3).
pub const PALETTE_ENTRIES: usize = 256;

/// The text of an authenticator's status, in characters. The longest one listed has 28; services add more.
pub const STATUS_CHARS: usize = 64;

/// `TAG_AUTHENTICATOR_NONCE`, the shortest in bytes (Commands §5.2.2).
pub const AUTHENTICATOR_NONCE_MIN_BYTES: usize = 8;

/// `TAG_KEYHANDLE_ACCESS_TOKEN`, the longest in bytes (Commands §6.2.1).
pub const KEY_HANDLE_ACCESS_TOKEN_BYTES: usize = 32;

/// `TAG_APPID` in a command, in bytes (Commands §6.2.1: at most 512). In JSON the same name has up
/// to 512 characters; one of more than 512 bytes goes to no authenticator behind a wire.
pub const COMMAND_APP_ID_BYTES: usize = 512;

/// `TAG_USERNAME` in a command, in bytes (Commands §6.2.1: at most 128). In JSON the same name has
/// up to 128 characters; one of more than 128 bytes goes to no authenticator behind a wire.
pub const COMMAND_USERNAME_BYTES: usize = 128;

/// `TAG_USERNAME` in a response, in bytes: 128 characters of up to four bytes. The tables set no
/// limit here, and an authenticator may have learned the name in another way than by a command.
pub const RESPONSE_USERNAME_BYTES: usize = 4 * USERNAME_CHARS;

/// `TAG_USERVERIFY_TOKEN`, in bytes. The specification sets no limit; a token is a random number
/// or a MAC with its time, and an authenticator has to keep or check it.
pub const USER_VERIFY_TOKEN_BYTES: usize = 256;

/// `TAG_KEYHANDLE`, in bytes. Where key handles are stored with the server they are KeyIDs
/// (Commands §7.4), so no key handle is longer than a KeyID.
pub const KEY_HANDLE_BYTES: usize = KEY_ID_BYTES;

/// `TAG_KEYHANDLE` elements of one command: MaxKeyHandles is a byte (Commands §6.1.3).
pub const KEY_HANDLES: usize = 255;

/// `TAG_ASSERTION_SCHEME`, in bytes: the names are eight characters (UAF §5.1), and a server reads
/// at most 32 characters.
pub const ASSERTION_SCHEME_BYTES: usize = 32;

/// `TAG_TC_DISPLAY_CONTENT_TYPE`, in bytes: a MIME type's two names have at most 127 characters
/// each (RFC 6838 §4.2).
pub const CONTENT_TYPE_BYTES: usize = 255;

/// The modulus of an RSA key, in bytes: from 2048 bits (Registry §3.6.2) to 4096 bits,
/// beyond which verifying costs more than a stranger should be able to ask for.
pub const RSA_MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

/// The public exponent of an RSA key, in bytes. Deployed keys use 65537; eight bytes is
/// what common verifiers accept.
pub const RSA_EXPONENT_BYTES: std::ops::RangeInclusive<usize> = 1..=8;

/// A WebAuthn credential ID, in bytes (WebAuthn §5.8.3: authenticators make up to 1023).
pub const CREDENTIAL_ID_BYTES: usize = 1023;

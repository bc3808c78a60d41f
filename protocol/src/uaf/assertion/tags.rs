//! TLV tags (Commands §4, UAF Registry §4). 0x1000 marks a composite, 0x2000 a critical tag.

/// Set in tags whose value is a sequence of elements.
pub const COMPOSITE: u16 = 0x1000;
/// Set in tags that a receiver must not skip (Commands §4).
pub const CRITICAL: u16 = 0x2000;

/// Declares tags together with their names.
macro_rules! tags {
    ($($(#[$meta:meta])* $name:ident = $code:literal;)+) => {
        $($(#[$meta])* pub const $name: u16 = $code;)+

        /// The tag's name in the specification without `TAG_`, if it has one.
        #[must_use]
        pub const fn name(tag: u16) -> Option<&'static str> {
            match tag {
                $($code => Some(stringify!($name)),)+
                _ => None,
            }
        }
    };
}

tags! {
    /// A registration assertion: KRD, then one attestation.
    UAFV1_REG_ASSERTION = 0x3E01;
    /// An authentication assertion: SIGNED_DATA, then the signature.
    UAFV1_AUTH_ASSERTION = 0x3E02;
    /// Key registration data, signed as a whole with tag and length.
    UAFV1_KRD = 0x3E03;
    /// What an authentication signs, as a whole with tag and length.
    UAFV1_SIGNED_DATA = 0x3E04;
    /// An X.509 certificate in DER; the attestation certificate first, then its issuers.
    ATTESTATION_CERT = 0x2E05;
    /// A signature.
    SIGNATURE = 0x2E06;
    /// Attestation by an attestation key.
    ATTESTATION_BASIC_FULL = 0x3E07;
    /// Attestation by the new key itself.
    ATTESTATION_BASIC_SURROGATE = 0x3E08;
    /// Direct anonymous attestation.
    ATTESTATION_ECDAA = 0x3E09;
    /// Attestation by a key that a privacy CA certified (later registries).
    ATTESTATION_ATTCA = 0x3E0A;
    /// No attestation (later registries).
    ATTESTATION_NONE = 0x3E0B;
    /// Attestation by a key that an anonymisation CA certified (later registries).
    ATTESTATION_ANONCA = 0x3E0C;
    /// A key identifier.
    KEYID = 0x2E09;
    /// The hash of the transmitted `fcParams`.
    FINAL_CHALLENGE_HASH = 0x2E0A;
    /// The authenticator's model, nine ASCII characters.
    AAID = 0x2E0B;
    /// The new public key.
    PUB_KEY = 0x2E0C;
    /// Signature counter, and in a KRD the registration counter: u32 little-endian each.
    COUNTERS = 0x2E0D;
    /// Version, mode and algorithms.
    ASSERTION_INFO = 0x2E0E;
    /// Random bytes of the authenticator.
    AUTHENTICATOR_NONCE = 0x2E0F;
    /// The hash of the transaction, or nothing.
    TRANSACTION_CONTENT_HASH = 0x2E10;
    /// An extension that a receiver has to understand.
    EXTENSION_CRITICAL = 0x3E11;
    /// An extension that a receiver may ignore.
    EXTENSION = 0x3E12;
    /// An extension's name, UTF-8.
    EXTENSION_ID = 0x2E13;
    /// An extension's data.
    EXTENSION_DATA = 0x2E14;
    /// What a user verification index is made of; never leaves an authenticator (Registry §4.1).
    RAW_USER_VERIFICATION_INDEX = 0x0103;
    /// Names the record that the user was verified with, for one key (Registry §4.1).
    USER_VERIFICATION_INDEX = 0x0104;
    /// What a user verification state is made of; never leaves an authenticator (Registry §4.1).
    RAW_USER_VERIFICATION_STATE = 0x0105;
    /// Names the set of active records, for one key (Registry §4.1).
    USER_VERIFICATION_STATE = 0x0106;
    /// Reserved under this name (Registry §4.1).
    RESERVED_5 = 0x0201;
    /// Command GetInfo.
    UAFV1_GETINFO_CMD = 0x3401;
    /// Command Register.
    UAFV1_REGISTER_CMD = 0x3402;
    /// Command Sign.
    UAFV1_SIGN_CMD = 0x3403;
    /// Command Deregister.
    UAFV1_DEREGISTER_CMD = 0x3404;
    /// Command OpenSettings.
    UAFV1_OPEN_SETTINGS_CMD = 0x3406;
    /// Response of GetInfo.
    UAFV1_GETINFO_CMD_RESPONSE = 0x3601;
    /// Response of Register.
    UAFV1_REGISTER_CMD_RESPONSE = 0x3602;
    /// Response of Sign.
    UAFV1_SIGN_CMD_RESPONSE = 0x3603;
    /// Response of Deregister.
    UAFV1_DEREGISTER_CMD_RESPONSE = 0x3604;
    /// Response of OpenSettings.
    UAFV1_OPEN_SETTINGS_CMD_RESPONSE = 0x3606;
    /// A wrapped key.
    KEYHANDLE = 0x2801;
    /// A user name and the key handle that belongs to it.
    USERNAME_AND_KEYHANDLE = 0x3802;
    /// Proof of an earlier user verification.
    USERVERIFY_TOKEN = 0x2803;
    /// The application.
    APPID = 0x2804;
    /// The ASM's proof that a key handle is its own.
    KEYHANDLE_ACCESS_TOKEN = 0x2805;
    /// A user name.
    USERNAME = 0x2806;
    /// The attestation that the server prefers, u16.
    ATTESTATION_TYPE = 0x2807;
    /// A command's outcome, u16.
    STATUS_CODE = 0x2808;
    /// The description of an authenticator.
    AUTHENTICATOR_METADATA = 0x2809;
    /// The name of an assertion scheme.
    ASSERTION_SCHEME = 0x280A;
    /// What the transaction display can show.
    TC_DISPLAY_PNG_CHARACTERISTICS = 0x280B;
    /// The content type that the transaction display takes.
    TC_DISPLAY_CONTENT_TYPE = 0x280C;
    /// Which authenticator of the device, u8.
    AUTHENTICATOR_INDEX = 0x280D;
    /// The version of the command set, u8, always 1.
    API_VERSION = 0x280E;
    /// The assertion that a command made.
    AUTHENTICATOR_ASSERTION = 0x280F;
    /// The transaction's content.
    TRANSACTION_CONTENT = 0x2810;
    /// One authenticator's part of a GetInfo response.
    AUTHENTICATOR_INFO = 0x3811;
    /// The name of a supported extension.
    SUPPORTED_EXTENSION_ID = 0x2812;
    /// Proof of an earlier transaction confirmation.
    TRANSACTIONCONFIRMATION_TOKEN = 0x2813;
}

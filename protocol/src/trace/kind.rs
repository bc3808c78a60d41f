//! What an input, or something inside it, is.

use crate::uaf::assertion::tags;

/// Declares the kinds with their names.
macro_rules! kinds {
    ($($(#[$meta:meta])* $variant:ident = $name:literal;)+) => {
        /// What an input, or something inside it, is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Kind {
            $($(#[$meta])* $variant,)+
        }

        impl Kind {
            /// The name for people.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

kinds! {
    /// UAF §3.4.2, an array of them.
    RegistrationRequest = "registration request";
    /// UAF §3.4.5.
    RegistrationResponse = "registration response";
    /// UAF §3.5.3.
    AuthenticationRequest = "authentication request";
    /// UAF §3.5.5.
    AuthenticationResponse = "authentication response";
    /// UAF §3.6.3.
    DeregistrationRequest = "deregistration request";
    /// A message whose header does not say which.
    Message = "UAF message of no known operation";
    /// UAF §3.1.7.
    FinalChallengeParams = "final challenge parameters";
    /// Transport §4.1.
    UafMessage = "UAFMessage of the client interface";
    /// Transport §8.3.3.
    GetUafRequest = "GetUAFRequest";
    /// Transport §8.3.4.
    ReturnUafRequest = "ReturnUAFRequest";
    /// Transport §8.3.5.
    SendUafResponse = "SendUAFResponse";
    /// Transport §8.3.6.
    ServerResponse = "ServerResponse";
    /// ASM §3.2.1.
    AsmRequest = "ASM request";
    /// ASM §3.2.2.
    AsmResponse = "ASM response";
    /// Facets §3.1.3.
    TrustedFacetsList = "trusted facet list";
    /// Metadata §4.
    MetadataStatement = "metadata statement";
    /// Commands §5.2.1.
    RegistrationAssertion = "registration assertion";
    /// Commands §5.2.2.
    AuthenticationAssertion = "authentication assertion";
    /// WebAuthn §6.5.4, in the scheme `WAV1CBOR`.
    AttestationObject = "attestation object (WAV1CBOR, experimental)";
    /// CTAP2 §6.2, in the scheme `WAV1CBOR`.
    WebauthnAssertion = "WebAuthn assertion (WAV1CBOR, experimental)";
    /// WebAuthn §6.1.
    AuthenticatorData = "authenticator data (WAV1CBOR, experimental)";
    /// Commands §6, what an ASM sends.
    Command = "authenticator command";
    /// Commands §6, what an authenticator answers.
    CommandResponse = "response to an authenticator command";
    /// A text that encodes something else.
    Text = "text";
    /// Anything else.
    Unknown = "nothing of UAF";
}

impl Kind {
    /// What bytes are, by their first tag.
    pub(super) fn of_tlv(bytes: &[u8]) -> Self {
        let [low, high, ..] = *bytes else {
            return Self::Unknown;
        };
        match u16::from_le_bytes([low, high]) {
            tags::UAFV1_REG_ASSERTION => Self::RegistrationAssertion,
            tags::UAFV1_AUTH_ASSERTION => Self::AuthenticationAssertion,
            tags::UAFV1_GETINFO_CMD
            | tags::UAFV1_REGISTER_CMD
            | tags::UAFV1_SIGN_CMD
            | tags::UAFV1_DEREGISTER_CMD
            | tags::UAFV1_OPEN_SETTINGS_CMD => Self::Command,
            tags::UAFV1_GETINFO_CMD_RESPONSE
            | tags::UAFV1_REGISTER_CMD_RESPONSE
            | tags::UAFV1_SIGN_CMD_RESPONSE
            | tags::UAFV1_DEREGISTER_CMD_RESPONSE
            | tags::UAFV1_OPEN_SETTINGS_CMD_RESPONSE => Self::CommandResponse,
            _ => Self::Unknown,
        }
    }
}

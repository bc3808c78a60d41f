//! Where an installation lives, which model it is, and how it vouches for its keys.

use std::path::PathBuf;

use smile_protocol::uaf::identity::Aaid;

use crate::sealed::Sealing;

/// The model with Basic Full attestation. Vendor code FFFF is a test one: real codes are FIDO's to assign.
pub const AAID_BASIC_FULL: Aaid = Aaid::new(0xFFFF, 0x5301);
/// The model with Basic Surrogate attestation; also a test one.
pub const AAID_BASIC_SURROGATE: Aaid = Aaid::new(0xFFFF, 0x5302);

/// How this authenticator vouches for new keys. Each is a model of its own, with its own AAID: a relying
/// party accepts Basic Surrogate only for models whose metadata list no root.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AttestationMode {
    /// An attestation key of this installation signs each registration.
    #[default]
    BasicFull,
    /// Each new key signs its own registration.
    BasicSurrogate,
}

impl AttestationMode {
    /// The AAID of the model unless the configuration names another: a test one.
    pub const fn aaid(self) -> Aaid {
        match self {
            Self::BasicFull => AAID_BASIC_FULL,
            Self::BasicSurrogate => AAID_BASIC_SURROGATE,
        }
    }
}

/// Where an installation lives, how it is sealed, and which model it is.
///
/// AAID, attestation and display are what a metadata statement says of a model: installations that differ
/// in one of them are different models, and a vendor gives each its own AAID.
pub struct AuthenticatorConfig {
    /// The folder for everything this authenticator keeps; created with mode 0700 if absent.
    pub home: PathBuf,
    /// Where the sealing key comes from.
    pub sealing: Sealing,
    /// How new keys are vouched for.
    pub attestation: AttestationMode,
    /// Which model this installation is; `None` for the test AAID of its attestation. A home belongs to one
    /// model for good.
    pub aaid: Option<Aaid>,
    /// Whether the app has a screen on which users confirm transactions. Without one, a Sign with a
    /// transaction is refused (Commands §6.3.4), and policies and metadata say `tcDisplay` 0.
    pub transaction_display: bool,
    /// Whether that screen shows pictures too, [`PICTURE`](crate::transaction::PICTURE): then metadata and registrations
    /// say so.
    pub picture_display: bool,
    /// PersonaID of the ASM: which of the device's user accounts this home serves. Keys registered under
    /// one persona can neither be used nor deleted under another, through client, ASM or commands.
    pub persona: String,
}

impl AuthenticatorConfig {
    /// Basic Full attestation, the test AAID, a transaction display for text, one persona.
    pub fn new(home: impl Into<PathBuf>, sealing: Sealing) -> Self {
        Self {
            home: home.into(),
            sealing,
            attestation: AttestationMode::default(),
            aaid: None,
            transaction_display: true,
            picture_display: false,
            persona: "owner".to_owned(),
        }
    }

    /// The same with another attestation.
    #[must_use]
    pub fn with_attestation(self, attestation: AttestationMode) -> Self {
        Self { attestation, ..self }
    }

    /// The same as a vendor's model.
    #[must_use]
    pub fn with_aaid(self, aaid: Aaid) -> Self {
        Self {
            aaid: Some(aaid),
            ..self
        }
    }

    /// The same for an app without a screen for transactions.
    #[must_use]
    pub fn without_transaction_display(self) -> Self {
        Self {
            transaction_display: false,
            ..self
        }
    }

    /// The same for an app whose screen for transactions shows pictures too
    /// ([`confirm_picture`](crate::transaction::TransactionDisplay::confirm_picture)).
    #[must_use]
    pub fn with_picture_display(self) -> Self {
        Self {
            picture_display: true,
            ..self
        }
    }

    /// The model of this installation.
    pub fn aaid(&self) -> Aaid {
        self.aaid.unwrap_or(self.attestation.aaid())
    }
}

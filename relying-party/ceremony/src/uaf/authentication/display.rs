//! Which form of a transaction an authenticator shows (UAF §3.5.7.1).

use smile_protocol::{
    metadata::DisplayPngCharacteristics,
    uaf::authentication::{IMAGE_PNG, TEXT_PLAIN, Transaction},
};

use crate::{metadata::MetadataSet, record::Credential};

/// What the authenticator of a key shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Display<'d> {
    /// No transactions.
    Nothing,
    /// `text/plain`.
    Text,
    /// `image/png` with any one of these characteristics.
    Pictures(&'d [DisplayPngCharacteristics]),
}

impl<'d> Display<'d> {
    /// The display of the authenticator that holds this key.
    pub(super) fn of(metadata: &'d MetadataSet, key: &'d Credential) -> Self {
        let Ok(model) = metadata.get(key.aaid) else {
            return Self::Nothing;
        };
        let statement = model.statement();
        let reported = &key.tc_display_png_characteristics;
        match statement.tc_display_content_type.as_deref() {
            // Metadata §4: tcDisplay is 0 where transactions are not supported.
            _ if statement.tc_display == 0 => Self::Nothing,
            Some(TEXT_PLAIN) => Self::Text,
            // UAF §3.5.7.1: what was reported at registration is preferred over metadata.
            Some(IMAGE_PNG) if !reported.is_empty() => Self::Pictures(reported),
            Some(IMAGE_PNG) => Self::Pictures(&statement.tc_display_png_characteristics),
            _ => Self::Nothing,
        }
    }

    /// Whether the form is one that this display shows.
    pub(super) fn shows(self, form: &Transaction) -> bool {
        match self {
            Self::Nothing => false,
            Self::Text => form.content_type == TEXT_PLAIN,
            Self::Pictures(wanted) => {
                form.content_type == IMAGE_PNG
                    && form
                        .tc_display_png_characteristics
                        .as_ref()
                        .is_some_and(|drawn_for| wanted.contains(drawn_for))
            }
        }
    }

    /// The form for this display among these: of several pictures the one that it names first.
    pub(super) fn choose(self, forms: &[Transaction]) -> Option<&Transaction> {
        let shown = forms.iter().filter(|form| self.shows(form));
        shown.min_by_key(|form| match self {
            Self::Pictures(wanted) => wanted
                .iter()
                .position(|one| Some(one) == form.tc_display_png_characteristics.as_ref()),
            _ => None,
        })
    }
}

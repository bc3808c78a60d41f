//! Which form of a transaction an authenticator shows (UAF §3.5.7.1).

use smile_protocol::{
    metadata::DisplayPngCharacteristics,
    uaf::authentication::{IMAGE_PNG, TEXT_PLAIN, Transaction},
};

use crate::{limits::DISPLAY_FORMS_MAX, metadata::MetadataSet, record::Credential};

/// What the authenticator of a key shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Display<'d> {
    /// Whether it shows `text/plain`.
    text: bool,
    /// It shows `image/png` with any one of these characteristics.
    pictures: &'d [DisplayPngCharacteristics],
}

impl<'d> Display<'d> {
    const NOTHING: Self = Self {
        text: false,
        pictures: &[],
    };

    /// The display of the authenticator that holds this key.
    pub(super) fn of(metadata: &'d MetadataSet, key: &'d Credential) -> Self {
        let Ok(model) = metadata.get(key.aaid) else {
            return Self::NOTHING;
        };
        let statement = model.statement();
        // Metadata §4: tcDisplay is 0 where transactions are not supported. A statement names one content type; one that
        // names text and lists characteristics of pictures shows both.
        let text = match statement.tc_display_content_type.as_deref() {
            _ if statement.tc_display == 0 => return Self::NOTHING,
            Some(TEXT_PLAIN) => true,
            Some(IMAGE_PNG) => false,
            _ => return Self::NOTHING,
        };
        // UAF §3.5.7.1: what was reported at registration is preferred over metadata.
        let pictures = match key.tc_display_png_characteristics.as_slice() {
            [] => &statement.tc_display_png_characteristics,
            // Records of earlier versions may have more.
            reported => &reported[..reported.len().min(DISPLAY_FORMS_MAX)],
        };
        Self { text, pictures }
    }

    /// Whether the form is one that this display shows.
    pub(super) fn shows(self, form: &Transaction) -> bool {
        match form.content_type.as_str() {
            TEXT_PLAIN => self.text,
            IMAGE_PNG => form
                .tc_display_png_characteristics
                .as_ref()
                .is_some_and(|drawn_for| self.pictures.contains(drawn_for)),
            _ => false,
        }
    }

    /// The form for this display among these: the text where it shows text, and of several pictures the one that it
    /// names first.
    pub(super) fn choose(self, forms: &[Transaction]) -> Option<&Transaction> {
        let shown = forms.iter().filter(|form| self.shows(form));
        shown.min_by_key(|form| {
            let drawn_for = form.tc_display_png_characteristics.as_ref();
            drawn_for.and_then(|drawn_for| self.pictures.iter().position(|one| one == drawn_for))
        })
    }

    /// The characteristics of the pictures that it shows, the preferred ones first.
    pub(super) fn pictures(self) -> &'d [DisplayPngCharacteristics] {
        self.pictures
    }

    /// Whether it shows no text.
    pub(super) fn needs_pictures(self) -> bool {
        !self.text
    }
}

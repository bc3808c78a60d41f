//! Consent before the first picture: which text, in which language, when, until when. Kept on this device.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::AgentError;
use crate::files;

/// The version of the texts; a new one asks everybody again.
pub const CONSENT_VERSION: u32 = 1;
/// A consent ends after a year.
const LASTS_MS: u64 = 365 * 24 * 60 * 60 * 1000;

/// The text in one language.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConsentText {
    /// `en` or `zh`.
    pub language: &'static str,
    /// What is shown.
    pub text: &'static str,
}

/// The texts, the first where no language fits.
pub const TEXTS: [ConsentText; 2] = [
    ConsentText {
        language: "en",
        text: include_str!("consent/en.txt"),
    },
    ConsentText {
        language: "zh",
        text: include_str!("consent/zh.txt"),
    },
];

impl ConsentText {
    /// The text in `language`, or the first.
    #[must_use]
    pub fn in_language(language: &str) -> Self {
        let found = TEXTS.iter().find(|text| text.language == language);
        *found.unwrap_or(&TEXTS[0])
    }

    /// The text whose hash is `sha256`, if it is one of ours.
    #[must_use]
    pub fn with_hash(sha256: &str) -> Option<Self> {
        TEXTS.into_iter().find(|text| text.sha256() == sha256)
    }

    /// SHA-256 of the text, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        Sha256::digest(self.text)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// A consent that was given, as it is kept. It says nothing of a face.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// [`CONSENT_VERSION`] at that time.
    pub version: u32,
    /// The language of the text.
    pub language: String,
    /// SHA-256 of the text, in hexadecimal.
    pub text_sha256: String,
    /// Unix milliseconds.
    pub given_at_ms: u64,
    /// Unix milliseconds.
    pub ends_at_ms: u64,
}

/// Where the consent is kept.
pub struct ConsentFile(pub PathBuf);

impl ConsentFile {
    /// Keeps a consent to `text`, given at `now_ms`.
    ///
    /// # Errors
    /// The disk's.
    pub fn keep(&self, text: ConsentText, now_ms: u64) -> Result<(), AgentError> {
        let consent = Consent {
            version: CONSENT_VERSION,
            language: text.language.to_owned(),
            text_sha256: text.sha256(),
            given_at_ms: now_ms,
            ends_at_ms: now_ms.saturating_add(LASTS_MS),
        };
        let json = serde_json::to_vec_pretty(&consent).expect("texts and numbers are JSON");
        files::replace(&self.0, &json).map_err(AgentError::file(&self.0))
    }

    /// The consent that is kept, if there is one.
    ///
    /// # Errors
    /// The disk's, or a file that this program did not write.
    pub fn read(&self) -> Result<Option<Consent>, AgentError> {
        let Some(bytes) = files::read(&self.0).map_err(AgentError::file(&self.0))? else {
            return Ok(None);
        };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| AgentError::Config {
                file: self.0.clone(),
                rule: error.to_string(),
            })
    }

    /// Whether a consent to today's text is kept that has not ended at `now_ms`. Without one nobody is looked at.
    ///
    /// # Errors
    /// As [`ConsentFile::read`].
    pub fn holds(&self, now_ms: u64) -> Result<bool, AgentError> {
        let consent = self.read()?;
        Ok(consent.is_some_and(|consent| consent.version == CONSENT_VERSION && now_ms < consent.ends_at_ms))
    }

    /// Forgets it, together with the face.
    ///
    /// # Errors
    /// The disk's.
    pub fn forget(&self) -> Result<(), AgentError> {
        match std::fs::remove_file(&self.0) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(AgentError::file(&self.0)(error))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ConsentFile, ConsentText};

    #[test]
    fn a_consent_is_kept_with_the_hash_of_its_text_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let file = ConsentFile(folder.path().join("consent.json"));
        assert_eq!(file.read().unwrap(), None);
        let text = ConsentText::in_language("zh");
        assert_eq!(ConsentText::with_hash(&text.sha256()), Some(text));
        assert_eq!(ConsentText::with_hash("00"), None);
        file.keep(text, 5).unwrap();
        let kept = file.read().unwrap().unwrap();
        assert_eq!((kept.language.as_str(), kept.given_at_ms), ("zh", 5));
        assert_eq!(kept.text_sha256, text.sha256());
        assert_eq!(kept.ends_at_ms, 5 + 365 * 86_400_000);
        assert!(file.holds(kept.ends_at_ms - 1).unwrap() && !file.holds(kept.ends_at_ms).unwrap());
        file.forget().unwrap();
        file.forget().unwrap();
        assert_eq!(file.read().unwrap(), None);
        assert!(!file.holds(6).unwrap());
    }

    #[test]
    fn a_consent_to_an_earlier_text_holds_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let file = ConsentFile(folder.path().join("consent.json"));
        file.keep(ConsentText::in_language("en"), 5).unwrap();
        let text = std::fs::read_to_string(&file.0).unwrap();
        std::fs::write(&file.0, text.replace("\"version\": 1", "\"version\": 0")).unwrap();
        assert!(!file.holds(6).unwrap());
        std::fs::write(&file.0, "{}").unwrap();
        assert!(file.holds(6).is_err());
    }

    #[test]
    fn a_language_that_is_not_there_is_answered_in_english() {
        assert_eq!(ConsentText::in_language("fr").language, "en");
    }
}

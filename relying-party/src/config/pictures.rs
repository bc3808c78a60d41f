//! `[pictures]`: what names are drawn with that are not ASCII.

use super::lint::Lint;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Fonts for pictures of payments' texts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PicturesConfig {
    /// Font files (`.ttf`, `.otf`, `.ttc`), or folders of them, read at start. Each character is drawn with the first font
    /// that has it. Without any, a payee or order that is not printable ASCII is refused.
    pub fonts: Vec<PathBuf>,
}

impl PicturesConfig {
    pub(super) fn lint(&self, lints: &mut Vec<Lint>) {
        if self.fonts.iter().any(|path| path.as_os_str().is_empty()) {
            lints.push(Lint::new("pictures.fonts", "must not name an empty path"));
        }
        for (index, path) in self.fonts.iter().enumerate() {
            if self.fonts[..index].contains(path) {
                lints.push(Lint::new(
                    "pictures.fonts",
                    format!("names {} twice", path.display()),
                ));
            }
        }
    }

    pub(super) fn resolve_from(&mut self, base: &Path) {
        for path in &mut self.fonts {
            *path = base.join(&path);
        }
    }
}

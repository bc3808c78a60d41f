//! The fonts that texts are drawn with: files that the configuration names, read once, in its order.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cosmic_text::fontdb::{Database, ID, Source, Stretch, Style, Weight};
use cosmic_text::{FontSystem, SwashCache};
use sha2::{Digest, Sha256};

/// Largest font file that is read, in bytes: those with all of Chinese, Japanese and Korean have some thirty million.
const FONT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FontFile {
    /// Where it is.
    pub path: PathBuf,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// How many of its faces are used.
    pub faces: usize,
}

/// A face by the name that only we know it under: a span of text is drawn with the face that was chosen for it.
#[derive(Debug, Clone)]
struct Face {
    id: ID,
    name: String,
}

/// What shapes and draws. It caches what it read of the fonts, so it is one for all, behind a lock.
pub(super) struct Engine {
    pub(super) system: FontSystem,
    pub(super) glyphs: SwashCache,
    faces: Vec<Face>,
}

/// Fonts in the order in which they are asked for a character.
pub struct Fonts {
    files: Vec<FontFile>,
    engine: Mutex<Engine>,
}

impl Fonts {
    /// Reads the fonts that `paths` name: files, and folders whose files ending in `.ttf`, `.otf` and `.ttc` are taken by
    /// name. Of each file the upright faces of regular weight are used.
    ///
    /// # Errors
    /// The file or folder, and what is wrong with it: it cannot be read, is too large, or has no such face.
    pub fn load(paths: &[PathBuf]) -> Result<Self, (PathBuf, String)> {
        let mut database = Database::new();
        let (mut files, mut faces) = (Vec::new(), Vec::new());
        for path in paths {
            let is_folder = path.is_dir();
            let of_folder = if is_folder {
                fonts_in(path)?
            } else {
                vec![path.clone()]
            };
            let before = files.len();
            for file in of_folder {
                let (found, sha256) = read_faces(&mut database, &file, faces.len())?;
                // In a folder stand bold and slanted faces too; a file that is named must be of use.
                if found.is_empty() && !is_folder {
                    return Err((file, "has no upright face of regular weight".to_owned()));
                }
                if !found.is_empty() {
                    let count = found.len();
                    files.push(FontFile {
                        path: file,
                        sha256,
                        faces: count,
                    });
                    faces.extend(found);
                }
            }
            if files.len() == before {
                return Err((
                    path.clone(),
                    "has no font with an upright face of regular weight".to_owned(),
                ));
            }
        }
        // The language chooses among lists of fonts by name, and ours have other names.
        let system = FontSystem::new_with_locale_and_db("en".to_owned(), database);
        let engine = Engine {
            system,
            glyphs: SwashCache::new(),
            faces,
        };
        Ok(Self {
            files,
            engine: Mutex::new(engine),
        })
    }

    /// What was read.
    #[must_use]
    pub fn files(&self) -> &[FontFile] {
        &self.files
    }

    pub(super) fn with_engine<T>(&self, use_it: impl FnOnce(&mut Engine) -> T) -> T {
        // A panic leaves caches behind, which are whole or not there.
        use_it(&mut self.engine.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Engine {
    /// The name of the first face that has the character.
    pub(super) fn face_for(&mut self, at: char) -> Option<String> {
        let Self { system, faces, .. } = self;
        let has_it = |face: &&Face| {
            let font = system.get_font(face.id, Weight::NORMAL);
            font.is_some_and(|font| font.as_swash().charmap().map(at) != 0)
        };
        faces.iter().find(has_it).map(|face| face.name.clone())
    }
}

/// The font files of a folder, by name.
fn fonts_in(folder: &Path) -> Result<Vec<PathBuf>, (PathBuf, String)> {
    let unreadable = |error: std::io::Error| (folder.to_owned(), error.to_string());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        let ending = ending.map(str::to_ascii_lowercase);
        if matches!(ending.as_deref(), Some("ttf" | "otf" | "ttc")) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Takes the faces of a file into the database under names of our own.
fn read_faces(
    database: &mut Database,
    path: &Path,
    taken: usize,
) -> Result<(Vec<Face>, String), (PathBuf, String)> {
    let refused = |reason: String| (path.to_owned(), reason);
    let size = fs::metadata(path)
        .map_err(|error| refused(error.to_string()))?
        .len();
    if size > FONT_BYTES_MAX {
        return Err(refused(format!("has more than {FONT_BYTES_MAX} bytes")));
    }
    let bytes = fs::read(path).map_err(|error| refused(error.to_string()))?;
    let sha256 = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let ids = database.load_font_source(Source::Binary(Arc::new(bytes)));
    if ids.is_empty() {
        return Err(refused("is not a font".to_owned()));
    }
    let mut faces = Vec::new();
    for id in ids {
        let Some(mut info) = database.face(id).cloned() else {
            continue;
        };
        database.remove_face(id);
        let is_plain =
            info.style == Style::Normal && info.weight == Weight::NORMAL && info.stretch == Stretch::Normal;
        if is_plain {
            let name = format!("face {}", taken + faces.len());
            let language = info
                .families
                .first()
                .map_or(cosmic_text::fontdb::Language::Unknown, |(_, language)| *language);
            info.families = vec![(name.clone(), language)];
            let id = database.push_face_info(info);
            faces.push(Face { id, name });
        }
    }
    Ok((faces, sha256))
}

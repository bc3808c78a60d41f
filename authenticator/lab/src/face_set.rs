//! The pictures, the people on them, and the pairs to compare.

#[cfg(test)]
mod tests;

use crate::LabError;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// One picture of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Path relative to the set's folder, with `/`: `lfw/NAME/NAME_0001.jpg`.
    pub path: String,
    /// Index into [`FaceSet::people`].
    pub person: usize,
}

/// Two pictures to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// Index into [`FaceSet::pictures`].
    pub a: usize,
    /// Index into [`FaceSet::pictures`].
    pub b: usize,
    /// Do both show one person?
    pub genuine: bool,
}

/// Pictures ordered by path, people ordered by name, pairs in the order of their file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaceSet {
    /// The folder that the paths are relative to.
    pub folder: PathBuf,
    /// Names of the folders that hold the pictures, one per person.
    pub people: Vec<String>,
    /// Every picture of the set.
    pub pictures: Vec<Picture>,
    /// The pairs of the pairs file.
    pub pairs: Vec<Pair>,
}

impl FaceSet {
    /// Reads the pairs file (`pathA pathB same(1)/different(0) [fold]`, paths relative to `folder` and without
    /// spaces, `#` starts a comment line), then takes **every** JPEG and PNG that lies as the pairs' pictures do:
    /// `GROUP/PERSON/FILE` for each `GROUP` that a pair names. The person is the name of the folder.
    ///
    /// # Errors
    /// [`LabError::Read`], [`LabError::PairsLine`], [`LabError::PictureMissing`].
    pub fn read(folder: &Path, pairs: &Path) -> Result<Self, LabError> {
        let text = std::fs::read_to_string(pairs).map_err(|cause| LabError::Read {
            path: pairs.to_path_buf(),
            cause,
        })?;
        let lines = text.lines().enumerate().map(|(i, line)| (i + 1, line.trim()));
        let lines: Vec<PairLine> = lines
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .map(|(number, line)| PairLine::parse(number, line))
            .collect::<Result<_, _>>()?;
        let groups: BTreeSet<&str> = lines.iter().flat_map(|l| [l.a.group, l.b.group]).collect();
        let mut paths = BTreeMap::new();
        for group in groups {
            list_group(folder, group, &mut paths)?;
        }
        let people: Vec<String> = paths
            .values()
            .cloned()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let person = |name: &String| {
            people
                .binary_search(name)
                .expect("people were collected from these names")
        };
        let pictures: Vec<Picture> = paths
            .iter()
            .map(|(path, name)| Picture {
                path: path.clone(),
                person: person(name),
            })
            .collect();
        let find = |line: &PairLine, path: &str| {
            let missing = || LabError::PictureMissing {
                line: line.number,
                path: path.to_owned(),
            };
            pictures
                .binary_search_by(|p| p.path.as_str().cmp(path))
                .map_err(|_| missing())
        };
        let pairs = lines
            .iter()
            .map(|l| {
                Ok(Pair {
                    a: find(l, l.a.path)?,
                    b: find(l, l.b.path)?,
                    genuine: l.genuine,
                })
            })
            .collect::<Result<_, LabError>>()?;
        Ok(Self {
            folder: folder.to_path_buf(),
            people,
            pictures,
            pairs,
        })
    }

    /// How many pictures each person has, by person.
    #[must_use]
    pub fn pictures_per_person(&self) -> Vec<u64> {
        let mut counts = vec![0; self.people.len()];
        for picture in &self.pictures {
            counts[picture.person] += 1;
        }
        counts
    }
}

/// A path of the pairs file, taken apart.
struct PicturePath<'a> {
    path: &'a str,
    group: &'a str,
    person: &'a str,
}

impl<'a> PicturePath<'a> {
    fn parse(path: &'a str) -> Option<Self> {
        let (folder, file) = path.rsplit_once('/')?;
        let (group, person) = folder.rsplit_once('/')?;
        let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
        let inside = group.split('/').chain([person, file]).all(plain);
        inside.then_some(Self { path, group, person })
    }
}

struct PairLine<'a> {
    number: usize,
    a: PicturePath<'a>,
    b: PicturePath<'a>,
    genuine: bool,
}

impl<'a> PairLine<'a> {
    fn parse(number: usize, line: &'a str) -> Result<Self, LabError> {
        let refuse = |rule| LabError::PairsLine { line: number, rule };
        let columns: Vec<&str> = line.split_ascii_whitespace().collect();
        let ([a, b, same] | [a, b, same, _]) = columns[..] else {
            return Err(refuse("must be `pathA pathB same [fold]`"));
        };
        let path =
            |p| PicturePath::parse(p).ok_or(refuse("paths must be GROUP/PERSON/FILE below the folder"));
        let (a, b) = (path(a)?, path(b)?);
        let genuine = match same {
            "1" => true,
            "0" => false,
            _ => return Err(refuse("same must be 1 or 0")),
        };
        // The bounds resample people, so a pair must say whose it is.
        if genuine != (a.person == b.person) {
            return Err(refuse("same must be 1 exactly when both folders have one name"));
        }
        if a.path == b.path {
            return Err(refuse("a picture is not compared with itself"));
        }
        Ok(Self {
            number,
            a,
            b,
            genuine,
        })
    }
}

/// Adds every picture of `GROUP/PERSON/` to `paths`, with its person's name.
fn list_group(folder: &Path, group: &str, paths: &mut BTreeMap<String, String>) -> Result<(), LabError> {
    for person in names(&folder.join(group))? {
        let place = folder.join(group).join(&person);
        if !place.is_dir() {
            continue;
        }
        for file in names(&place)? {
            let extension = Path::new(&file)
                .extension()
                .and_then(|e| e.to_str())
                .unwrap_or_default();
            if ["jpg", "jpeg", "png"]
                .iter()
                .any(|known| extension.eq_ignore_ascii_case(known))
            {
                paths.insert(format!("{group}/{person}/{file}"), person.clone());
            }
        }
    }
    Ok(())
}

/// The names in a folder; those that are not UTF-8 cannot stand in a pairs file and are left out.
fn names(folder: &Path) -> Result<Vec<String>, LabError> {
    let unreadable = |cause| LabError::Read {
        path: folder.to_path_buf(),
        cause,
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        names.extend(entry.map_err(unreadable)?.file_name().into_string());
    }
    Ok(names)
}

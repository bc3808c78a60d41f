//! The files of the pages.

use smile_tests::test_data::workspace_root;

/// The folders of the pages with an `index.html` and dictionaries in files.
pub const PAGES: &[&str] = &[
    "docs/quickstart/web/shop",
    "relying-party/web/dashboard",
    "relying-party/web/pay",
];

/// What all of these pages are made of: it is served beside the files of each.
const SHARED: &str = "relying-party/web/page";

/// The folders whose files nothing inline and nothing from elsewhere may be in: those, and the agent's own pages, whose
/// words and elements are tested beside the agent.
pub const FENCED: &[&str] = &[
    "docs/quickstart/web/shop",
    "relying-party/web/dashboard",
    "relying-party/web/pay",
    "authenticator/agent/src/pages",
];

/// One file.
pub struct WebFile {
    pub name: String,
    pub text: String,
}

impl WebFile {
    /// Whether the name ends so.
    pub fn is(&self, ending: &str) -> bool {
        self.name.ends_with(ending)
    }
}

/// All files of a page, with those in folders below, and those that the pages share.
pub fn files(page: &str) -> Vec<WebFile> {
    let mut found = Vec::new();
    let mut folders = vec![workspace_root().join(page)];
    if PAGES.contains(&page) {
        folders.push(workspace_root().join(SHARED));
    }
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).expect("a file of a page is text");
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                found.push(WebFile { name, text });
            }
        }
    }
    assert!(found.len() >= 8, "{page} has its files");
    found
}

/// The file of that name.
pub fn file(page: &str, name: &str) -> WebFile {
    let found = files(page).into_iter().find(|file| file.name == name);
    found.unwrap_or_else(|| panic!("{page} has {name}"))
}

/// What stands between `before` and the next `after`, wherever it occurs.
pub fn between<'a>(text: &'a str, before: &'a str, after: char) -> impl Iterator<Item = &'a str> {
    text.split(before)
        .skip(1)
        .filter_map(move |rest| rest.split(after).next())
}

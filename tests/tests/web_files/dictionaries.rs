//! Both languages have the same words, each is used, and each that is used is there.

use std::collections::{BTreeMap, BTreeSet};

use crate::files::{PAGES, between, file, files};

type Dictionary = BTreeMap<String, String>;

fn dictionary(page: &str, language: &str) -> Dictionary {
    serde_json::from_str(&file(page, &format!("{language}.json")).text).expect("a flat dictionary")
}

/// The keys that HTML and scripts name.
fn used(page: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for file in files(page) {
        let text = file.text.as_str();
        if file.is(".html") {
            for attribute in [" data-t=\"", " data-t-label=\"", " data-t-alt=\""] {
                keys.extend(between(text, attribute, '"').map(str::to_owned));
            }
        } else if file.is(".js") {
            keys.extend(between(text, "say(\"", '"').map(str::to_owned));
        }
    }
    keys
}

/// The names in braces of a text.
fn values(text: &str) -> BTreeSet<&str> {
    between(text, "{", '}').collect()
}

#[test]
fn both_dictionaries_have_the_same_keys_and_values() {
    for page in PAGES {
        let (en, zh) = (dictionary(page, "en"), dictionary(page, "zh"));
        assert_eq!(
            en.keys().collect::<Vec<_>>(),
            zh.keys().collect::<Vec<_>>(),
            "{page}"
        );
        for (key, text) in &en {
            assert_eq!(values(text), values(&zh[key]), "{page}: {key}");
            assert!(
                !text.trim().is_empty() && !zh[key].trim().is_empty(),
                "{page}: {key}"
            );
        }
        let same: Vec<_> = en.iter().filter(|(key, text)| zh[*key] == **text).collect();
        assert!(same.len() <= 2, "{page}: not translated: {same:?}");
    }
}

#[test]
fn every_key_that_is_used_is_there_and_every_one_that_is_there_is_used() {
    for page in PAGES {
        let there: BTreeSet<String> = dictionary(page, "en").into_keys().collect();
        let missing: Vec<_> = used(page).difference(&there).cloned().collect();
        assert!(missing.is_empty(), "{page}: {missing:?}");
        // Some keys stand in a list before they are said.
        let text: String = files(page)
            .into_iter()
            .filter(|file| !file.is(".json"))
            .map(|file| file.text)
            .collect();
        let idle: Vec<_> = there
            .iter()
            .filter(|key| !text.contains(&format!("\"{key}\"")))
            .collect();
        assert!(idle.is_empty(), "{page}: {idle:?}");
    }
}

#[test]
fn the_html_says_in_english_what_the_dictionary_says() {
    for page in PAGES {
        let (html, en) = (file(page, "index.html").text, dictionary(page, "en"));
        let (compared, other) = fallbacks(&html, &en);
        assert_eq!(other, Vec::<String>::new(), "{page}");
        assert!(compared >= 30, "{page}: {compared} texts");
    }
    let en = Dictionary::from([("a".into(), "One".into())]);
    assert_eq!(fallbacks("<p data-t=\"a\">One</p>", &en), (1, vec![]));
    for other in [
        "<p data-t=\"a\">Two</p>",
        "<p data-t=\"a\"></p>",
        "<p data-t-label=\"a\" aria-label=\"Two\">",
        "<img data-t-alt=\"a\" alt=\"\">",
    ] {
        assert_eq!(fallbacks(other, &en), (1, vec!["a".into()]), "{other}");
    }
}

/// How many texts the HTML has for keys, and the keys whose text is another one in the dictionary.
fn fallbacks(html: &str, words: &Dictionary) -> (usize, Vec<String>) {
    let (mut compared, mut other) = (0, Vec::new());
    for tag in html.split('<').skip(1) {
        let (tag, text) = tag.split_once('>').expect("a tag ends");
        let value = |attribute: &'static str| between(tag, attribute, '"').next();
        let shown = [
            (value(" data-t=\""), Some(text)),
            (value(" data-t-label=\""), value(" aria-label=\"")),
            (value(" data-t-alt=\""), value(" alt=\"")),
        ];
        for (key, shown) in shown {
            let Some(key) = key else { continue };
            compared += 1;
            let said = words.get(key).map(|said| said.replace('&', "&amp;"));
            if said.as_deref() != shown {
                other.push(key.to_owned());
            }
        }
    }
    (compared, other)
}

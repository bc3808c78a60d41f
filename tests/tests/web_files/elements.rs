//! Whatever a script asks for stands in the HTML, under a name that is there once; and the page can be used without
//! eyes, as far as a test of text can tell.

use std::collections::BTreeSet;

use crate::files::{PAGES, between, file, files};

fn ids(html: &str) -> Vec<&str> {
    between(html, " id=\"", '"').collect()
}

#[test]
fn every_id_and_every_data_name_that_a_script_asks_for_is_in_the_html() {
    for page in PAGES {
        let html = file(page, "index.html").text;
        let there: BTreeSet<&str> = ids(&html).into_iter().collect();
        assert_eq!(there.len(), ids(&html).len(), "{page}: an id stands twice");
        let mut asked = 0;
        for script in files(page).iter().filter(|file| file.is(".js")) {
            for id in between(&script.text, "byId(\"", '"') {
                assert!(there.contains(id), "{page}/{}: {id}", script.name);
                asked += 1;
            }
            // What carries a text is named in one script for both pages; the dictionaries' test looks at it.
            let asked_for = between(&script.text, "querySelectorAll(\"[", ']');
            for name in asked_for.filter(|name| !name.starts_with("data-t")) {
                assert!(
                    html.contains(&format!(" {name}")),
                    "{page}/{}: {name}",
                    script.name
                );
            }
        }
        assert!(asked >= 20, "{page}: the scripts ask for elements by byId");
    }
}

#[test]
fn every_cheat_of_the_script_has_its_card_and_the_other_way_round() {
    let html = file(PAGES[0], "index.html").text;
    let script = file(PAGES[0], "cheats.js").text;
    let cards: BTreeSet<&str> = between(&html, " data-cheat=\"", '"').collect();
    let list = between(&script, "const CHEATS = {", '}')
        .next()
        .expect("the list of cheats");
    assert_eq!(cards, list.split(',').map(str::trim).collect());
    assert_eq!(cards.len(), 6);
}

#[test]
fn every_stamp_has_a_picture_a_name_and_a_price() {
    let html = file(PAGES[0], "index.html").text;
    let stamps: BTreeSet<&str> = between(&html, "name=\"item\" value=\"", '"').collect();
    assert_eq!(stamps.len(), 3);
    for stamp in stamps {
        assert!(html.contains(&format!("/stamps/{stamp}.svg")), "{stamp}");
        assert!(html.contains(&format!("data-price=\"{stamp}\"")), "{stamp}");
        assert!(
            html.contains(&format!("data-t-alt=\"item.{stamp}.alt\"")),
            "{stamp}"
        );
    }
}

#[test]
fn labels_headings_and_live_regions_lead_somewhere() {
    for page in PAGES {
        let html = file(page, "index.html").text;
        let there: BTreeSet<&str> = ids(&html).into_iter().collect();
        for attribute in [" aria-labelledby=\"", " aria-describedby=\""] {
            for id in between(&html, attribute, '"') {
                assert!(there.contains(id), "{page}: {attribute}{id}");
            }
        }
        for part in [
            "<html lang=\"en\">",
            "<main id=\"main\"",
            "class=\"skip\" href=\"#main\"",
            "role=\"status\"",
            "role=\"alert\"",
        ] {
            assert!(html.contains(part), "{page}: {part}");
        }
        for image in between(&html, "<img ", '>') {
            assert!(image.contains(" alt=\""), "{page}: {image}");
        }
        for button in between(&html, "<button ", '>') {
            let has_kind = button.contains("type=\"") || button.contains("value=\"");
            assert!(
                has_kind,
                "{page}: a button that would send a form by accident: {button}"
            );
        }
        let css = files(page)
            .into_iter()
            .find(|file| file.is(".css"))
            .expect("a style")
            .text;
        for need in [
            "prefers-color-scheme: dark",
            "prefers-reduced-motion: reduce",
            ":focus-visible",
            "forced-colors",
        ] {
            assert!(css.contains(need), "{page}: {need}");
        }
    }
}

#[test]
fn no_form_is_sent_before_a_script_listens_and_no_secret_has_a_name() {
    for page in PAGES {
        let html = file(page, "index.html").text;
        let forms: Vec<&str> = html.split("<form").skip(1).collect();
        assert!(!forms.is_empty(), "{page}: it has forms");
        for form in forms
            .iter()
            .filter(|form| !form.starts_with(" method=\"dialog\""))
        {
            let inside = form.split("</form>").next().expect("a split has a first part");
            assert_eq!(waiting(inside), Ok(()), "{page}");
        }
        for input in between(&html, "<input ", '>').filter(|input| input.contains("type=\"password\"")) {
            assert!(
                !input.contains(" name="),
                "{page}: a form would put it into an address: {input}"
            );
            assert!(
                input.contains(" autocomplete=\"new-password\""),
                "{page}: {input}"
            );
        }
        let forms = file(page, "view.js").text;
        assert!(
            forms.contains("querySelectorAll(\"[data-when-ready]\")"),
            "{page}"
        );
    }
    assert!(waiting("<button type=\"submit\">").is_err());
    assert!(waiting("<p></p>").is_err(), "without a button Enter sends it");
}

/// That the form's first button, which Enter presses, sends it, and waits for the script.
fn waiting(form: &str) -> Result<(), String> {
    let button = between(form, "<button ", '>').next().ok_or("no button")?;
    let waits = ["type=\"submit\"", " data-when-ready", " disabled"];
    let missing = waits.iter().find(|part| !button.contains(**part));
    missing.map_or(Ok(()), |part| Err(format!("{part} in {button}")))
}

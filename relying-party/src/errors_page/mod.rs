//! `docs/errors.md`: every code that a client may get, with its cause and what to do, made from the codes themselves.
//!
//! To add a code: its words go into `problems.rs` or `uaf.rs`, and `smile-rp errors > docs/errors.md` writes the page.

mod problems;
mod uaf;

use crate::service::RefusalCode;

/// What stands around the two tables.
const TEMPLATE: &str = include_str!("template.txt");

/// The page, in Markdown.
#[must_use]
pub fn text() -> String {
    TEMPLATE
        .replace("{problem codes}", &problem_rows())
        .replace("{uaf status codes}", &uaf_rows())
}

/// A row for each code that has its words; a test sees to it that all have.
fn problem_rows() -> String {
    let described = problems::WORDS.iter();
    rows(
        described.map(|(code, cause, remedy)| {
            row(code.as_str(), code.http_status(), &anchored(*code, cause), remedy)
        }),
    )
}

fn anchored(code: RefusalCode, cause: &str) -> String {
    format!("<a id=\"{}\"></a>{cause}", code.as_str())
}

fn uaf_rows() -> String {
    let described = uaf::WORDS.iter();
    rows(described.map(|(status, cause, remedy)| row(status.code(), status.description(), cause, remedy)))
}

fn row(code: impl std::fmt::Display, second: impl std::fmt::Display, cause: &str, remedy: &str) -> String {
    format!("| `{code}` | {second} | {cause} | {remedy} |")
}

fn rows(rows: impl Iterator<Item = String>) -> String {
    rows.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{problems, uaf};
    use crate::service::RefusalCode;
    use smile_protocol::uaf::transport::UafStatusCode;

    #[test]
    fn every_code_has_its_words_in_the_order_of_the_codes() {
        let described: Vec<&str> = problems::WORDS.iter().map(|(code, ..)| code.as_str()).collect();
        assert_eq!(described, RefusalCode::ALL.map(RefusalCode::as_str));
        let described: Vec<u16> = uaf::WORDS.iter().map(|(status, ..)| status.code()).collect();
        let all: Vec<u16> = UafStatusCode::ALL.iter().map(|status| status.code()).collect();
        assert_eq!(described, all);
    }
}

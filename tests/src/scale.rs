//! How much of a long test runs: little by default, all of it under `tests/run --full`.

/// How often a process test kills the server with signal 9: `$SMILE_KILLS`, 5 by default, 50 under
/// `tests/run --full`.
///
/// # Panics
/// If `$SMILE_KILLS` is set and is not a number from 1 to 100,000.
pub fn kills() -> u32 {
    from_text(std::env::var("SMILE_KILLS").ok().as_deref(), 5)
}

fn from_text(text: Option<&str>, default: u32) -> u32 {
    let Some(text) = text else { return default };
    let count = text.parse().unwrap_or(0);
    assert!(
        (1..=100_000).contains(&count),
        "SMILE_KILLS is a number from 1 to 100000, not {text:?}"
    );
    count
}

#[cfg(test)]
mod tests {
    use super::from_text;

    #[test]
    fn the_number_of_kills_is_read_from_the_environment() {
        assert_eq!(from_text(None, 3), 3);
        assert_eq!(from_text(Some("50"), 3), 50);
    }

    #[test]
    #[should_panic(expected = "SMILE_KILLS")]
    fn a_number_of_kills_that_would_test_nothing_is_refused() {
        from_text(Some("0"), 3);
    }
}

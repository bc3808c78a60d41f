//! A test that cannot run here says so, and fails where everything must run.

/// True where a skip is a failure: `CI=true` in the environment.
pub fn must_not_skip() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// Says aloud that a test could not run, in the form that `tests/run` counts: `skipped: REASON`.
///
/// # Panics
/// With `CI=true`, where a skip is a failure.
pub fn skip(reason: &str) {
    println!("skipped: {reason}");
    assert!(!must_not_skip(), "with CI=true a skip is a failure: {reason}");
}

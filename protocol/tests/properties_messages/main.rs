//! Properties of every message over arbitrary valid values: what is encoded decodes to what it was, in the form that
//! travels and in the form that is stored.

mod asm;
mod assertions;
mod documents;
mod messages;
mod names;
mod policy;

use std::fmt::Debug;

use proptest::test_runner::TestCaseError;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Records hold messages in serde's form.
fn comes_back_from_a_record<T: Serialize + DeserializeOwned + PartialEq + Debug>(
    value: &T,
) -> Result<(), TestCaseError> {
    let stored = serde_json::to_string(value).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let read: T =
        serde_json::from_str(&stored).map_err(|error| TestCaseError::fail(format!("{error}: {stored}")))?;
    proptest::prop_assert_eq!(&read, value);
    Ok(())
}

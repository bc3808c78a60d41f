//! The signature counter.

use crate::error::CeremonyError;

/// That an asserted counter may follow the stored one.
///
/// UAF §3.5.7.5: 0 after 0 is an authenticator that does not count. Otherwise the counter must grow: an equal
/// or lower one, and 0 after anything else, means that the key was cloned or the answer is old.
pub(crate) fn counter_advances(stored: u32, asserted: u32) -> Result<(), CeremonyError> {
    if (stored == 0 && asserted == 0) || asserted > stored {
        Ok(())
    } else {
        Err(CeremonyError::CounterNotGreater)
    }
}

//! Old challenges, sessions and idempotency keys are deleted, so that the store does not grow with every request ever made. Payments and
//! credentials stay: they are the provider's books and its users' keys.

use super::{Refusal, Service};
use crate::store::StoreError;
use futures_util::future::join_all;
use smile_ceremony::transition::Transition;

/// Most records deleted at once: the deletes of one sweep share a few syncs, and readers get their turn in between.
const SWEEP_MAX: usize = 1_000;

impl Service {
    /// Asks the processor again what it has not answered, and returns how much it answered.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn resume_what_is_pending(&self) -> Result<usize, Refusal> {
        Ok(self.settler.resume().await?)
    }

    /// Also forgets the rate limits of whoever was not here of late. Deletes every challenge, session and idempotency key whose time is long over, and returns how many went.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn forget_what_is_old(&self) -> Result<usize, Refusal> {
        self.limits.forget_idle();
        let now_ms = self.now_ms();
        let mut count = 0;
        loop {
            let ceremonies = self.store.forgettable_ceremonies(now_ms, SWEEP_MAX).await?;
            let sessions = self.store.forgettable_sessions(now_ms, SWEEP_MAX).await?;
            let keys = self.store.forgettable_keys(now_ms, SWEEP_MAX).await?;
            let more = ceremonies.len().max(sessions.len()).max(keys.len()) == SWEEP_MAX;
            let ceremonies = ceremonies
                .into_iter()
                .map(|ceremony| Transition::Forget { ceremony, now_ms });
            let sessions = sessions
                .into_iter()
                .map(|session| Transition::ForgetSession { session, now_ms });
            let keys = keys
                .into_iter()
                .map(|id| Transition::ForgetIdempotency { id, now_ms });
            // All are sent before the first is awaited, so that they share a sync.
            let forgotten = join_all(
                ceremonies
                    .chain(sessions)
                    .chain(keys)
                    .map(|forget| self.store.commit(forget)),
            )
            .await;
            let before = count;
            for one in forgotten {
                match one {
                    Ok(_) => count += 1,
                    // Somebody else forgot it, or used the key anew; the others are still old.
                    Err(StoreError::Refused(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            if !more || count == before {
                return Ok(count);
            }
        }
    }
}

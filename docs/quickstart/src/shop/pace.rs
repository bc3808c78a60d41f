//! How many enrolments and orders the shop takes: each costs the provider's server a record that it keeps.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::refusal::{ShopRefusal, ShopRefusalCode};

/// Most of a kind within [`WINDOW`], from all browsers together: a cookie is had for the asking, so it is no measure.
pub const MOST: usize = 60;
/// Within which they are counted.
const WINDOW: Duration = Duration::from_secs(60);

/// When the last ones came.
#[derive(Default)]
pub struct Pace(VecDeque<Instant>);

impl Pace {
    /// Counts one more at `now`.
    ///
    /// # Errors
    /// [`MOST`] were counted within the last minute; this one is not counted.
    pub fn take(&mut self, now: Instant) -> Result<(), ShopRefusal> {
        while self
            .0
            .front()
            .is_some_and(|first| now.duration_since(*first) >= WINDOW)
        {
            self.0.pop_front();
        }
        if self.0.len() == MOST {
            let rule = format!("this shop takes {MOST} of these a minute; try again in a while");
            return Err(ShopRefusal::new(ShopRefusalCode::TooManyRequests, rule));
        }
        self.0.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Pace, WINDOW};
    use std::time::{Duration, Instant};

    #[test]
    fn after_a_minute_there_is_room_again() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        for count in 0..MOST {
            pace.take(start)
                .unwrap_or_else(|error| panic!("{count}: {error}"));
        }
        let just_before = start + WINDOW - Duration::from_millis(1);
        assert!(pace.take(just_before).is_err());
        pace.take(start + WINDOW)
            .expect("the first ones are a minute old");
    }
}

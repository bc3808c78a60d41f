//! Lists that were fetched, kept for as long as their servers allow (Facets §3.1.2: caching headers are respected).
//!
//! Only lists are kept, never failures. A list that could not be fetched is asked for again by the next operation, which
//! a person has to start; and a list that does not name the caller is fetched afresh before the caller is refused. So a
//! facet that a provider adds works at once, and one bad moment of a network refuses nobody later.

use smile_protocol::uaf::facets::TrustedFacetsList;
use smile_protocol::uaf::identity::AppId;

use crate::clock::Moment;

/// Most lists kept. A device serves a few apps; with lists of at most 64 KiB the cache stays within a few MiB.
const LISTS_MAX: usize = 16;

/// Longest time that a list is kept, whatever its server allows: a facet that a provider took back is gone from every
/// device after a day.
pub(super) const LIFETIME_MAX_MS: u64 = 24 * 60 * 60 * 1000;

/// Trusted facet lists by the AppID they were fetched for, in memory. A list ends by the wall clock or by the one that
/// nobody can set, whichever says that more time has passed; a wall clock that was put back ends all of them.
#[derive(Default)]
pub(crate) struct FacetCache(Vec<Kept>);

struct Kept {
    app_id: AppId,
    list: TrustedFacetsList,
    since: Moment,
    lifetime_ms: u64,
}

impl Kept {
    /// For how many milliseconds more the list is fresh; 0 where it is not.
    fn left_ms(&self, now: Moment) -> u64 {
        self.lifetime_ms.saturating_sub(self.since.until(now))
    }
}

impl FacetCache {
    /// The list of `app_id`, if it is still fresh.
    pub(super) fn fresh(&self, app_id: &AppId, now: Moment) -> Option<&TrustedFacetsList> {
        let kept = self.0.iter().find(|kept| kept.app_id == *app_id)?;
        (kept.left_ms(now) > 0).then_some(&kept.list)
    }

    /// Keeps a list in place of an earlier one of the same AppID; not at all where its lifetime is 0. Where there is no
    /// room, the list that ends first goes.
    pub(super) fn keep(&mut self, app_id: &AppId, list: TrustedFacetsList, lifetime_ms: u64, now: Moment) {
        self.0
            .retain(|kept| kept.app_id != *app_id && kept.left_ms(now) > 0);
        if lifetime_ms == 0 {
            return;
        }
        if self.0.len() >= LISTS_MAX {
            let ends_first = (0..self.0.len()).min_by_key(|index| self.0[*index].left_ms(now));
            self.0.swap_remove(ends_first.expect("a full cache is not empty"));
        }
        self.0.push(Kept {
            app_id: app_id.clone(),
            list,
            since: now,
            lifetime_ms: lifetime_ms.min(LIFETIME_MAX_MS),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{ManualClock, moment};

    fn app(number: usize) -> AppId {
        AppId::new(format!("https://shop{number}.example/f")).unwrap()
    }

    fn empty() -> TrustedFacetsList {
        TrustedFacetsList::for_all_versions(&[])
    }

    #[test]
    fn a_list_is_fresh_until_its_time_and_at_most_a_day() {
        let mut cache = FacetCache::default();
        cache.keep(&app(1), empty(), 1_000, moment(5));
        assert!(cache.fresh(&app(1), moment(1_004)).is_some());
        assert!(cache.fresh(&app(1), moment(1_005)).is_none());
        assert!(cache.fresh(&app(2), moment(6)).is_none());
        cache.keep(&app(1), empty(), u64::MAX, moment(5));
        assert!(cache.fresh(&app(1), moment(4 + LIFETIME_MAX_MS)).is_some());
        assert!(cache.fresh(&app(1), moment(5 + LIFETIME_MAX_MS)).is_none());
        cache.keep(&app(1), empty(), 0, moment(6));
        assert!(
            cache.fresh(&app(1), moment(6)).is_none(),
            "the newer answer may not be kept"
        );
    }

    #[test]
    fn the_number_is_bounded_and_the_first_to_end_goes() {
        let mut cache = FacetCache::default();
        for number in 0..LISTS_MAX {
            cache.keep(&app(number), empty(), 10_000 - number as u64, moment(0));
        }
        cache.keep(&app(99), empty(), 500, moment(0));
        assert_eq!(cache.0.len(), LISTS_MAX);
        assert!(cache.fresh(&app(99), moment(1)).is_some());
        assert!(
            cache.fresh(&app(LISTS_MAX - 1), moment(1)).is_none(),
            "it would have ended first"
        );
        assert!(cache.fresh(&app(0), moment(1)).is_some());
        cache.keep(&app(50), empty(), 500, moment(20_000));
        assert_eq!(cache.0.len(), 1, "what has ended does not take room");
    }

    #[test]
    fn neither_sleep_nor_a_clock_put_back_makes_a_list_last_longer() {
        for (what, passes) in [
            ("nothing", (|_: &ManualClock| ()) as fn(&ManualClock)),
            ("a day asleep", |clock| clock.sleep(LIFETIME_MAX_MS)),
            ("a day, and the wall clock stood", |clock| {
                let wall_ms = crate::clock::Clock::now_ms(clock);
                clock.advance(LIFETIME_MAX_MS);
                clock.set(wall_ms);
            }),
            ("the wall clock put back", |clock| {
                clock.set(crate::clock::Clock::now_ms(clock) - 1);
            }),
        ] {
            let clock = ManualClock::new();
            let mut cache = FacetCache::default();
            cache.keep(&app(1), empty(), u64::MAX, Moment::now(clock.as_ref()));
            passes(&clock);
            let fresh = cache.fresh(&app(1), Moment::now(clock.as_ref())).is_some();
            assert_eq!(fresh, what == "nothing", "{what}");
        }
    }
}

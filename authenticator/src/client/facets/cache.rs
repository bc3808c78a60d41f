//! Lists that were fetched, kept for as long as their servers allow (Facets §3.1.2: caching headers are respected).
//!
//! Only lists are kept, never failures. A list that could not be fetched is asked for again by the next operation, which
//! a person has to start; and a list that does not name the caller is fetched afresh before the caller is refused. So a
//! facet that a provider adds works at once, and one bad moment of a network refuses nobody later.

use smile_protocol::uaf::facets::TrustedFacetsList;
use smile_protocol::uaf::identity::AppId;

/// Most lists kept. A device serves a few apps; with lists of at most 64 KiB the cache stays within a few MiB.
const LISTS_MAX: usize = 16;

/// Longest time that a list is kept, whatever its server allows: a facet that a provider took back is gone from every
/// device after a day.
pub(super) const LIFETIME_MAX_MS: u64 = 24 * 60 * 60 * 1000;

/// Trusted facet lists by the AppID they were fetched for, in memory. Times are those of [`crate::clock::Clock::elapsed_ms`],
/// which nobody can set.
#[derive(Default)]
pub(crate) struct FacetCache(Vec<Kept>);

struct Kept {
    app_id: AppId,
    list: TrustedFacetsList,
    ends_at_ms: u64,
}

impl FacetCache {
    /// The list of `app_id`, if it is still fresh.
    pub(super) fn fresh(&self, app_id: &AppId, now_ms: u64) -> Option<&TrustedFacetsList> {
        let kept = self.0.iter().find(|kept| kept.app_id == *app_id)?;
        (now_ms < kept.ends_at_ms).then_some(&kept.list)
    }

    /// Keeps a list in place of an earlier one of the same AppID; not at all where its lifetime is 0. Where there is no
    /// room, the list that ends first goes.
    pub(super) fn keep(&mut self, app_id: &AppId, list: TrustedFacetsList, lifetime_ms: u64, now_ms: u64) {
        self.0
            .retain(|kept| kept.app_id != *app_id && now_ms < kept.ends_at_ms);
        if lifetime_ms == 0 {
            return;
        }
        if self.0.len() >= LISTS_MAX {
            let ends_first = (0..self.0.len()).min_by_key(|index| self.0[*index].ends_at_ms);
            self.0.swap_remove(ends_first.expect("a full cache is not empty"));
        }
        self.0.push(Kept {
            app_id: app_id.clone(),
            list,
            ends_at_ms: now_ms.saturating_add(lifetime_ms.min(LIFETIME_MAX_MS)),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(number: usize) -> AppId {
        AppId::new(format!("https://shop{number}.example/f")).unwrap()
    }

    fn empty() -> TrustedFacetsList {
        TrustedFacetsList::for_all_versions(&[])
    }

    #[test]
    fn a_list_is_fresh_until_its_time_and_at_most_a_day() {
        let mut cache = FacetCache::default();
        cache.keep(&app(1), empty(), 1_000, 5);
        assert!(cache.fresh(&app(1), 1_004).is_some());
        assert!(cache.fresh(&app(1), 1_005).is_none());
        assert!(cache.fresh(&app(2), 6).is_none());
        cache.keep(&app(1), empty(), u64::MAX, 5);
        assert!(cache.fresh(&app(1), 4 + LIFETIME_MAX_MS).is_some());
        assert!(cache.fresh(&app(1), 5 + LIFETIME_MAX_MS).is_none());
        cache.keep(&app(1), empty(), 0, 6);
        assert!(
            cache.fresh(&app(1), 6).is_none(),
            "the newer answer may not be kept"
        );
    }

    #[test]
    fn the_number_is_bounded_and_the_first_to_end_goes() {
        let mut cache = FacetCache::default();
        for number in 0..LISTS_MAX {
            cache.keep(&app(number), empty(), 10_000 - number as u64, 0);
        }
        cache.keep(&app(99), empty(), 500, 0);
        assert_eq!(cache.0.len(), LISTS_MAX);
        assert!(cache.fresh(&app(99), 1).is_some());
        assert!(
            cache.fresh(&app(LISTS_MAX - 1), 1).is_none(),
            "it would have ended first"
        );
        assert!(cache.fresh(&app(0), 1).is_some());
        cache.keep(&app(50), empty(), 500, 20_000);
        assert_eq!(cache.0.len(), 1, "what has ended does not take room");
    }
}

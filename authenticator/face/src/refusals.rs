//! How often each reason turned a frame away.

use crate::Guidance;
use std::collections::BTreeMap;
use std::fmt;

/// Refused frames, counted by reason. Holds no picture and no measure of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefusalCounts {
    by_reason: BTreeMap<Guidance, u32>,
}

impl RefusalCounts {
    pub(crate) fn add(&mut self, reason: Guidance) {
        let count = self.by_reason.entry(reason).or_default();
        *count = count.saturating_add(1);
    }

    /// Frames refused for `reason`.
    #[must_use]
    pub fn of(&self, reason: Guidance) -> u32 {
        self.by_reason.get(&reason).copied().unwrap_or_default()
    }

    /// Every reason that occurred with its count, in the order in which the rules are tried.
    pub fn iter(&self) -> impl Iterator<Item = (Guidance, u32)> + '_ {
        self.by_reason.iter().map(|(reason, count)| (*reason, *count))
    }

    /// The reason that turned most frames away: what to tell the user first. `None` when no frame was refused.
    #[must_use]
    pub fn most_frequent(&self) -> Option<Guidance> {
        // Of equal counts the rule that is tried first wins, hence the reversed order.
        self.by_reason
            .iter()
            .rev()
            .max_by_key(|(_, count)| **count)
            .map(|(reason, _)| *reason)
    }
}

impl fmt::Display for RefusalCounts {
    /// `blurred ×3, too_dark ×1`, or `none refused`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.by_reason.is_empty() {
            return f.write_str("none refused");
        }
        for (i, (reason, count)) in self.by_reason.iter().enumerate() {
            let separator = if i == 0 { "" } else { ", " };
            write!(f, "{separator}{} ×{count}", reason.code())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::RefusalCounts;
    use crate::Guidance;

    #[test]
    fn counts_are_kept_by_reason_and_named_in_the_order_of_the_rules() {
        let mut counts = RefusalCounts::default();
        assert_eq!(counts.to_string(), "none refused");
        assert_eq!(counts.most_frequent(), None);
        for reason in [Guidance::Blurred, Guidance::NoFace, Guidance::Blurred] {
            counts.add(reason);
        }
        assert_eq!(counts.of(Guidance::Blurred), 2);
        assert_eq!(counts.of(Guidance::TooDark), 0);
        assert_eq!(counts.most_frequent(), Some(Guidance::Blurred));
        assert_eq!(counts.to_string(), "no_face ×1, blurred ×2");
    }

    #[test]
    fn of_equally_frequent_reasons_the_first_rule_is_told() {
        let mut counts = RefusalCounts::default();
        counts.add(Guidance::Blurred);
        counts.add(Guidance::FaceTooFar);
        assert_eq!(counts.most_frequent(), Some(Guidance::FaceTooFar));
    }
}

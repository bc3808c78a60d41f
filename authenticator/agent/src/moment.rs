//! Moments for people.

/// `2026-01-02 03:04 UTC` of Unix milliseconds.
#[must_use]
pub fn moment(at_ms: u64) -> String {
    let minutes = at_ms / 60_000;
    let (days, minute) = (minutes / 1440, minutes % 1440);
    // Days to a date of the Gregorian calendar, counted from 0000-03-01, so that leap days end their year.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02} UTC",
        minute / 60,
        minute % 60
    )
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn moments_are_dates_of_the_calendar() {
        for (at_ms, date) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_340_000, "2000-02-28 23:59 UTC"),
            (951_782_400_000, "2000-02-29 00:00 UTC"),
            (951_868_800_000, "2000-03-01 00:00 UTC"),
            (1_767_225_600_000, "2026-01-01 00:00 UTC"),
            (1_709_164_800_000, "2024-02-29 00:00 UTC"),
        ] {
            assert_eq!(moment(at_ms), date);
        }
    }
}

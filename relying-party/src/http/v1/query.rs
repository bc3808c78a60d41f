//! What stands behind the `?`: members of lists, each known, once, and in range.

use crate::service::{Refusal, RefusalCode};
use actix_web::HttpRequest;
use actix_web::web::Query;

/// Records on a page where nobody says how many.
const LIMIT: usize = 10;

/// Most records on a page.
const LIMIT_MAX: usize = 100;

/// The members of a query; [`Members::finish`] refuses what nobody took.
pub struct QueryMembers(Vec<(String, String)>);

impl QueryMembers {
    /// Reads the query of a request.
    ///
    /// # Errors
    /// `query_invalid` where it is not pairs of names and values, or has one of them twice.
    pub fn of(request: &HttpRequest) -> Result<Self, Refusal> {
        let pairs = Query::<Vec<(String, String)>>::from_query(request.query_string());
        let Query(pairs) = pairs.map_err(|_| {
            let rule = "the query must be name=value, joined by &";
            Refusal::new(RefusalCode::QueryInvalid, rule)
        })?;
        for (index, (name, _)) in pairs.iter().enumerate() {
            if pairs[..index].iter().any(|(earlier, _)| earlier == name) {
                return Err(invalid(name, "may be there only once"));
            }
        }
        Ok(Self(pairs))
    }

    /// A value that may be there.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let index = self.0.iter().position(|(member, _)| member == name)?;
        Some(self.0.swap_remove(index).1)
    }

    /// How many records a page has at most.
    ///
    /// # Errors
    /// `query_invalid` for `limit` outside 1 to 100.
    pub fn take_limit(&mut self) -> Result<usize, Refusal> {
        match self.take("limit").map(|text| text.parse()) {
            None => Ok(LIMIT),
            Some(Ok(limit)) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
            Some(_) => Err(invalid("limit", "must be a whole number from 1 to 100")),
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// `query_invalid` for the first name that nobody took.
    pub fn finish(self) -> Result<(), Refusal> {
        match self.0.into_iter().next() {
            None => Ok(()),
            Some((name, _)) => {
                let shown: String = name.chars().take(64).collect();
                Err(invalid(&shown, "this list does not know this name"))
            }
        }
    }
}

/// A refusal of the value of `name`.
pub fn invalid(name: &str, rule: &str) -> Refusal {
    Refusal::new(RefusalCode::QueryInvalid, rule).at(name)
}

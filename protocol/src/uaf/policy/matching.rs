//! Policy matching (UAF §3.1.11, §3.2): pure, and the same on both sides.

use super::{MatchCriteria, Policy};
use crate::registry::{AttestationType, AuthenticationAlgorithm, user_verification};
use crate::uaf::identity::{Aaid, KeyId};

/// What matching has to know of an authenticator: on the client from the ASM's
/// `AuthenticatorInfo`, on the server from the metadata statement and the assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticatorDescription {
    /// The model.
    pub aaid: Aaid,
    /// Its keys for the application at hand; empty where it has none.
    pub key_ids: Vec<KeyId>,
    /// Flags of [`crate::registry::user_verification`].
    pub user_verification: u32,
    /// Flags of [`crate::registry::key_protection`].
    pub key_protection: u16,
    /// Flags of [`crate::registry::matcher_protection`].
    pub matcher_protection: u16,
    /// Flags of [`crate::registry::attachment_hint`].
    pub attachment_hint: u32,
    /// Flags of [`crate::registry::tc_display`].
    pub tc_display: u16,
    /// The algorithm it signs with.
    pub authentication_algorithm: AuthenticationAlgorithm,
    /// The scheme it answers in, for example `UAFV1TLV`.
    pub assertion_scheme: String,
    /// The attestations it can give.
    pub attestation_types: Vec<AttestationType>,
    /// Its firmware's version.
    pub authenticator_version: u16,
}

/// Which authenticators meet which accepted set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedSet {
    /// Index into [`Policy::accepted`].
    pub set: usize,
    /// For each criterion of the set, the index of the authenticator that meets it. No
    /// authenticator occurs twice.
    pub authenticators: Vec<usize>,
}

impl MatchCriteria {
    /// Whether `authenticator` meets every field that is present (UAF §3.1.11).
    #[must_use]
    pub fn matches(&self, authenticator: &AuthenticatorDescription) -> bool {
        let a = authenticator;
        absent_or(self.aaid.as_ref(), |list| list.contains(&a.aaid))
            && absent_or(self.vendor_id.as_ref(), |list| list.contains(&a.aaid.vendor()))
            && absent_or(self.key_ids.as_ref(), |list| {
                list.iter().any(|id| a.key_ids.contains(id))
            })
            && absent_or(self.user_verification, |flags| {
                user_verification_matches(flags, a.user_verification)
            })
            && absent_or(self.key_protection, |flags| flags & a.key_protection != 0)
            && absent_or(self.matcher_protection, |flags| flags & a.matcher_protection != 0)
            && absent_or(self.attachment_hint, |flags| flags & a.attachment_hint != 0)
            && absent_or(self.tc_display, |flags| flags & a.tc_display != 0)
            && absent_or(self.authentication_algorithms.as_ref(), |list| {
                list.contains(&a.authentication_algorithm.code())
            })
            && absent_or(self.assertion_schemes.as_ref(), |list| {
                list.contains(&a.assertion_scheme)
            })
            && absent_or(self.attestation_types.as_ref(), |_| {
                self.preferred_attestation(a).is_some()
            })
            && absent_or(self.authenticator_version, |oldest| {
                oldest <= a.authenticator_version
            })
    }

    /// The attestation that the server prefers among those `authenticator` can give, which is
    /// the one the client has to ask for (UAF §3.4.6.2). Without a preference of the server's,
    /// the authenticator's first.
    #[must_use]
    pub fn preferred_attestation(&self, authenticator: &AuthenticatorDescription) -> Option<AttestationType> {
        let offered = &authenticator.attestation_types;
        match &self.attestation_types {
            Some(wanted) => wanted
                .iter()
                .find_map(|code| offered.iter().copied().find(|kind| kind.code() == *code)),
            None => offered.first().copied(),
        }
    }
}

/// A field that is absent restricts nothing.
fn absent_or<T>(field: Option<T>, matches: impl FnOnce(T) -> bool) -> bool {
    field.is_none_or(matches)
}

/// UAF §3.1.11, `userVerification`: equal, or without USER_VERIFY_ALL on either side and with
/// one method in common.
const fn user_verification_matches(criterion: u32, authenticator: u32) -> bool {
    let neither_all = (criterion | authenticator) & user_verification::ALL == 0;
    criterion == authenticator || (neither_all && criterion & authenticator != 0)
}

impl Policy {
    /// Whether `authenticator` matches a disallowed criterion, which always wins (UAF §3.2).
    #[must_use]
    pub fn is_disallowed(&self, authenticator: &AuthenticatorDescription) -> bool {
        self.disallowed
            .iter()
            .any(|criterion| criterion.matches(authenticator))
    }

    /// The most preferred accepted set that `authenticators` meet, leaving out those that are
    /// disallowed; every criterion is met by an authenticator of its own (UAF §3.2).
    #[must_use]
    pub fn first_accepted(&self, authenticators: &[AuthenticatorDescription]) -> Option<AcceptedSet> {
        let allowed: Vec<bool> = authenticators
            .iter()
            .map(|one| !self.is_disallowed(one))
            .collect();
        self.accepted.iter().enumerate().find_map(|(set, criteria)| {
            let meets = |criterion: usize, candidate: usize| {
                allowed[candidate] && criteria[criterion].matches(&authenticators[candidate])
            };
            let chosen = assign(criteria.len(), authenticators.len(), &meets)?;
            Some(AcceptedSet {
                set,
                authenticators: chosen,
            })
        })
    }

    /// Whether `authenticators` meet some accepted set.
    #[must_use]
    pub fn is_satisfied_by(&self, authenticators: &[AuthenticatorDescription]) -> bool {
        self.first_accepted(authenticators).is_some()
    }
}

/// Gives each of `criteria` criteria one of `candidates` candidates of its own, preferring
/// low indices; `None` if that is impossible or there are no criteria. Augmenting paths in a
/// bipartite graph: at most criteria × edges steps, whatever a stranger's policy asks for.
fn assign(criteria: usize, candidates: usize, meets: &dyn Fn(usize, usize) -> bool) -> Option<Vec<usize>> {
    if criteria == 0 || criteria > candidates {
        return None;
    }
    let mut taken_by: Vec<Option<usize>> = vec![None; candidates];
    for criterion in 0..criteria {
        let mut visited = vec![false; candidates];
        if !place(criterion, meets, &mut visited, &mut taken_by) {
            return None;
        }
    }
    let mut chosen = vec![0; criteria];
    for (candidate, criterion) in taken_by.iter().enumerate() {
        if let Some(criterion) = criterion {
            chosen[*criterion] = candidate;
        }
    }
    Some(chosen)
}

/// Finds a candidate for `criterion`, moving earlier criteria to other candidates where
/// needed. Recursion is as deep as there are candidates.
fn place(
    criterion: usize,
    meets: &dyn Fn(usize, usize) -> bool,
    visited: &mut [bool],
    taken_by: &mut [Option<usize>],
) -> bool {
    for candidate in 0..taken_by.len() {
        if visited[candidate] || !meets(criterion, candidate) {
            continue;
        }
        visited[candidate] = true;
        let free = match taken_by[candidate] {
            None => true,
            Some(holder) => place(holder, meets, visited, taken_by),
        };
        if free {
            taken_by[candidate] = Some(criterion);
            return true;
        }
    }
    false
}

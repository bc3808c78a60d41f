//! Policies and their criteria (UAF §3.1.11, §3.1.12).

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use smile_protocol::uaf::policy::{MatchCriteria, Policy};

use crate::comes_back_from_a_record;
use crate::names::{aaid, exts, key_id};

/// By model: what may stand beside `aaid`.
fn by_model() -> impl Strategy<Value = MatchCriteria> {
    let keys = option::of(vec(key_id(), 1..3));
    (
        vec(aaid(), 1..4),
        keys,
        any::<(Option<u32>, Option<u16>)>(),
        exts(),
    )
        .prop_map(
            |(aaid, key_ids, (attachment_hint, authenticator_version), exts)| MatchCriteria {
                aaid: Some(aaid),
                key_ids,
                attachment_hint,
                authenticator_version,
                exts,
                ..MatchCriteria::default()
            },
        )
}

/// By properties: any but `aaid`, with algorithms and schemes or, where it need not be `complete`, without.
fn by_properties(complete: bool) -> impl Strategy<Value = MatchCriteria> {
    let lists = (
        option::of(vec(any::<u16>(), 1..3)),
        option::of(vec(key_id(), 1..3)),
        option::of(vec(any::<u16>(), 1..3)),
    );
    let needed = (
        vec(any::<u16>(), 1..4),
        vec("\\PC{1,32}", 1..3),
        any::<(bool, bool)>(),
    );
    let flags = any::<(
        Option<u32>,
        Option<u16>,
        Option<u16>,
        Option<u32>,
        Option<u16>,
        Option<u16>,
    )>();
    (lists, needed, flags, exts()).prop_map(
        move |(lists, (algorithms, schemes, (one, other)), flags, exts)| MatchCriteria {
            aaid: None,
            vendor_id: lists.0,
            key_ids: lists.1,
            user_verification: flags.0,
            key_protection: flags.1,
            matcher_protection: flags.2,
            attachment_hint: flags.3,
            tc_display: flags.4,
            authentication_algorithms: (complete || one).then_some(algorithms),
            assertion_schemes: (complete || other).then_some(schemes),
            attestation_types: lists.2,
            authenticator_version: flags.5,
            exts,
        },
    )
}

fn of(criteria: impl Strategy<Value = MatchCriteria> + Clone) -> impl Strategy<Value = Policy> {
    (vec(vec(criteria.clone(), 1..3), 1..4), vec(criteria, 0..3))
        .prop_map(|(accepted, disallowed)| Policy { accepted, disallowed })
}

/// A policy that a server may send.
pub fn policy() -> impl Strategy<Value = Policy> {
    of(prop_oneof![by_model(), by_properties(true)].boxed())
}

proptest! {
    #[test]
    fn criteria_come_back(criteria in prop_oneof![by_model(), by_properties(false)]) {
        comes_back_from_a_record(&criteria)?;
    }

    #[test]
    fn policies_come_back_complete_or_not(
        policy in of(prop_oneof![by_model(), by_properties(false)].boxed()), complete in policy()
    ) {
        comes_back_from_a_record(&policy)?;
        prop_assert_eq!(complete.check_complete(), Ok(()));
        let all = policy.accepted.iter().flatten().chain(&policy.disallowed);
        let named = all.into_iter().all(|criteria| {
            criteria.aaid.is_some()
                || (criteria.authentication_algorithms.is_some() && criteria.assertion_schemes.is_some())
        });
        prop_assert_eq!(policy.check_complete().is_ok(), named);
    }
}

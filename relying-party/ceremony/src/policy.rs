//! The policies of our requests.

use smile_protocol::uaf::{
    identity::{Aaid, KeyId},
    policy::{MatchCriteria, Policy},
};

use crate::{
    error::CeremonyError,
    record::{Credential, CredentialStatus},
    uaf::wav1cbor,
};

/// The policy of a registration request: what the operator accepts, without the keys that the user has and the models
/// that must not be trusted.
///
/// UAF §3.4.6.1: each registered (AAID, KeyIDs) of the user goes into `disallowed`. A revoked or suspended key
/// is still registered, and disallowed too.
pub fn for_registration(
    accepted: &[Vec<MatchCriteria>],
    registered: &[Credential],
    untrusted: &[Aaid],
) -> Policy {
    let policy = Policy {
        accepted: accepted.to_vec(),
        disallowed: Vec::new(),
    };
    let policy = keys_by_aaid(registered.iter())
        .into_iter()
        .fold(policy, |policy, (aaid, keys)| policy.disallowing_keys(aaid, keys));
    disallowing_models(policy, untrusted)
}

/// What the operator accepts, without what asks for the scheme `WAV1CBOR` or one of its models (`aaids`): what is left
/// where the scheme is off.
pub(crate) fn without_wav1cbor(accepted: &[Vec<MatchCriteria>], aaids: &[Aaid]) -> Vec<Vec<MatchCriteria>> {
    /// Without the elements that `unwanted` names; `None` where a list has nothing left, so that nothing could match it.
    fn rest<T: Clone>(list: Option<&Vec<T>>, unwanted: impl Fn(&T) -> bool) -> Option<Option<Vec<T>>> {
        let kept = list.map(|list| {
            list.iter()
                .filter(|one| !unwanted(one))
                .cloned()
                .collect::<Vec<_>>()
        });
        kept.as_ref().is_none_or(|kept| !kept.is_empty()).then_some(kept)
    }
    let criterion = |criterion: &MatchCriteria| {
        Some(MatchCriteria {
            aaid: rest(criterion.aaid.as_ref(), |aaid| aaids.contains(aaid))?,
            assertion_schemes: rest(criterion.assertion_schemes.as_ref(), |scheme| {
                wav1cbor::is_named(scheme)
            })?,
            ..criterion.clone()
        })
    };
    accepted
        .iter()
        .filter_map(|set| set.iter().map(criterion).collect())
        .collect()
}

/// The policy of an authentication request: any one of these active keys, of no model that must not be trusted. Empty
/// `accepted` if there is none.
///
/// UAF §3.5.7.1: for a known user, and always for a transaction, every item carries AAID and KeyIDs.
pub fn for_authentication<'c>(
    credentials: impl Iterator<Item = &'c Credential>,
    untrusted: &[Aaid],
) -> Policy {
    let active = credentials.filter(|credential| credential.status == CredentialStatus::Active);
    let policy = Policy {
        accepted: keys_by_aaid(active).into_iter().map(one_of).collect(),
        disallowed: Vec::new(),
    };
    disallowing_models(policy, untrusted)
}

/// UAF §3.4.6.1 and §3.5.7.1: models whose status is unacceptable go into `disallowed`.
pub(crate) fn disallowing_models(mut policy: Policy, untrusted: &[Aaid]) -> Policy {
    if !untrusted.is_empty() {
        policy.disallowed.push(MatchCriteria {
            aaid: Some(untrusted.to_vec()),
            ..MatchCriteria::default()
        });
    }
    policy
}

/// The set that any one of these keys of one model meets.
fn one_of((aaid, keys): (Aaid, Vec<KeyId>)) -> Vec<MatchCriteria> {
    vec![MatchCriteria {
        key_ids: Some(keys),
        ..MatchCriteria::for_aaid(aaid)
    }]
}

/// The keys of each model, models in the order of their first key.
fn keys_by_aaid<'c>(credentials: impl Iterator<Item = &'c Credential>) -> Vec<(Aaid, Vec<KeyId>)> {
    let mut models: Vec<(Aaid, Vec<KeyId>)> = Vec::new();
    for credential in credentials {
        match models.iter_mut().find(|(aaid, _)| *aaid == credential.aaid) {
            Some((_, keys)) => keys.push(credential.key_id.clone()),
            None => models.push((credential.aaid, vec![credential.key_id.clone()])),
        }
    }
    models
}

/// Witness: a policy whose every accepted item names AAID and KeyID, as step-up authentication needs it, so that
/// another account of the same person cannot answer (UAF §3.5.7.1).
#[derive(Debug, Clone, PartialEq)]
pub struct StepUpPolicy(Policy);

impl StepUpPolicy {
    /// Any one of these keys.
    ///
    /// # Errors
    /// `StepUpWithoutKeys` if there is none.
    pub fn any_of(keys: &[Credential]) -> Result<Self, CeremonyError> {
        Self::try_from(Policy {
            accepted: keys_by_aaid(keys.iter()).into_iter().map(one_of).collect(),
            disallowed: Vec::new(),
        })
    }

    /// All of these keys in one response.
    ///
    /// # Errors
    /// `StepUpWithoutKeys` if there is none.
    pub fn all_of(keys: &[Credential]) -> Result<Self, CeremonyError> {
        let one = |key: &Credential| MatchCriteria::for_key(key.aaid, key.key_id.clone());
        Self::try_from(Policy {
            accepted: vec![keys.iter().map(one).collect()],
            disallowed: Vec::new(),
        })
    }

    /// The policy.
    pub fn as_policy(&self) -> &Policy {
        &self.0
    }

    /// Every key that is named, with each model that it may be of.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (&[Aaid], &KeyId)> {
        self.0.accepted.iter().flatten().flat_map(|criterion| {
            let models = criterion.aaid.as_deref().unwrap_or_default();
            let keys = criterion.key_ids.as_deref().unwrap_or_default();
            keys.iter().map(move |key| (models, key))
        })
    }
}

impl TryFrom<Policy> for StepUpPolicy {
    type Error = CeremonyError;

    /// # Errors
    /// `StepUpWithoutKeys` where an accepted criterion lacks AAID or KeyIDs, or there is none.
    fn try_from(policy: Policy) -> Result<Self, Self::Error> {
        fn is_there<T>(list: Option<&Vec<T>>) -> bool {
            list.is_some_and(|list| !list.is_empty())
        }
        let named = |criterion: &MatchCriteria| {
            is_there(criterion.aaid.as_ref()) && is_there(criterion.key_ids.as_ref())
        };
        let sets = &policy.accepted;
        // UAF §3.5.7.1: every item in Policy.accepted includes the AAID and KeyID.
        let all_named = sets.iter().all(|set| !set.is_empty() && set.iter().all(named));
        if sets.is_empty() || !all_named {
            return Err(CeremonyError::StepUpWithoutKeys);
        }
        Ok(Self(policy))
    }
}

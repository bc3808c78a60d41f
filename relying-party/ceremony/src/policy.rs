//! The policies of our requests.

use smile_protocol::uaf::{
    identity::{Aaid, KeyId},
    policy::{MatchCriteria, Policy},
};

use crate::record::{Credential, CredentialStatus};

/// The policy of a registration request: what the operator accepts, without the keys that the user has.
///
/// UAF §3.4.6.1: each registered (AAID, KeyIDs) of the user goes into `disallowed`. A revoked or suspended key
/// is still registered, and disallowed too.
pub fn for_registration(accepted: &[Vec<MatchCriteria>], registered: &[Credential]) -> Policy {
    let policy = Policy {
        accepted: accepted.to_vec(),
        disallowed: Vec::new(),
    };
    keys_by_aaid(registered.iter())
        .into_iter()
        .fold(policy, |policy, (aaid, keys)| policy.disallowing_keys(aaid, keys))
}

/// The policy of an authentication request: any one of these active keys. Empty `accepted` if there is none.
///
/// UAF §3.5.7.1: for a known user, and always for a transaction, every item carries AAID and KeyIDs.
pub fn for_authentication<'c>(credentials: impl Iterator<Item = &'c Credential>) -> Policy {
    let active = credentials.filter(|credential| credential.status == CredentialStatus::Active);
    let one_model = |(aaid, keys)| {
        vec![MatchCriteria {
            key_ids: Some(keys),
            ..MatchCriteria::for_aaid(aaid)
        }]
    };
    Policy {
        accepted: keys_by_aaid(active).into_iter().map(one_model).collect(),
        disallowed: Vec::new(),
    }
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

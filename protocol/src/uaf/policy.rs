//! Which authenticators a server accepts, and the matching that client and server share
//! (UAF §3.1.11, §3.1.12, §3.2).

mod criteria;
mod matching;

pub use criteria::MatchCriteria;
pub use matching::{AcceptedSet, AuthenticatorDescription};

use serde_json::Value;

use crate::error::ProtocolError;
use crate::json::{FromJson, Node, ObjectWriter, ToJson, array, serde_as_json};
use crate::uaf::identity::{Aaid, KeyId};

/// What a server accepts (UAF §3.1.12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Alternatives in order of preference; each is a set whose criteria all have to be met,
    /// every one by an authenticator of its own. Neither list is empty.
    pub accepted: Vec<Vec<MatchCriteria>>,
    /// An authenticator that matches one of these is refused whatever else it matches.
    pub disallowed: Vec<MatchCriteria>,
}

impl Policy {
    /// A policy that accepts any one of `aaids`, most preferred first.
    #[must_use]
    pub fn accepting(aaids: &[Aaid]) -> Self {
        let one = |aaid: &Aaid| vec![MatchCriteria::for_aaid(*aaid)];
        Self {
            accepted: aaids.iter().map(one).collect(),
            disallowed: Vec::new(),
        }
    }

    /// The same policy, refusing the keys that the user has registered already
    /// (UAF §3.4.6.1).
    #[must_use]
    pub fn disallowing_keys(mut self, aaid: Aaid, key_ids: Vec<KeyId>) -> Self {
        if !key_ids.is_empty() {
            let key_ids = Some(key_ids);
            self.disallowed.push(MatchCriteria {
                key_ids,
                ..MatchCriteria::for_aaid(aaid)
            });
        }
        self
    }

    /// Checks what a sender has to keep and a receiver has to tolerate: every criterion names
    /// AAIDs, or both algorithms and assertion schemes (UAF §3.1.11). The specification's own
    /// example messages break the rule, hence it is not part of decoding.
    ///
    /// # Errors
    /// [`ProtocolError::Field`] naming the first incomplete criterion.
    pub fn check_complete(&self) -> Result<(), ProtocolError> {
        for (outer, set) in self.accepted.iter().enumerate() {
            for (inner, criterion) in set.iter().enumerate() {
                criterion.check_complete(&format!("policy.accepted[{outer}][{inner}]"))?;
            }
        }
        for (index, criterion) in self.disallowed.iter().enumerate() {
            criterion.check_complete(&format!("policy.disallowed[{index}]"))?;
        }
        Ok(())
    }
}

impl FromJson for Policy {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let disallowed = match node.optional("disallowed")? {
            // An empty list forbids nothing; deployed servers send it.
            Some(list) => list.list_of(0)?,
            None => Vec::new(),
        };
        Ok(Self {
            accepted: node.required_as("accepted")?,
            disallowed,
        })
    }
}

impl ToJson for Policy {
    fn to_json(&self) -> Value {
        let accepted = self.accepted.iter().map(|set| array(set)).collect::<Vec<_>>();
        ObjectWriter::default()
            .put("accepted", accepted)
            .put_list("disallowed", &self.disallowed)
            .finish()
    }
}

serde_as_json!(Policy, MatchCriteria);

#[cfg(test)]
mod tests;

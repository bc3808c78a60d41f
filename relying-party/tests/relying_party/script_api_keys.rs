//! Steps of a script that make, roll and revoke API keys.

use crate::script::{Player, tenant};
use crate::world::wait;
use smile_ceremony::identifier::ApiKeyId;
use smile_ceremony::record::{ApiKey, ApiKeyKind, Scope};
use smile_ceremony::transition::{KeyMaker, Transition};

/// One step. A number is the text of a key, of which a script has few: it is made twice now and then.
#[derive(Debug, Clone)]
pub enum KeyStep {
    Create { key: u8 },
    Roll { key: u8, to: u8 },
    Revoke { key: u8 },
}

/// For how many keys there is room where one is made.
const ROOM: usize = 3;

/// The hash of the key with this number.
fn hash(key: u8) -> [u8; 32] {
    [key; 32]
}

/// Whoever runs the server, for a tenant that has room.
pub fn anybody() -> KeyMaker {
    KeyMaker {
        by: None,
        at_most: 100,
    }
}

impl Player<'_> {
    pub fn api_key(&self, step: &KeyStep) -> String {
        let now_ms = self.now_ms;
        self.commit(match *step {
            KeyStep::Create { key } => {
                let own = (ApiKeyKind::Restricted, vec![Scope::PaymentsRead]);
                let name = format!("key {key}");
                let key = ApiKey::create(tenant(), name, own, &hash(key), now_ms);
                let maker = KeyMaker {
                    at_most: ROOM,
                    ..anybody()
                };
                Transition::CreateApiKey { key, maker }
            }
            KeyStep::Roll { key, to } => Transition::RollApiKey {
                tenant: tenant(),
                id: ApiKeyId::of_hash(&hash(key)),
                hash: hash(to),
                expires_at_ms: now_ms + 60_000,
                maker: anybody(),
                now_ms,
            },
            KeyStep::Revoke { key } => Transition::RevokeApiKey {
                tenant: tenant(),
                id: ApiKeyId::of_hash(&hash(key)),
                now_ms,
            },
        })
    }

    pub fn api_key_readings(&self) -> String {
        format!("{:?}", wait(self.store.api_keys()))
    }
}

//! API keys on every engine: the same outcomes, the same records, and none of a layout of their own.

use crate::script::Step;
use crate::script_api_keys::{KeyStep, anybody};
use crate::store_conformance::conforms;
use crate::store_conformance::raw;
use crate::world::wait;
use smile_ceremony::record::{ApiKey, ApiKeyKind};
use smile_ceremony::transition::Transition;
use smile_relying_party::store::{SledStore, Store, Table};
use tempfile::TempDir;

#[test]
fn a_key_is_made_rolled_and_revoked_once() {
    let create = |key| Step::ApiKey(KeyStep::Create { key });
    let roll = |key, to| Step::ApiKey(KeyStep::Roll { key, to });
    let revoke = |key| Step::ApiKey(KeyStep::Revoke { key });
    conforms(&[
        (roll(1, 2), "refused: API key: unknown"),
        (revoke(1), "refused: API key: unknown"),
        (create(1), "Created"),
        (create(1), "refused: identifier: already in use"),
        (create(3), "Created"),
        (roll(1, 3), "refused: identifier: already in use"),
        (roll(1, 2), "ApiKeyRolled"),
        (roll(1, 4), "refused: API key: revoked, expired or rolled"),
        (
            create(6),
            "refused: API key: the tenant has as many as one may have",
        ),
        (Step::Wait { seconds: 60 }, "idle"),
        (create(6), "Created"),
        (revoke(1), "refused: API key: revoked, expired or rolled"),
        (revoke(2), "ApiKeyRevoked"),
        (revoke(2), "refused: API key: revoked, expired or rolled"),
        (roll(2, 5), "refused: API key: revoked, expired or rolled"),
    ]);
}

#[test]
fn a_store_that_never_had_a_key_takes_one_and_keeps_its_layout() {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("store");
    let layout = |database: &sled::Db| database.get(b"v").expect("read").map(|version| version.to_vec());
    drop(SledStore::open(&path).expect("sled opens"));
    let before = layout(&raw(&path));
    assert!(before.is_some());
    let store = SledStore::open(&path).expect("it opens");
    assert!(wait(store.api_keys()).expect("read").is_empty());
    let own = (ApiKeyKind::Secret, Vec::new());
    let key = ApiKey::create(crate::script::tenant(), "till".to_owned(), own, &[7; 32], 1);
    let create = Transition::CreateApiKey {
        key: key.clone(),
        maker: anybody(),
    };
    wait(store.commit(create)).expect("made");
    drop(store);
    let database = raw(&path);
    assert_eq!(layout(&database), before);
    // One that does not decode opens nothing, and shuts nobody else out.
    database
        .insert(b"qak_00000000000000000000000000000000", &b"\x09garbage"[..])
        .expect("inserted");
    drop(database);
    let store = SledStore::open(&path).expect("it opens again");
    assert_eq!(wait(store.api_keys()).expect("read"), [key]);
    let mut rows = wait(store.dump()).expect("dumped");
    rows.retain(|row| !row.id.ends_with("00000000"));
    assert_eq!(
        rows.iter().map(|row| row.table).collect::<Vec<_>>(),
        [Table::ApiKeys]
    );
}

//! API keys: made once, rolled with an overlap, revoked at once, and each its tenant's alone.

use smile_ceremony::{
    error::CeremonyError,
    identifier::{ApiKeyId, TenantId},
    record::{ApiKey, ApiKeyKind, Scope},
    transition::{KeyMaker, Outcome, Transition},
};

use crate::world::{MemoryRows, tenant};

fn key(kind: ApiKeyKind, scopes: &[Scope], digit: u8) -> ApiKey {
    let own = (kind, scopes.to_vec());
    ApiKey::create(tenant(), "till".to_owned(), own, &[digit; 32], 1_000)
}

/// Under a key of the configuration, with room.
fn configured() -> KeyMaker {
    KeyMaker {
        by: None,
        at_most: 100,
    }
}

fn create(key: &ApiKey) -> Transition {
    create_by(key, configured())
}

fn create_by(key: &ApiKey, maker: KeyMaker) -> Transition {
    let key = key.clone();
    Transition::CreateApiKey { key, maker }
}

fn roll(tenant: TenantId, id: &ApiKeyId, digit: u8) -> Transition {
    roll_by(configured(), tenant, id, digit, 5_000)
}

fn roll_by(maker: KeyMaker, tenant: TenantId, id: &ApiKeyId, digit: u8, expires_at_ms: u64) -> Transition {
    Transition::RollApiKey {
        tenant,
        id: id.clone(),
        hash: [digit; 32],
        expires_at_ms,
        maker,
        now_ms: 2_000,
    }
}

fn revoke(tenant: TenantId, id: &ApiKeyId, now_ms: u64) -> Transition {
    let id = id.clone();
    Transition::RevokeApiKey { tenant, id, now_ms }
}

fn other() -> TenantId {
    TenantId::parse("parcels").expect("a sound name")
}

#[test]
fn what_a_key_may_do_follows_from_its_kind() {
    let asked = [Scope::UsersRead, Scope::PaymentsRead, Scope::UsersRead];
    assert_eq!(key(ApiKeyKind::Secret, &asked, 1).scopes(), Scope::ALL);
    assert_eq!(
        key(ApiKeyKind::Restricted, &asked, 1).scopes(),
        [Scope::PaymentsRead, Scope::UsersRead]
    );
    assert!(key(ApiKeyKind::Publishable, &asked, 1).scopes().is_empty());
    for scope in Scope::ALL {
        assert_eq!(Scope::parse(scope.as_str()), Some(scope));
    }
    for kind in ApiKeyKind::ALL {
        assert_eq!(ApiKeyKind::parse(kind.as_str()), Some(kind));
    }
    assert_eq!(Scope::parse("payments"), None);
}

#[test]
fn a_key_is_made_once() {
    let mut rows = MemoryRows::default();
    let create = create(&key(ApiKeyKind::Secret, &[], 1));
    assert!(matches!(rows.commit(&create), Ok(Outcome::Created)));
    assert_eq!(rows.commit(&create).err(), Some(CeremonyError::IdentifierTaken));
}

#[test]
fn a_rolled_key_ends_when_it_is_told_to_and_its_successor_does_not() {
    let mut rows = MemoryRows::default();
    let first = key(ApiKeyKind::Restricted, &[Scope::UsersRead], 1);
    rows.commit(&create(&first)).expect("made");
    for (asks, id) in [(other(), first.id()), (tenant(), &ApiKeyId::of_hash(&[9; 32]))] {
        let refused = rows.commit(&roll(asks, id, 2)).err();
        assert_eq!(refused, Some(CeremonyError::ApiKeyUnknown));
    }
    let taken = rows.commit(&roll(tenant(), first.id(), 1)).err();
    assert_eq!(
        taken,
        Some(CeremonyError::IdentifierTaken),
        "a successor has a text of its own"
    );
    let rolled = rows.commit(&roll(tenant(), first.id(), 2)).expect("rolled");
    let Outcome::ApiKeyRolled { old, new } = rolled else {
        panic!("{rolled:?}")
    };
    assert_eq!(
        (old.rolled_to(), old.expires_at_ms()),
        (Some(new.id()), Some(5_000))
    );
    assert!(!old.is_over(4_999) && old.is_over(5_000));
    assert!(!new.is_over(u64::MAX), "its successor has no end");
    assert_eq!(
        (new.kind(), new.scopes(), new.name()),
        (first.kind(), first.scopes(), "till")
    );
    let twice = rows.commit(&roll(tenant(), first.id(), 3)).err();
    assert_eq!(twice, Some(CeremonyError::ApiKeyNotActive));
    rows.commit(&roll(tenant(), new.id(), 3))
        .expect("the successor can");
    let revoked = key(ApiKeyKind::Secret, &[], 7);
    rows.commit(&create(&revoked)).expect("made");
    rows.commit(&revoke(tenant(), revoked.id(), 2_000))
        .expect("revoked");
    let dead = rows.commit(&roll(tenant(), revoked.id(), 8)).err();
    assert_eq!(dead, Some(CeremonyError::ApiKeyNotActive));
}

#[test]
fn a_key_is_revoked_once_by_its_tenant_while_it_works() {
    let mut rows = MemoryRows::default();
    let first = key(ApiKeyKind::Secret, &[], 1);
    rows.commit(&create(&first)).expect("made");
    let foreign = rows.commit(&revoke(other(), first.id(), 2_000)).err();
    assert_eq!(foreign, Some(CeremonyError::ApiKeyUnknown));
    rows.commit(&roll(tenant(), first.id(), 2)).expect("rolled");
    let late = rows.commit(&revoke(tenant(), first.id(), 5_000)).err();
    assert_eq!(
        late,
        Some(CeremonyError::ApiKeyNotActive),
        "it has expired by itself"
    );
    let revoked = rows
        .commit(&revoke(tenant(), first.id(), 4_999))
        .expect("still works");
    let Outcome::ApiKeyRevoked(revoked) = revoked else {
        panic!("{revoked:?}")
    };
    assert!(
        revoked.is_over(0) && revoked.revoked_at_ms() == Some(4_999),
        "at once"
    );
    for again in [revoke(tenant(), first.id(), 4_999), roll(tenant(), first.id(), 4)] {
        assert_eq!(rows.commit(&again).err(), Some(CeremonyError::ApiKeyNotActive));
    }
}

#[test]
fn a_key_that_is_over_makes_no_other_and_rolls_none() {
    let mut rows = MemoryRows::default();
    let [caller, target, foreign] = [1, 2, 3].map(|digit| key(ApiKeyKind::Secret, &[], digit));
    rows.commit(&create(&caller)).expect("made");
    rows.commit(&create(&target)).expect("made");
    let by = |id: &ApiKeyId| KeyMaker {
        by: Some(id.clone()),
        ..configured()
    };
    let make = |maker: KeyMaker, digit| {
        let own = (ApiKeyKind::Secret, Vec::new());
        let key = ApiKey::create(tenant(), "till".to_owned(), own, &[digit; 32], 2_000);
        create_by(&key, maker)
    };
    rows.commit(&make(by(caller.id()), 4))
        .expect("the caller's key works");
    let rolled = roll_by(by(target.id()), tenant(), target.id(), 5, 5_000);
    rows.commit(&rolled).expect("a key may roll itself");
    let (_, target) = (target, ApiKeyId::of_hash(&[5; 32]));
    rows.commit(&revoke(tenant(), caller.id(), 2_000))
        .expect("revoked");
    for over in [caller.id(), foreign.id()] {
        let before = rows.api_keys.clone();
        let refused = rows.commit(&make(by(over), 6)).err();
        assert_eq!(refused, Some(CeremonyError::CallerKeyOver));
        let refused = rows.commit(&roll_by(by(over), tenant(), &target, 7, 5_000)).err();
        assert_eq!(refused, Some(CeremonyError::CallerKeyOver));
        assert_eq!(rows.api_keys, before);
    }
    rows.commit(&make(by(&target), 6))
        .expect("another key of the tenant works");
    rows.commit(&roll_by(by(&target), tenant(), &target, 7, 5_000))
        .expect("and rolls");
}

#[test]
fn a_tenant_has_room_for_so_many_keys_that_work_however_they_are_made() {
    let mut rows = MemoryRows::default();
    let [first, second, third] = [1, 2, 3].map(|digit| key(ApiKeyKind::Secret, &[], digit));
    let two = || KeyMaker { by: None, at_most: 2 };
    rows.commit(&create_by(&first, two())).expect("room for two");
    rows.commit(&create_by(&second, two())).expect("room for two");
    let full = Some(CeremonyError::ApiKeysExhausted);
    assert_eq!(rows.commit(&create_by(&third, two())).err(), full);
    let beside = rows.commit(&roll_by(two(), tenant(), first.id(), 4, 2_001)).err();
    assert_eq!(beside, full, "both would work");
    rows.commit(&roll_by(two(), tenant(), first.id(), 4, 2_000))
        .expect("one in place of the other");
    assert_eq!(rows.commit(&create_by(&third, two())).err(), full);
    rows.commit(&revoke(tenant(), second.id(), 2_000))
        .expect("revoked");
    let own = (ApiKeyKind::Secret, Vec::new());
    let foreign = ApiKey::create(other(), "till".to_owned(), own, &[8; 32], 1_000);
    rows.commit(&create_by(&foreign, two()))
        .expect("another tenant's room");
    let successor = ApiKeyId::of_hash(&[4; 32]);
    rows.commit(&roll_by(two(), tenant(), &successor, 5, 2_001))
        .expect("room for both");
}

//! Steps of a script about people: consents, keys that are suspended or revoked, lost devices, erasure.

use crate::script::{Player, pick, rng, tenant, user};
use crate::world::wait;
use smile_ceremony::record::{
    Consent, ConsentVersion, CredentialChange, CredentialName, EnrolmentSession, GivenConsent, LanguageTag,
    TextSha256,
};
use smile_ceremony::transition::{LostKeys, Transition};

/// One step.
#[derive(Debug, Clone)]
pub enum PeopleStep {
    /// An enrolment session with a consent, given just now or two days ago.
    Enrol { user: u8, is_old: bool },
    /// A key is named (0), suspended (1), reinstated (2) or revoked (3).
    Change { user: u8, key: u8, change: u8 },
    /// A device with one key, or with all.
    Lose { user: u8, all: bool },
    /// A consent is taken back.
    Withdraw { consent: u8 },
    /// The newest payments lose their user.
    ErasePayments { user: u8 },
    /// A person is erased.
    Erase { user: u8 },
}

impl Player<'_> {
    pub fn people(&mut self, step: &PeopleStep) -> Option<String> {
        let (tenant, now_ms) = (tenant(), self.now_ms);
        let transition = match step {
            PeopleStep::Enrol { user: number, is_old } => {
                let session =
                    EnrolmentSession::create(tenant, user(*number), now_ms, &mut rng(&mut self.drawn)).0;
                let given = given(now_ms - u64::from(*is_old) * 2 * 86_400_000);
                let consent = Consent::record(&session, given, now_ms);
                self.enrolments.push(session.clone());
                self.consents.push(consent.clone());
                Transition::EnrolWithConsent { session, consent }
            }
            PeopleStep::Change {
                user: number,
                key,
                change,
            } => {
                let keys = self.credentials(&user(*number));
                let credential = keys.get(pick(*key, keys.len())?)?.id.clone();
                let name = CredentialName::parse("blue phone").expect("a name");
                let change = match change % 4 {
                    0 => CredentialChange::Name(name),
                    1 => CredentialChange::Suspend,
                    2 => CredentialChange::Reinstate,
                    _ => CredentialChange::Revoke,
                };
                Transition::ChangeCredential {
                    tenant,
                    credential,
                    change,
                    now_ms,
                }
            }
            PeopleStep::Lose { user: number, all } => {
                let user = user(*number);
                let keys = match all {
                    true => LostKeys::All,
                    false => LostKeys::One(self.credentials(&user).first()?.id.clone()),
                };
                Transition::LoseDevice {
                    tenant,
                    user,
                    keys,
                    now_ms,
                }
            }
            PeopleStep::Withdraw { consent } => {
                let consent = self.consents.get(pick(*consent, self.consents.len())?)?;
                Transition::WithdrawConsent {
                    tenant,
                    consent: consent.id().clone(),
                    now_ms,
                }
            }
            PeopleStep::ErasePayments { user: number } => Transition::ErasePayments {
                tenant,
                user: user(*number),
                now_ms,
            },
            PeopleStep::Erase { user: number } => Transition::Erase {
                tenant,
                user: user(*number),
                now_ms,
            },
        };
        Some(self.commit(transition))
    }

    /// What the readers of people say.
    pub fn people_readings(&self) -> String {
        let people = (0..3).map(|number| wait(self.store.person(tenant(), user(number))));
        let consents = self
            .consents
            .iter()
            .map(|one| wait(self.store.consent(one.id().clone())));
        format!(
            "{:?} {:?}",
            people.collect::<Vec<_>>(),
            consents.collect::<Vec<_>>()
        )
    }
}

/// What somebody agreed to.
pub fn given(agreed_at_ms: u64) -> GivenConsent {
    GivenConsent {
        version: ConsentVersion::parse("2026-11").expect("a version"),
        language: LanguageTag::parse("zh-Hans").expect("a language"),
        text_sha256: TextSha256::from_hex(&"5E".repeat(32)).expect("a hash"),
        agreed_at_ms,
    }
}

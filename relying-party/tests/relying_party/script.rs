//! A script of store transitions that can be played on any engine. Time and randomness are the script's own, so two
//! engines that play the same script must log the same outcomes and hold the same records.

use crate::script_api_keys::KeyStep;
use crate::script_money::MoneyStep;
use crate::script_people::PeopleStep;
use crate::signer::{FACET, METADATA, Signer};
use crate::world::{APP_ID, wait};
use smile_ceremony::facets::FacetAllowList;
use smile_ceremony::identifier::{AttemptId, CredentialId, TenantId, UserId};
use smile_ceremony::limits::PAYMENT_LIFETIME_MS;
use smile_ceremony::metadata::MetadataSet;
use smile_ceremony::payment::{
    AttemptSubject, CaptureMethod, CurrencyCode, DeclineCode, Money, Payee, PaymentEvent, PaymentIntent,
    PaymentRequest, Settlement,
};
use smile_ceremony::record::{
    AuthenticationSession, Consent, Credential, EnrolmentSession, PendingCeremony, SessionName,
};
use smile_ceremony::relying_party::RelyingParty;
use smile_ceremony::server_data::ServerKey;
use smile_ceremony::transition::{Outcome, Transition};
use smile_ceremony::uaf::registration::BegunCeremony;
use smile_ceremony::uaf::{authentication, registration};
use smile_protocol::uaf::identity::{AppId, FacetId};
use smile_protocol::uaf::policy::MatchCriteria;
use smile_relying_party::store::{Row, Store, StoreError};

/// One step. Numbers choose among what the script made so far, modulo how much there is; without any, the step is
/// logged as idle.
#[derive(Debug, Clone)]
pub enum Step {
    CreateEnrolment {
        user: u8,
    },
    CreateLogin {
        user: u8,
    },
    CreatePayment {
        user: u8,
        manual: bool,
    },
    /// The last record created is created again.
    CreateAgain,
    BeginEnrolment {
        session: u8,
    },
    BeginLogin {
        session: u8,
    },
    BeginPayment {
        payment: u8,
    },
    /// Answers a challenge with a key: presents it, which takes it, and verifies the answer.
    Answer {
        ceremony: u8,
        signer: u8,
    },
    /// Commits what was verified.
    Finish {
        answer: u8,
    },
    Move {
        payment: u8,
        event: u8,
    },
    /// What moves money, or does so once.
    Money(MoneyStep),
    /// What is done about people and their keys.
    People(PeopleStep),
    /// What happens to API keys.
    ApiKey(KeyStep),
    Deregister {
        user: u8,
        both: bool,
    },
    Forget {
        ceremony: u8,
    },
    ForgetEnrolment {
        session: u8,
    },
    ForgetLogin {
        session: u8,
    },
    Wait {
        seconds: u32,
    },
}

/// A challenge that was begun, and its request.
struct Begun {
    ceremony: PendingCeremony,
    message: String,
    registration: bool,
}

/// Plays steps on one engine.
pub struct Player<'s> {
    pub store: &'s dyn Store,
    pub log: Vec<String>,
    rp: RelyingParty,
    pub drawn: u64,
    pub now_ms: u64,
    pub enrolments: Vec<EnrolmentSession>,
    pub consents: Vec<Consent>,
    logins: Vec<AuthenticationSession>,
    pub payments: Vec<PaymentIntent>,
    begun: Vec<Begun>,
    verified: Vec<Transition>,
    signers: Vec<Signer>,
    /// The question to the processor that was answered last.
    pub settled: Option<(AttemptSubject, AttemptId)>,
    last_created: Option<fn(&Player<'_>) -> Option<Transition>>,
}

impl<'s> Player<'s> {
    /// A player at the beginning of its time.
    pub fn new(store: &'s dyn Store) -> Self {
        let metadata = MetadataSet::from_json([METADATA]).expect("the statement is right");
        let accepted = metadata
            .aaids()
            .map(|aaid| vec![MatchCriteria::for_aaid(aaid)])
            .collect();
        let rp = RelyingParty::new(
            Some(AppId::new(APP_ID).expect("an AppID")),
            FacetAllowList::new(vec![FacetId::new(FACET).expect("a facet")]),
            metadata,
            accepted,
            ServerKey::new(vec![0x4B; 32]).expect("32 bytes"),
        );
        Self {
            store,
            log: Vec::new(),
            rp,
            drawn: 0,
            now_ms: 1_800_000_000_000,
            enrolments: Vec::new(),
            consents: Vec::new(),
            logins: Vec::new(),
            payments: Vec::new(),
            begun: Vec::new(),
            verified: Vec::new(),
            signers: (1..=4).map(Signer::number).collect(),
            settled: None,
            last_created: None,
        }
    }

    /// Plays one step and logs what came of it.
    pub fn play(&mut self, step: &Step) {
        let outcome = self.step(step).unwrap_or_else(|| "idle".to_owned());
        self.log.push(outcome);
    }

    /// The state of the engine.
    pub fn dump(&self) -> Vec<Row> {
        wait(self.store.dump()).expect("the store can be dumped")
    }

    /// The answers of the engine's readers to what the script knows of.
    pub fn readings(&self) -> String {
        let users = (0..3).map(|number| wait(self.store.credentials_of(tenant(), user(number))));
        let old = wait(self.store.forgettable_ceremonies(self.now_ms, 100));
        let old_sessions = wait(self.store.forgettable_sessions(self.now_ms, 100));
        let enrolments = self
            .enrolments
            .iter()
            .map(|one| wait(self.store.enrolment_session(one.id().clone())));
        let logins = self
            .logins
            .iter()
            .map(|one| wait(self.store.authentication_session(one.id().clone())));
        let payments = self
            .payments
            .iter()
            .map(|one| wait(self.store.payment(one.id().clone())));
        let begun = self
            .begun
            .iter()
            .map(|one| wait(self.store.ceremony(one.ceremony.id().clone())));
        format!(
            "{:?} {old:?} {old_sessions:?} {:?} {:?} {:?} {:?} {} {} {}",
            users.collect::<Vec<_>>(),
            enrolments.collect::<Vec<_>>(),
            logins.collect::<Vec<_>>(),
            payments.collect::<Vec<_>>(),
            begun.collect::<Vec<_>>(),
            self.money_readings(),
            self.people_readings(),
            self.api_key_readings()
        )
    }

    fn step(&mut self, step: &Step) -> Option<String> {
        match step {
            Step::CreateEnrolment { .. } | Step::CreateLogin { .. } | Step::CreatePayment { .. } => {
                self.create(step)
            }
            Step::CreateAgain => {
                let transition = self.last_created?(self)?;
                Some(self.commit(transition))
            }
            Step::BeginEnrolment { .. } | Step::BeginLogin { .. } | Step::BeginPayment { .. } => {
                self.begin(step)
            }
            Step::Answer { ceremony, signer } => self.answer(*ceremony, *signer),
            Step::Finish { answer } => {
                let index = pick(*answer, self.verified.len())?;
                let transition = self.verified.remove(index);
                Some(self.commit(transition))
            }
            Step::Move { payment, event } => {
                let payment = self.payments[pick(*payment, self.payments.len())?].id().clone();
                let event = event_number(*event);
                Some(self.commit(Transition::MovePayment {
                    tenant: tenant(),
                    payment,
                    event,
                    now_ms: self.now_ms,
                }))
            }
            Step::Money(step) => self.money(step),
            Step::People(step) => self.people(step),
            Step::ApiKey(step) => Some(self.api_key(step)),
            Step::Deregister { user: number, both } => {
                let credentials = self.credential_ids(*number, *both)?;
                Some(self.commit(Transition::Deregister {
                    tenant: tenant(),
                    credentials,
                }))
            }
            Step::Forget { ceremony } => {
                let ceremony = self.begun[pick(*ceremony, self.begun.len())?]
                    .ceremony
                    .id()
                    .clone();
                Some(self.commit(Transition::Forget {
                    ceremony,
                    now_ms: self.now_ms,
                }))
            }
            Step::ForgetEnrolment { session } => {
                let session = &self.enrolments[pick(*session, self.enrolments.len())?];
                Some(self.forget_session(SessionName::Enrolment(session.id().clone())))
            }
            Step::ForgetLogin { session } => {
                let session = &self.logins[pick(*session, self.logins.len())?];
                Some(self.forget_session(SessionName::Authentication(session.id().clone())))
            }
            Step::Wait { seconds } => {
                self.now_ms += u64::from(*seconds) * 1000;
                None
            }
        }
    }

    fn create(&mut self, step: &Step) -> Option<String> {
        match step {
            Step::CreateEnrolment { user: number } => {
                let session =
                    EnrolmentSession::create(tenant(), user(*number), self.now_ms, &mut rng(&mut self.drawn))
                        .0;
                self.enrolments.push(session);
                self.create_by(|player| {
                    player
                        .enrolments
                        .last()
                        .cloned()
                        .map(Transition::CreateEnrolmentSession)
                })
            }
            Step::CreateLogin { user: number } => {
                let session = AuthenticationSession::create(
                    tenant(),
                    user(*number),
                    self.now_ms,
                    &mut rng(&mut self.drawn),
                )
                .0;
                self.logins.push(session);
                self.create_by(|player| {
                    player
                        .logins
                        .last()
                        .cloned()
                        .map(Transition::CreateAuthenticationSession)
                })
            }
            Step::CreatePayment { user: number, manual } => {
                let payment = self.new_payment(*number, *manual, Settlement::Direct);
                self.payments.push(payment);
                self.create_by(|player| {
                    player
                        .payments
                        .last()
                        .cloned()
                        .map(Box::new)
                        .map(Transition::CreatePayment)
                })
            }
            _ => None,
        }
    }

    fn create_by(&mut self, transition: fn(&Player<'_>) -> Option<Transition>) -> Option<String> {
        self.last_created = Some(transition);
        transition(self).map(|transition| self.commit(transition))
    }

    pub fn new_payment(&mut self, number: u8, manual: bool, settlement: Settlement) -> PaymentIntent {
        let request = PaymentRequest {
            tenant: tenant(),
            user: Some(user(number)),
            amount: Money::new(145, CurrencyCode::parse("EUR").expect("a currency")).expect("an amount"),
            payee: Payee::parse("Deutsche Post").expect("a payee"),
            description: None,
            capture_method: if manual {
                CaptureMethod::Manual
            } else {
                CaptureMethod::Automatic
            },
            order: None,
            confirm: true,
            lifetime_ms: PAYMENT_LIFETIME_MS,
            settlement,
        };
        PaymentIntent::create(request, self.now_ms, &mut rng(&mut self.drawn))
            .expect("a payment")
            .0
    }

    fn begin(&mut self, step: &Step) -> Option<String> {
        let now_ms = self.now_ms;
        let (begun, registration) = match step {
            Step::BeginEnrolment { session } => {
                let session = &self.enrolments[pick(*session, self.enrolments.len())?];
                let keys = self.credentials(session.user());
                (
                    registration::begin(&self.rp, session, &keys, now_ms, &mut rng(&mut self.drawn)),
                    true,
                )
            }
            Step::BeginLogin { session } => {
                let session = &self.logins[pick(*session, self.logins.len())?];
                let keys = self.credentials(session.user());
                (
                    authentication::begin_login(&self.rp, session, &keys, now_ms, &mut rng(&mut self.drawn)),
                    false,
                )
            }
            Step::BeginPayment { payment } => {
                let payment = &self.payments[pick(*payment, self.payments.len())?];
                let keys = self.credentials(payment.user()?);
                (
                    authentication::begin_payment(
                        &self.rp,
                        payment,
                        &keys,
                        now_ms,
                        &mut rng(&mut self.drawn),
                    ),
                    false,
                )
            }
            _ => return None,
        };
        let BegunCeremony { message, ceremony } = match begun {
            Ok(begun) => begun,
            Err(error) => return Some(format!("not begun: {error}")),
        };
        let outcome = self.commit(Transition::Begin(ceremony.clone()));
        self.begun.push(Begun {
            ceremony,
            message,
            registration,
        });
        Some(outcome)
    }

    fn answer(&mut self, ceremony: u8, signer: u8) -> Option<String> {
        let begun = &self.begun[pick(ceremony, self.begun.len())?];
        let index = pick(signer, self.signers.len())?;
        let (rp, now_ms) = (&self.rp, self.now_ms);
        let key = &rp.server_key;
        let message = if begun.registration {
            self.signers[index].register(&begun.message).message()
        } else {
            self.signers[index].authenticate(&begun.message).message()
        };
        let take = |presented| wait(self.store.commit(Transition::Take { presented, now_ms }));
        let verified = if begun.registration {
            let received = registration::Received::decode(rp, &message).expect("well-formed");
            let presented = received.present(key, &begun.ceremony).expect("authentic");
            match take(presented) {
                Ok(Outcome::Taken(taken)) => received
                    .finish(rp, taken, now_ms)
                    .map(|verified| verified.into_transition()),
                other => return Some(summary(&other)),
            }
        } else {
            let received = authentication::Received::decode(rp, &message).expect("well-formed");
            let presented = received.present(key, &begun.ceremony).expect("authentic");
            match take(presented) {
                Ok(Outcome::Taken(taken)) => {
                    let keys = self.credentials(begun.ceremony.user());
                    received
                        .finish(rp, taken, &keys, now_ms)
                        .map(|verified| verified.into_transition())
                }
                other => return Some(summary(&other)),
            }
        };
        let id = begun.ceremony.id().clone();
        Some(match verified {
            Ok(transition) => {
                self.verified.push(transition);
                format!("taken {id}")
            }
            Err(error) => format!("taken {id}, not verified: {error}"),
        })
    }

    pub fn credentials(&self, user: &UserId) -> Vec<Credential> {
        wait(self.store.credentials_of(tenant(), user.clone())).expect("the store reads")
    }

    fn credential_ids(&self, number: u8, both: bool) -> Option<Vec<CredentialId>> {
        let mut ids: Vec<_> = self
            .credentials(&user(number))
            .into_iter()
            .map(|one| one.id)
            .collect();
        ids.truncate(if both { 2 } else { 1 });
        (!ids.is_empty()).then_some(ids)
    }

    fn forget_session(&self, session: SessionName) -> String {
        let now_ms = self.now_ms;
        self.commit(Transition::ForgetSession { session, now_ms })
    }

    pub fn commit(&self, transition: Transition) -> String {
        summary(&wait(self.store.commit(transition)))
    }
}

/// An outcome as a line of the log.
fn summary(outcome: &Result<Outcome, StoreError>) -> String {
    match outcome {
        Ok(outcome) => format!("{outcome:?}"),
        Err(StoreError::Refused(error)) => format!("refused: {error}"),
        Err(error) => panic!("the engine failed: {error}"),
    }
}

/// The tenant of all scripts.
pub fn tenant() -> TenantId {
    TenantId::parse("stamps").expect("a tenant")
}

/// User names of which one is the beginning of another: an index must keep them apart.
pub fn user(number: u8) -> UserId {
    UserId::parse(["a", "ab", "abc"][usize::from(number) % 3]).expect("a user")
}

pub fn event_number(number: u8) -> PaymentEvent {
    match number % 5 {
        0 => PaymentEvent::Capture { amount: None },
        1 => PaymentEvent::Cancel,
        2 => PaymentEvent::Fail(DeclineCode::RejectedByProvider),
        3 => PaymentEvent::Expire,
        _ => PaymentEvent::Confirm,
    }
}

pub fn pick(number: u8, from: usize) -> Option<usize> {
    (from > 0).then(|| usize::from(number) % from)
}

/// Bytes that differ with every draw and repeat with every run.
pub fn rng(drawn: &mut u64) -> impl FnMut(&mut [u8]) + '_ {
    |buffer: &mut [u8]| {
        for chunk in buffer.chunks_mut(8) {
            *drawn += 1;
            let mixed = drawn.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66_D1CE_1234;
            chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
        }
    }
}

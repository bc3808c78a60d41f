//! A relying party with a store in memory, and the steps of each ceremony between it and a forged device.

use std::{cell::Cell, collections::BTreeMap, convert::Infallible};

use smile_ceremony::{
    error::CeremonyError,
    facets::FacetAllowList,
    identifier::{
        ApiKeyId, AuthenticationSessionId, CeremonyId, ConsentId, CredentialId, EnrolmentSessionId,
        IdempotencyId, LedgerEntryId, PaymentId, RefundId, TenantId, UserId,
    },
    limits::PAYMENT_LIFETIME_MS,
    metadata::MetadataSet,
    payment::{
        CaptureMethod, CurrencyCode, LedgerEntry, Money, Payee, PaymentIntent, PaymentRequest, Refund,
        Settlement,
    },
    policy::StepUpPolicy,
    record::{
        ApiKey, AuthenticationSession, Consent, Credential, EnrolmentSession, IdempotencyRecord,
        PendingCeremony, Person,
    },
    relying_party::RelyingParty,
    server_data::ServerKey,
    transition::{Outcome, Rows, Transition, Undecided, Write},
    uaf::{authentication, channel::TlsConnection, registration},
};
use smile_protocol::{
    metadata::{MetadataStatement, VerificationMethod},
    registry::{AttestationType, AuthenticationAlgorithm, PublicKeyFormat, tc_display, user_verification},
    uaf::{
        authentication::AuthenticationRequest,
        header::Upv,
        identity::{Aaid, AppId, FacetId},
        message::{UafRequest, decode_request},
        policy::MatchCriteria,
        registration::RegistrationRequest,
    },
};

use crate::{
    authenticator::{AttestWith, AuthenticationForge, DeviceKey, RegistrationForge},
    certificates::{NOW_MS, Recipe, test_key},
};

/// A model with attestation roots.
pub const ATTESTED: Aaid = Aaid::new(0xFFFF, 0x5301);
/// A model without roots: surrogate attestation only.
pub const SURROGATE: Aaid = Aaid::new(0xFFFF, 0x5302);
/// A model without roots that claims Basic Full beside Basic Surrogate, and cannot show a transaction.
pub const ROOTLESS: Aaid = Aaid::new(0xFFFF, 0x5303);

pub const FACET: &str = "https://shop.example";
pub const APP_ID: &str = "https://shop.example/uaf/facets";

/// The store: what every engine must do, in its shortest form.
#[derive(Default)]
pub struct MemoryRows {
    pub enrolment_sessions: BTreeMap<EnrolmentSessionId, EnrolmentSession>,
    pub authentication_sessions: BTreeMap<AuthenticationSessionId, AuthenticationSession>,
    pub payments: BTreeMap<PaymentId, PaymentIntent>,
    pub ceremonies: BTreeMap<CeremonyId, PendingCeremony>,
    pub credentials: BTreeMap<CredentialId, Credential>,
    pub consents: BTreeMap<ConsentId, Consent>,
    pub refunds: BTreeMap<RefundId, Refund>,
    pub ledger: BTreeMap<LedgerEntryId, LedgerEntry>,
    pub idempotency: BTreeMap<IdempotencyId, IdempotencyRecord>,
    pub api_keys: BTreeMap<ApiKeyId, ApiKey>,
}

impl Rows for MemoryRows {
    type Error = Infallible;
    fn enrolment_session(&self, id: &EnrolmentSessionId) -> Result<Option<EnrolmentSession>, Infallible> {
        Ok(self.enrolment_sessions.get(id).cloned())
    }
    fn authentication_session(
        &self,
        id: &AuthenticationSessionId,
    ) -> Result<Option<AuthenticationSession>, Infallible> {
        Ok(self.authentication_sessions.get(id).cloned())
    }
    fn payment(&self, id: &PaymentId) -> Result<Option<PaymentIntent>, Infallible> {
        Ok(self.payments.get(id).cloned())
    }
    fn ceremony(&self, id: &CeremonyId) -> Result<Option<PendingCeremony>, Infallible> {
        Ok(self.ceremonies.get(id).cloned())
    }
    fn credential(&self, id: &CredentialId) -> Result<Option<Credential>, Infallible> {
        Ok(self.credentials.get(id).cloned())
    }
    fn consent(&self, id: &ConsentId) -> Result<Option<Consent>, Infallible> {
        Ok(self.consents.get(id).cloned())
    }
    fn credentials_of(&self, tenant: &TenantId, user: &UserId) -> Result<Vec<Credential>, Infallible> {
        Ok(of(&self.credentials, |one| {
            one.tenant == *tenant && one.user == *user
        }))
    }
    fn person(
        &self,
        tenant: &TenantId,
        user: &UserId,
        payments_at_most: usize,
    ) -> Result<Person, Infallible> {
        let mut payments = of(&self.payments, |one| {
            one.tenant() == tenant && one.user() == Some(user)
        });
        payments.sort_by_key(|one| std::cmp::Reverse(one.created_at_ms()));
        payments.truncate(payments_at_most);
        Ok(Person {
            credentials: self.credentials_of(tenant, user)?,
            consents: of(&self.consents, |one| one.tenant() == tenant && one.user() == user),
            enrolment_sessions: of(&self.enrolment_sessions, |one| {
                one.tenant() == tenant && one.user() == user
            }),
            authentication_sessions: of(&self.authentication_sessions, |one| {
                one.tenant() == tenant && one.user() == user
            }),
            challenges: of(&self.ceremonies, |one| {
                one.tenant() == tenant && one.user() == user
            }),
            payments,
        })
    }
    fn refund(&self, id: &RefundId) -> Result<Option<Refund>, Infallible> {
        Ok(self.refunds.get(id).cloned())
    }
    fn idempotency(&self, id: &IdempotencyId) -> Result<Option<IdempotencyRecord>, Infallible> {
        Ok(self.idempotency.get(id).cloned())
    }
    fn api_key(&self, id: &ApiKeyId) -> Result<Option<ApiKey>, Infallible> {
        Ok(self.api_keys.get(id).cloned())
    }
    fn api_keys_of(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, Infallible> {
        Ok(of(&self.api_keys, |one| one.tenant() == tenant))
    }
}

fn of<I, T: Clone>(rows: &BTreeMap<I, T>, is_theirs: impl Fn(&T) -> bool) -> Vec<T> {
    rows.values().filter(|one| is_theirs(one)).cloned().collect()
}

impl MemoryRows {
    /// Decides and applies.
    pub fn commit(&mut self, transition: &Transition) -> Result<Outcome, CeremonyError> {
        let decision = transition.decide(self).map_err(|undecided| match undecided {
            Undecided::Refused(error) => error,
            Undecided::Unreadable(never) => match never {},
        })?;
        for write in decision.writes {
            match write {
                Write::PutEnrolmentSession(row) => {
                    drop(self.enrolment_sessions.insert(row.id().clone(), row))
                }
                Write::PutAuthenticationSession(row) => {
                    drop(self.authentication_sessions.insert(row.id().clone(), row));
                }
                Write::PutPayment(row) => drop(self.payments.insert(row.id().clone(), row)),
                Write::PutCeremony(row) => drop(self.ceremonies.insert(row.id().clone(), row)),
                Write::PutCredential(row) => drop(self.credentials.insert(row.id.clone(), row)),
                Write::PutConsent(row) => drop(self.consents.insert(row.id().clone(), row)),
                Write::DeleteConsent(row) => drop(self.consents.remove(row.id())),
                Write::PutRefund(row) => drop(self.refunds.insert(row.id().clone(), row)),
                Write::PutLedgerEntry(row) => drop(self.ledger.insert(row.id().clone(), row)),
                Write::PutIdempotency(row) => drop(self.idempotency.insert(row.id().clone(), row)),
                Write::PutApiKey(row) => drop(self.api_keys.insert(row.id().clone(), row)),
                Write::DeleteIdempotency(row) => drop(self.idempotency.remove(row.id())),
                Write::DeleteCredential(row) => drop(self.credentials.remove(&row.id)),
                Write::DeleteCeremony(id) => drop(self.ceremonies.remove(&id)),
                Write::DeleteEnrolmentSession(row) => drop(self.enrolment_sessions.remove(row.id())),
                Write::DeleteAuthenticationSession(row) => {
                    drop(self.authentication_sessions.remove(row.id()));
                }
                other => panic!("a write that this store does not know: {other:?}"),
            }
        }
        Ok(decision.outcome)
    }
}

/// Both sides and the store.
pub struct World {
    pub rp: RelyingParty,
    pub rows: MemoryRows,
    pub now_ms: u64,
    /// The TLS connection that brings responses.
    pub connection: TlsConnection,
    drawn: Cell<u64>,
}

/// A metadata statement of a face authenticator.
pub fn statement(aaid: Aaid, attestation: AttestationType, roots: Vec<Vec<u8>>) -> MetadataStatement {
    let shows = aaid != ROOTLESS;
    MetadataStatement {
        aaid,
        aaguid: None,
        description: "A test model. It does not check liveness: a photo would pass.".to_owned(),
        authenticator_version: 2,
        protocol_family: Some("uaf".to_owned()),
        upv: vec![Upv::V1_1],
        assertion_scheme: "UAFV1TLV".to_owned(),
        authentication_algorithm: AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw,
        public_key_format: PublicKeyFormat::EccX962Raw,
        attestation_types: vec![attestation],
        user_verification_details: vec![vec![VerificationMethod::of(user_verification::FACEPRINT)]],
        key_protection: 1,
        is_key_restricted: None,
        is_fresh_user_verification_required: None,
        matcher_protection: 1,
        attachment_hint: 1,
        is_second_factor_only: false,
        tc_display: if shows { tc_display::ANY } else { 0 },
        tc_display_content_type: shows.then(|| "text/plain".to_owned()),
        tc_display_png_characteristics: Vec::new(),
        attestation_root_certificates: roots,
        ecdaa_trust_anchors: Vec::new(),
        icon: None,
    }
}

/// What [`ROOTLESS`] says of itself.
fn rootless_statement() -> MetadataStatement {
    let mut statement = statement(ROOTLESS, AttestationType::BasicFull, Vec::new());
    statement.attestation_types.push(AttestationType::BasicSurrogate);
    statement
}

/// The root that metadata lists for [`ATTESTED`].
pub fn root() -> Vec<u8> {
    Recipe::authority("test root", "test root", test_key(200)).sign(&test_key(200))
}

/// How a device of a model attests as its metadata says.
pub fn attestation_of(device: &DeviceKey) -> AttestWith {
    if device.aaid == SURROGATE {
        return AttestWith::BasicSurrogate {
            key: device.key.clone(),
        };
    }
    let leaf = Recipe::leaf("test leaf", "test root", test_key(201)).sign(&test_key(200));
    AttestWith::BasicFull {
        key: test_key(201),
        certificates: vec![leaf],
    }
}

impl World {
    /// Knows these models only, each from its statement or entry.
    pub fn knowing<'t>(texts: impl IntoIterator<Item = &'t String>) -> Self {
        let mut world = Self::new();
        let texts = texts.into_iter().map(String::as_str);
        world.rp.metadata = MetadataSet::from_json(texts).expect("sound metadata");
        world
    }

    pub fn new() -> Self {
        let statements = [
            statement(ATTESTED, AttestationType::BasicFull, vec![root()]),
            statement(SURROGATE, AttestationType::BasicSurrogate, Vec::new()),
            rootless_statement(),
        ]
        .map(|statement| statement.encode());
        let face = MatchCriteria {
            user_verification: Some(user_verification::FACEPRINT),
            authentication_algorithms: Some(vec![1, 2]),
            assertion_schemes: Some(vec!["UAFV1TLV".to_owned()]),
            ..MatchCriteria::default()
        };
        let mut rp = RelyingParty::new(
            Some(AppId::new(APP_ID).expect("short")),
            FacetAllowList::new(vec![FacetId::new(FACET).expect("short")]),
            MetadataSet::from_json(statements.iter().map(String::as_str)).expect("sound statements"),
            vec![vec![face]],
            ServerKey::new(vec![42; 32]).expect("32 bytes"),
        );
        rp.versions = vec![Upv::V1_1];
        Self {
            rp,
            rows: MemoryRows::default(),
            now_ms: NOW_MS,
            connection: TlsConnection::default(),
            drawn: Cell::new(0),
        }
    }

    /// Bytes that never repeat, and are the same in every run.
    pub fn rng(&self) -> impl FnMut(&mut [u8]) + '_ {
        |bytes| {
            for byte in bytes.chunks_mut(8) {
                self.drawn.set(self.drawn.get() + 1);
                let draw = self.drawn.get().wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
                byte.copy_from_slice(&draw[..byte.len()]);
            }
        }
    }

    pub fn commit(&mut self, transition: Transition) -> Result<Outcome, CeremonyError> {
        self.rows.commit(&transition)
    }

    pub fn credentials(&self) -> Vec<Credential> {
        self.rows.credentials.values().cloned().collect()
    }

    // Registration.

    pub fn enrolment_session(&mut self, user: &str) -> EnrolmentSession {
        let (session, _) = EnrolmentSession::create(tenant(), person(user), self.now_ms, &mut self.rng());
        self.commit(Transition::CreateEnrolmentSession(session.clone()))
            .expect("a new session");
        session
    }

    pub fn begin_registration(
        &mut self,
        session: &EnrolmentSession,
    ) -> Result<RegistrationRequest, CeremonyError> {
        let registered: Vec<_> = self
            .credentials()
            .into_iter()
            .filter(|c| c.user == *session.user())
            .collect();
        let begun = registration::begin(&self.rp, session, &registered, self.now_ms, &mut self.rng())?;
        self.commit(Transition::Begin(begun.ceremony))?;
        match decode_request(&begun.message)
            .expect("our own message")
            .swap_remove(0)
        {
            UafRequest::Registration(request) => Ok(request),
            other => panic!("not a registration: {other:?}"),
        }
    }

    pub fn finish_registration(&mut self, message: &str) -> Result<Vec<Credential>, CeremonyError> {
        let received = registration::Received::decode(&self.rp, message)?.over(self.connection.clone());
        let pending = self
            .rows
            .ceremonies
            .get(received.ceremony_id())
            .ok_or(CeremonyError::ChallengeUnknown)?;
        let presented = received.present(&self.rp.server_key, pending)?;
        let Outcome::Taken(taken) = self.commit(Transition::Take {
            presented,
            now_ms: self.now_ms,
        })?
        else {
            panic!("taking answers with the taken ceremony")
        };
        let verified = received.finish(&self.rp, taken, self.now_ms)?;
        match self.commit(verified.into_transition())? {
            Outcome::Registered(credentials) => Ok(credentials),
            other => panic!("not registered: {other:?}"),
        }
    }

    /// A whole registration of `device` for `user`, with a flaw.
    pub fn register(
        &mut self,
        user: &str,
        device: &DeviceKey,
        flaw: impl FnOnce(&mut RegistrationForge),
    ) -> Result<Vec<Credential>, CeremonyError> {
        let session = self.enrolment_session(user);
        let request = self.begin_registration(&session)?;
        let mut forge = RegistrationForge::answering(&request, device, FACET, attestation_of(device));
        flaw(&mut forge);
        self.finish_registration(&forge.message())
    }

    // Authentication and payment.

    pub fn authentication_session(&mut self, user: &str) -> AuthenticationSession {
        let (session, _) =
            AuthenticationSession::create(tenant(), person(user), self.now_ms, &mut self.rng());
        self.commit(Transition::CreateAuthenticationSession(session.clone()))
            .expect("a new session");
        session
    }

    pub fn payment(&mut self, user: &str) -> PaymentIntent {
        let request = PaymentRequest {
            tenant: tenant(),
            user: Some(person(user)),
            amount: Money::new(145, CurrencyCode::parse("EUR").expect("a currency")).expect("in range"),
            payee: Payee::parse("Deutsche Post").expect("printable"),
            description: None,
            capture_method: CaptureMethod::Automatic,
            order: None,
            confirm: true,
            lifetime_ms: PAYMENT_LIFETIME_MS,
            settlement: Settlement::Direct,
        };
        let (payment, _) =
            PaymentIntent::create(request, self.now_ms, &mut self.rng()).expect("a sound payment");
        self.commit(Transition::CreatePayment(Box::new(payment.clone())))
            .expect("a new payment");
        payment
    }

    pub fn begin_login(
        &mut self,
        session: &AuthenticationSession,
    ) -> Result<AuthenticationRequest, CeremonyError> {
        let credentials = self.credentials();
        let begun =
            authentication::begin_login(&self.rp, session, &credentials, self.now_ms, &mut self.rng())?;
        self.commit(Transition::Begin(begun.ceremony))?;
        Ok(authentication_request(&begun.message))
    }

    pub fn begin_step_up(
        &mut self,
        session: &AuthenticationSession,
        policy: &StepUpPolicy,
    ) -> Result<AuthenticationRequest, CeremonyError> {
        let (credentials, now_ms) = (self.credentials(), self.now_ms);
        let begun =
            authentication::begin_step_up(&self.rp, session, policy, &credentials, now_ms, &mut self.rng())?;
        self.commit(Transition::Begin(begun.ceremony))?;
        Ok(authentication_request(&begun.message))
    }

    pub fn begin_payment(&mut self, payment: &PaymentIntent) -> Result<AuthenticationRequest, CeremonyError> {
        let credentials = self.credentials();
        let begun =
            authentication::begin_payment(&self.rp, payment, &credentials, self.now_ms, &mut self.rng())?;
        self.commit(Transition::Begin(begun.ceremony))?;
        Ok(authentication_request(&begun.message))
    }

    pub fn finish_authentication(&mut self, message: &str) -> Result<Outcome, CeremonyError> {
        let verified = self.verify_authentication(message)?;
        self.commit(verified.into_transition())
    }

    /// All of an authentication but its last commit.
    pub fn verify_authentication(
        &mut self,
        message: &str,
    ) -> Result<authentication::VerifiedAuthentication, CeremonyError> {
        let received = authentication::Received::decode(&self.rp, message)?.over(self.connection.clone());
        let pending = self
            .rows
            .ceremonies
            .get(received.ceremony_id())
            .ok_or(CeremonyError::ChallengeUnknown)?;
        let presented = received.present(&self.rp.server_key, pending)?;
        let Outcome::Taken(taken) = self.commit(Transition::Take {
            presented,
            now_ms: self.now_ms,
        })?
        else {
            panic!("taking answers with the taken ceremony")
        };
        received.finish(&self.rp, taken, &self.credentials(), self.now_ms)
    }

    /// A whole login of `user` with `device`, with a flaw.
    pub fn log_in(
        &mut self,
        user: &str,
        device: &DeviceKey,
        flaw: impl FnOnce(&mut AuthenticationForge),
    ) -> Result<Outcome, CeremonyError> {
        let session = self.authentication_session(user);
        let request = self.begin_login(&session)?;
        let mut forge = AuthenticationForge::answering(&request, device, FACET);
        flaw(&mut forge);
        self.finish_authentication(&forge.message())
    }

    /// A whole payment by `user` with `device`, with a flaw.
    pub fn pay(
        &mut self,
        user: &str,
        device: &DeviceKey,
        flaw: impl FnOnce(&mut AuthenticationForge),
    ) -> Result<PaymentIntent, CeremonyError> {
        let payment = self.payment(user);
        let request = self.begin_payment(&payment)?;
        let mut forge = AuthenticationForge::answering(&request, device, FACET);
        flaw(&mut forge);
        match self.finish_authentication(&forge.message())? {
            Outcome::Authorised(payment) => Ok(payment),
            other => panic!("not authorised: {other:?}"),
        }
    }
}

pub fn authentication_request(message: &str) -> AuthenticationRequest {
    match decode_request(message).expect("our own message").swap_remove(0) {
        UafRequest::Authentication(request) => request,
        other => panic!("not an authentication: {other:?}"),
    }
}

/// The refusal of this facet where only [`FACET`] is trusted.
pub fn not_trusted(facet: &str) -> CeremonyError {
    let list = FacetAllowList::new(vec![FacetId::new(FACET).expect("short")]);
    list.must_trust(&FacetId::new(facet).expect("short"))
        .expect_err("only one facet is trusted")
}

pub fn tenant() -> TenantId {
    TenantId::parse("post").expect("a sound name")
}

pub fn person(user: &str) -> UserId {
    UserId::parse(user).expect("a sound name")
}

impl MemoryRows {
    /// The session as it is now.
    pub fn enrolment_session_record(&self, session: &EnrolmentSession) -> EnrolmentSession {
        self.enrolment_sessions[session.id()].clone()
    }
}

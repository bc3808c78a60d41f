//! Making authentication requests (UAF §3.5.7.1).

use smile_protocol::{
    metadata::DisplayPngCharacteristics,
    uaf::{
        authentication::{AuthenticationRequest, Transaction},
        header::Operation,
        message::{UafRequest, encode_requests},
    },
};

use super::display::Display;
use crate::{
    error::CeremonyError,
    identifier::{TenantId, UserId},
    payment::{PaymentIntent, TransactionPicture},
    policy::{self, StepUpPolicy},
    random::RandomSource,
    record::{AuthenticationSession, Credential, CredentialStatus, Purpose},
    relying_party::RelyingParty,
    uaf::{
        envelope::{self, BegunCeremony, Subject},
        wav1cbor,
    },
};

/// Makes an authentication request without a transaction for the user of `session`, who holds `credentials`.
pub fn begin_login(
    rp: &RelyingParty,
    session: &AuthenticationSession,
    credentials: &[Credential],
    now_ms: u64,
    rng: &mut dyn RandomSource,
) -> Result<BegunCeremony, CeremonyError> {
    session.must_be_open(now_ms)?;
    let usable = usable(rp, credentials, session.tenant(), session.user(), now_ms)?;
    let subject = Subject {
        purpose: Purpose::Authentication(session.id().clone()),
        tenant: session.tenant(),
        user: session.user(),
        policy: policy::for_authentication(usable.into_iter(), &rp.metadata.untrusted_at(now_ms)),
        transactions: Vec::new(),
        pictured_text: None,
        ends_at_ms: session.expires_at_ms(),
    };
    begin(rp, subject, now_ms, rng)
}

/// Makes an authentication request for a user who is known by an earlier authentication: only the keys that `policy`
/// names may answer, and where it names several in one set, all of them do (UAF §3.5.7.1, step-up authentication).
///
/// `KeyIdUnknown` where the policy names a key that is not an active, trusted one of this user's.
pub fn begin_step_up(
    rp: &RelyingParty,
    session: &AuthenticationSession,
    policy: &StepUpPolicy,
    credentials: &[Credential],
    now_ms: u64,
    rng: &mut dyn RandomSource,
) -> Result<BegunCeremony, CeremonyError> {
    session.must_be_open(now_ms)?;
    let usable = usable(rp, credentials, session.tenant(), session.user(), now_ms)?;
    // UAF §3.5.7.1: the AAID and KeyID of the authenticator registered for this account.
    for (models, key_id) in policy.keys() {
        let is_named = |key: &&Credential| models.contains(&key.aaid) && key.key_id == *key_id;
        if !usable.iter().any(is_named) {
            return Err(CeremonyError::KeyIdUnknown);
        }
    }
    let subject = Subject {
        purpose: Purpose::Authentication(session.id().clone()),
        tenant: session.tenant(),
        user: session.user(),
        policy: policy::disallowing_models(policy.as_policy().clone(), &rp.metadata.untrusted_at(now_ms)),
        transactions: Vec::new(),
        pictured_text: None,
        ends_at_ms: session.expires_at_ms(),
    };
    begin(rp, subject, now_ms, rng)
}

/// Makes an authentication request whose transaction is the text of `payment`.
///
/// Only keys whose authenticator can show text take part; `NoUsableCredential` if there is none.
pub fn begin_payment(
    rp: &RelyingParty,
    payment: &PaymentIntent,
    credentials: &[Credential],
    now_ms: u64,
    rng: &mut dyn RandomSource,
) -> Result<BegunCeremony, CeremonyError> {
    begin_payment_with_pictures(rp, payment, &[], credentials, now_ms, rng)
}

/// The characteristics of the pictures that [`begin_payment_with_pictures`] can use for the user of `payment`: for
/// each display that shows pictures the one it prefers. Empty where text is enough.
pub fn pictures_wanted(
    rp: &RelyingParty,
    payment: &PaymentIntent,
    credentials: &[Credential],
    now_ms: u64,
) -> Result<Vec<DisplayPngCharacteristics>, CeremonyError> {
    let user = payment.user().ok_or(CeremonyError::NoUsableCredential)?;
    let mut wanted: Vec<DisplayPngCharacteristics> = Vec::new();
    for key in usable(rp, credentials, payment.tenant(), user, now_ms)? {
        if let Display::Pictures([preferred, ..]) = Display::of(&rp.metadata, key)
            && !wanted.contains(preferred)
        {
            wanted.push(preferred.clone());
        }
    }
    Ok(wanted)
}

/// As [`begin_payment`], with `pictures` of the payment's text for authenticators that show pictures and no text.
///
/// Each key takes part whose authenticator can show the text or one of the pictures; forms that no such
/// authenticator shows are not sent.
///
/// # Errors
/// `PictureOfOtherText` for a picture of another payment; `Malformed` where the pictures together are longer than a
/// message may be: one as large as [`TransactionPicture`] allows fits.
pub fn begin_payment_with_pictures(
    rp: &RelyingParty,
    payment: &PaymentIntent,
    pictures: &[TransactionPicture],
    credentials: &[Credential],
    now_ms: u64,
    rng: &mut dyn RandomSource,
) -> Result<BegunCeremony, CeremonyError> {
    payment.must_be_signable(now_ms)?;
    let user = payment.user().ok_or(CeremonyError::NoUsableCredential)?;
    let text = payment.transaction_text();
    let mut forms = vec![Transaction::text_plain(&text)?];
    for picture in pictures {
        forms.push(picture.form_of(&text)?.clone());
    }
    let keys = wav1cbor::without_blind(usable(rp, credentials, payment.tenant(), user, now_ms)?)?;
    let (participating, transactions) = shown(rp, keys, &forms);
    let subject = Subject {
        purpose: Purpose::Payment(payment.id().clone()),
        tenant: payment.tenant(),
        user,
        policy: policy::for_authentication(participating.into_iter(), &rp.metadata.untrusted_at(now_ms)),
        pictured_text: (!pictures.is_empty()).then_some(text),
        transactions,
        ends_at_ms: payment.expires_at_ms(),
    };
    begin(rp, subject, now_ms, rng)
}

/// Makes an authentication request for the user of `session` with a text to confirm that is no payment: 1 to 200
/// characters of printable ASCII (UAF §3.5.1). What comes of it is a login; the text is kept with the challenge.
///
/// Only keys whose authenticator can show text take part; `NoUsableCredential` if there is none.
pub fn begin_transaction(
    rp: &RelyingParty,
    session: &AuthenticationSession,
    text: &str,
    credentials: &[Credential],
    now_ms: u64,
    rng: &mut dyn RandomSource,
) -> Result<BegunCeremony, CeremonyError> {
    session.must_be_open(now_ms)?;
    let usable = usable(rp, credentials, session.tenant(), session.user(), now_ms)?;
    let keys = wav1cbor::without_blind(usable)?;
    let (participating, transactions) = shown(rp, keys, &[Transaction::text_plain(text)?]);
    let subject = Subject {
        purpose: Purpose::Authentication(session.id().clone()),
        tenant: session.tenant(),
        user: session.user(),
        policy: policy::for_authentication(participating.into_iter(), &rp.metadata.untrusted_at(now_ms)),
        transactions,
        pictured_text: None,
        ends_at_ms: session.expires_at_ms(),
    };
    begin(rp, subject, now_ms, rng)
}

/// UAF §3.5.7.1: a transaction has content for each participating AAID, of the type that its display shows. Those of
/// `keys` whose display shows one of `forms`, and the forms that they show.
fn shown<'c>(
    rp: &RelyingParty,
    keys: Vec<&'c Credential>,
    forms: &[Transaction],
) -> (Vec<&'c Credential>, Vec<Transaction>) {
    let (mut participating, mut transactions) = (Vec::new(), Vec::new());
    for key in keys {
        if let Some(form) = Display::of(&rp.metadata, key).choose(forms) {
            participating.push(key);
            if !transactions.contains(form) {
                transactions.push(form.clone());
            }
        }
    }
    (participating, transactions)
}

fn begin(
    rp: &RelyingParty,
    subject: Subject<'_>,
    now_ms: u64,
    rng: &mut dyn RandomSource,
) -> Result<BegunCeremony, CeremonyError> {
    if subject.policy.accepted.is_empty() {
        return Err(CeremonyError::NoUsableCredential);
    }
    let ceremony = envelope::issue(rp, subject, now_ms, rng)?;
    let requests: Vec<UafRequest> = envelope::headers(rp, &ceremony, Operation::Auth)
        .map(|header| {
            UafRequest::Authentication(AuthenticationRequest {
                header,
                challenge: ceremony.challenge.clone(),
                transaction: ceremony.transactions.clone(),
                policy: ceremony.policy.clone(),
            })
        })
        .collect();
    Ok(BegunCeremony {
        message: encode_requests(&requests)?,
        ceremony,
    })
}

/// The active keys of this user that may be trusted; whatever else a caller hands in does not take part. Where there is
/// no such key, the reason why the first active one may not be trusted, or `NoUsableCredential`.
fn usable<'c>(
    rp: &RelyingParty,
    credentials: &'c [Credential],
    tenant: &TenantId,
    user: &UserId,
    now_ms: u64,
) -> Result<Vec<&'c Credential>, CeremonyError> {
    let of_user = |key: &&Credential| {
        key.tenant == *tenant && key.user == *user && key.status == CredentialStatus::Active
    };
    let (mut usable, mut reason) = (Vec::new(), CeremonyError::NoUsableCredential);
    for key in credentials.iter().filter(of_user) {
        // A model without metadata is named when its answer comes.
        let verdict = rp
            .metadata
            .get(key.aaid)
            .map_or(Ok(()), |model| model.must_trust_key(key, now_ms))
            .and_then(|()| wav1cbor::must_not_be_off_for(rp, key));
        match verdict {
            Ok(()) => usable.push(key),
            Err(error) if reason == CeremonyError::NoUsableCredential => reason = error,
            Err(_) => {}
        }
    }
    if usable.is_empty() {
        Err(reason)
    } else {
        Ok(usable)
    }
}

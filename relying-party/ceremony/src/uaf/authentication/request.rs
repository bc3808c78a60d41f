//! Making authentication requests (UAF §3.5.7.1).

use smile_protocol::{
    metadata::DisplayPngCharacteristics,
    uaf::{
        authentication::{AuthenticationRequest, IMAGE_PNG, Transaction},
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
/// `KeyIdUnknown` where the policy names a key that is not an active, trusted one of this user's;
/// [`Wav1CborRule::Off`](crate::uaf::wav1cbor::Wav1CborRule) where it rests because its scheme is off.
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
        let is_named = |key: &Credential| models.contains(&key.aaid) && key.key_id == *key_id;
        if usable.iter().any(|key| is_named(key)) {
            continue;
        }
        let is_active = |key: &&Credential| is_active_of(key, session.tenant(), session.user());
        if let Some(resting) = credentials.iter().filter(is_active).find(|key| is_named(key)) {
            wav1cbor::must_not_be_off_for(rp, resting)?;
        }
        return Err(CeremonyError::KeyIdUnknown);
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

/// Makes an authentication request whose transaction is the text of `payment`, and the picture that it was created with.
///
/// Only keys whose authenticator can show one of them take part; `NoUsableCredential` if there is none, and
/// `PictureNotShown` where there is none for a text that is not ASCII; `PaymentDrifted` where the record of the picture
/// is not as it was made.
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
        let display = Display::of(&rp.metadata, key);
        if let Some(preferred) = display.pictures().first()
            && display.needs_pictures()
            && !wanted.contains(preferred)
        {
            wanted.push(preferred.clone());
        }
    }
    Ok(wanted)
}

/// The characteristics of all pictures that some display of the user's trusted keys shows, in the order in which the
/// displays prefer them. Empty where none shows a picture; `None` where the user has no such key yet.
pub fn pictures_shown(
    rp: &RelyingParty,
    tenant: &TenantId,
    user: &UserId,
    credentials: &[Credential],
    now_ms: u64,
) -> Option<Vec<DisplayPngCharacteristics>> {
    let keys = usable(rp, credentials, tenant, user, now_ms).ok()?;
    let mut shown: Vec<DisplayPngCharacteristics> = Vec::new();
    for one in keys
        .into_iter()
        .flat_map(|key| Display::of(&rp.metadata, key).pictures())
    {
        if !shown.contains(one) {
            shown.push(one.clone());
        }
    }
    Some(shown)
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
    let mut forms = Vec::new();
    // UAF §3.5.1: what is not ASCII is no text/plain. It was drawn, or the record is not what was created.
    if text.is_ascii() {
        forms.push(Transaction::text_plain(&text)?);
    }
    let kept = payment.picture_to_send()?;
    if kept.is_none() && !text.is_ascii() {
        return Err(CeremonyError::PaymentDrifted);
    }
    for picture in kept.iter().chain(pictures) {
        forms.push(picture.form_of(&text)?.clone());
    }
    let has_pictures = forms.iter().any(|form| form.content_type == IMAGE_PNG);
    let keys = wav1cbor::without_blind(usable(rp, credentials, payment.tenant(), user, now_ms)?)?;
    let (participating, transactions) = shown(rp, keys, &forms);
    if participating.is_empty() && !text.is_ascii() {
        return Err(CeremonyError::PictureNotShown);
    }
    let subject = Subject {
        purpose: Purpose::Payment(payment.id().clone()),
        tenant: payment.tenant(),
        user,
        policy: policy::for_authentication(participating.into_iter(), &rp.metadata.untrusted_at(now_ms)),
        pictured_text: has_pictures.then_some(text),
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

fn is_active_of(key: &Credential, tenant: &TenantId, user: &UserId) -> bool {
    key.tenant == *tenant && key.user == *user && key.status == CredentialStatus::Active
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
    let of_user = |key: &&Credential| is_active_of(key, tenant, user);
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

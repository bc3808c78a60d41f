//! Payments whose text is drawn: with which fonts, for which display, and what is refused.

use super::payments::invalid;
use super::sessions::missing;
use super::{Provider, Refusal, Service};
use crate::config::Config;
use crate::error::RelyingPartyError;
use crate::picture::{self, Fonts, STANDARD, Undrawable};
use smile_ceremony::error::CeremonyError;
use smile_ceremony::payment::{
    KeptPicture, OrderReference, PaymentIntent, PaymentRequest, TransactionPicture,
};
use smile_ceremony::secret::ClientSecret;
use smile_ceremony::uaf::authentication::pictures_shown;
use smile_protocol::metadata::DisplayPngCharacteristics;

/// What a provider is told that names nothing to draw with.
const NO_FONTS: &str =
    "must be printable ASCII: pictures.fonts names no fonts with which anything else could be shown";

/// How many forms a text is tried on: more make an answer late, and those that come first are preferred.
const FORMS_TRIED_MAX: usize = 4;

/// Why a payment was not created.
pub(super) enum NotCreated {
    /// By a rule of payments.
    Rule(CeremonyError),
    /// It could not be drawn.
    Drawing(Refusal),
}

impl From<CeremonyError> for NotCreated {
    fn from(rule: CeremonyError) -> Self {
        Self::Rule(rule)
    }
}

/// The fonts that the configuration names; `None` where it names none.
pub(super) fn fonts(config: &Config) -> Result<Option<Fonts>, RelyingPartyError> {
    if config.pictures.fonts.is_empty() {
        return Ok(None);
    }
    let fonts = Fonts::load(&config.pictures.fonts)
        .map_err(|(path, reason)| RelyingPartyError::Font { path, reason })?;
    Ok(Some(fonts))
}

/// Says what was read: the same fonts draw the same pictures.
pub(super) fn log_fonts(fonts: &Fonts) {
    for file in fonts.files() {
        let path = file.path.display();
        tracing::info!(%path, sha256 = file.sha256, faces = file.faces, "a font was read");
    }
}

impl Service {
    /// The picture that the payment was created with.
    ///
    /// # Errors
    /// `resource_missing` where it has none, `payment_drifted` where its record is not as it was made.
    pub fn picture<'p>(&self, payment: &'p PaymentIntent) -> Result<&'p KeptPicture, Refusal> {
        payment
            .picture()?
            .ok_or_else(|| missing("picture of this payment"))
    }

    /// The payment of `request` with a picture of its text, in the first form that the user's displays show and that
    /// the text fits on.
    ///
    /// # Errors
    /// The rules of payments; `member_invalid` where nothing can be drawn, or nobody could see it.
    pub(super) async fn create_pictured(
        &self,
        provider: &Provider,
        request: PaymentRequest,
    ) -> Result<(PaymentIntent, ClientSecret), NotCreated> {
        let member = member(request.payee.as_str().is_ascii());
        let Some(drawing) = &self.drawing else {
            return Err(NotCreated::Drawing(invalid(member, NO_FONTS)));
        };
        let shown = self.picture_forms(provider, &request).await;
        let forms = shown.map_err(NotCreated::Drawing)?;
        if forms.is_empty() {
            return Err(NotCreated::Drawing(invalid(member, Undrawable::FormUnsupported)));
        }
        let (now_ms, entropy) = (self.now_ms(), self.entropy.clone());
        let created = drawing.draw(move |fonts| {
            let mut rng = |buffer: &mut [u8]| entropy.fill(buffer);
            PaymentIntent::create_pictured(request, now_ms, &mut rng, |payment| {
                picture_of(payment, fonts, &forms)
            })
        });
        created.await.map_err(NotCreated::Drawing)?
    }

    /// The forms of pictures that can be drawn and that the user's displays show, the preferred ones first, as many as
    /// are tried.
    async fn picture_forms(
        &self,
        provider: &Provider,
        request: &PaymentRequest,
    ) -> Result<Vec<DisplayPngCharacteristics>, Refusal> {
        let Some(user) = &request.user else {
            return Ok(vec![STANDARD]);
        };
        let keys = self
            .store
            .credentials_of(request.tenant.clone(), user.clone())
            .await?;
        let rp = &provider.of_tenant().relying_party;
        let shown = pictures_shown(rp, &request.tenant, user, &keys, self.now_ms());
        let Some(shown) = shown else {
            return Ok(vec![STANDARD]);
        };
        Ok(shown
            .into_iter()
            .filter(picture::is_drawn)
            .take(FORMS_TRIED_MAX)
            .collect())
    }
}

/// Draws the text of a payment in the first of these forms that it fits on.
fn picture_of(
    payment: &PaymentIntent,
    fonts: &Fonts,
    forms: &[DisplayPngCharacteristics],
) -> Result<TransactionPicture, NotCreated> {
    let lines = payment.transaction_lines();
    let mut refused = Undrawable::FormUnsupported;
    for form in forms {
        match picture::draw(&lines, fonts, form) {
            Ok(png) => {
                let text = payment.transaction_text();
                return Ok(TransactionPicture::new(&text, &png, form.clone())?);
            }
            // Another display may be larger.
            Err(why @ (Undrawable::DoesNotFit | Undrawable::TooLarge)) => refused = why,
            // No form has another glyph.
            Err(why) => {
                refused = why;
                break;
            }
        }
    }
    let payee = payment.payee().as_str();
    let is_of_order = match &refused {
        Undrawable::NoGlyph(missing) => !missing.iter().any(|at| payee.contains(*at)),
        Undrawable::NoInk(at) => !payee.contains(*at),
        _ => payee.is_ascii() && payment.order().is_some_and(|order| !is_ascii(order)),
    };
    Err(NotCreated::Drawing(invalid(member(is_of_order), refused)))
}

fn is_ascii(order: &OrderReference) -> bool {
    order.as_str().is_ascii()
}

/// The member that a refusal names.
fn member(is_of_order: bool) -> &'static str {
    if is_of_order { "order" } else { "payee" }
}

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
use smile_ceremony::uaf::authentication::pictures_shown;
use smile_protocol::metadata::DisplayPngCharacteristics;

/// What a provider is told that names nothing to draw with.
const NO_FONTS: &str =
    "must be printable ASCII: pictures.fonts names no fonts with which anything else could be shown";

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

    /// The characteristics of the picture to draw for a payment; `None` where text will do.
    ///
    /// # Errors
    /// `member_invalid` where nothing can be drawn, or nobody could see it.
    pub(super) async fn picture_form(
        &self,
        provider: &Provider,
        request: &PaymentRequest,
    ) -> Result<Option<DisplayPngCharacteristics>, Refusal> {
        if !request.needs_picture() {
            return Ok(None);
        }
        let member = member(request.payee.as_str().is_ascii());
        if self.fonts.is_none() {
            return Err(invalid(member, NO_FONTS));
        }
        let Some(user) = &request.user else {
            return Ok(Some(STANDARD));
        };
        let keys = self
            .store
            .credentials_of(request.tenant.clone(), user.clone())
            .await?;
        let rp = &provider.of_tenant().relying_party;
        let shown = pictures_shown(rp, &request.tenant, user, &keys, self.now_ms());
        let Some(shown) = shown else {
            return Ok(Some(STANDARD));
        };
        let drawn = shown.into_iter().find(picture::is_drawn);
        drawn
            .map(Some)
            .ok_or_else(|| invalid(member, Undrawable::FormUnsupported))
    }

    /// Draws the text of a payment.
    pub(super) fn picture_of(
        &self,
        payment: &PaymentIntent,
        form: DisplayPngCharacteristics,
    ) -> Result<TransactionPicture, NotCreated> {
        let refused =
            |at_order: bool, why: &dyn std::fmt::Display| NotCreated::Drawing(invalid(member(at_order), why));
        let Some(fonts) = &self.fonts else {
            return Err(refused(false, &NO_FONTS));
        };
        let png = picture::draw(&payment.transaction_lines(), fonts, &form).map_err(|why| {
            let payee = payment.payee().as_str();
            let is_of_order = match &why {
                Undrawable::NoGlyph(missing) => !missing.iter().any(|at| payee.contains(*at)),
                Undrawable::NoInk(at) => !payee.contains(*at),
                _ => payee.is_ascii() && payment.order().is_some_and(|order| !is_ascii(order)),
            };
            refused(is_of_order, &why)
        })?;
        Ok(TransactionPicture::new(&payment.transaction_text(), &png, form)?)
    }
}

fn is_ascii(order: &OrderReference) -> bool {
    order.as_str().is_ascii()
}

/// The member that a refusal names.
fn member(is_of_order: bool) -> &'static str {
    if is_of_order { "order" } else { "payee" }
}

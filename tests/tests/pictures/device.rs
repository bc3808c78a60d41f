//! Our authenticator with a face room that plays a part, and a screen that keeps what it showed.

use std::net::SocketAddr;
use std::path::Path;

use ciborium::Value;
use smile_authenticator::room::FaceRoom;
use smile_authenticator::transaction::{Confirmation, TransactionDisplay};
use smile_authenticator::{Authenticator, AuthenticatorConfig, AuthenticatorError, Sealing, UafClient};
use smile_face::{Camera, CameraError, EnrolmentError, FaceMatched, Frame, Guidance, MatchError, Template};
use smile_protocol::metadata::MetadataStatement;
use smile_protocol::uaf::identity::FacetId;
use smile_quickstart::stage::FACET_ID;
use smile_quickstart::story::device::LoopbackFacets;

/// What stood on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// Words.
    Text(String),
    /// A file.
    Picture(Vec<u8>),
}

/// An authenticator whose user agrees to what is shown, or does not.
pub struct Device {
    authenticator: Authenticator,
    pub agrees: bool,
    shown: Vec<Shown>,
}

impl Device {
    pub fn new(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).expect("a temporary folder can be made");
        let sealing = Sealing::KeyFile(folder.join("device.key"));
        let config = AuthenticatorConfig::new(folder.join("home"), sealing).with_picture_display();
        let mut authenticator = Authenticator::open(config, Box::new(Played)).expect("it opens");
        authenticator
            .enrol(&mut NoCamera, &mut |_| ())
            .expect("a face is enrolled");
        Self {
            authenticator,
            agrees: true,
            shown: Vec::new(),
        }
    }

    pub fn metadata_statement(&self) -> MetadataStatement {
        self.authenticator.metadata_statement()
    }

    pub fn answer(&mut self, server: SocketAddr, message: &str) -> Result<String, AuthenticatorError> {
        let facet = FacetId::new(FACET_ID)?;
        let mut screen = Screen {
            agrees: self.agrees,
            shown: &mut self.shown,
        };
        let fetcher = Box::new(LoopbackFacets::of(server));
        let answered = UafClient::new(&mut self.authenticator, facet, fetcher).process(
            message,
            &mut NoCamera,
            &mut screen,
        )?;
        Ok(answered.expect("registrations and authentications have a response"))
    }

    pub fn take_shown(&mut self) -> Vec<Shown> {
        std::mem::take(&mut self.shown)
    }
}

struct Screen<'s> {
    agrees: bool,
    shown: &'s mut Vec<Shown>,
}

impl Screen<'_> {
    fn ask(&mut self, shown: Shown) -> Confirmation {
        self.shown.push(shown);
        if self.agrees {
            Confirmation::Confirmed
        } else {
            Confirmation::Cancelled
        }
    }
}

impl TransactionDisplay for Screen<'_> {
    fn confirm(&mut self, text: &str) -> Confirmation {
        self.ask(Shown::Text(text.to_owned()))
    }

    fn confirm_picture(&mut self, png: &[u8]) -> Confirmation {
        self.ask(Shown::Picture(png.to_vec()))
    }
}

/// Nothing is looked at.
struct NoCamera;

impl Camera for NoCamera {
    fn next_frame(&mut self) -> Result<Option<Frame>, CameraError> {
        Ok(None)
    }
}

/// A face that always matches.
struct Played;

impl FaceRoom for Played {
    fn enrol(&mut self, _: &mut dyn Camera, _: &mut dyn FnMut(Guidance)) -> Result<Template, EnrolmentError> {
        Ok(template())
    }

    fn verify(
        &mut self,
        _: &mut dyn Camera,
        template: &Template,
        _: &mut dyn FnMut(Guidance),
    ) -> Result<FaceMatched, MatchError> {
        Ok(FaceMatched::forged_for_tests(template))
    }
}

/// A template of one made-up embedding, in the bytes that smile-face writes.
fn template() -> Template {
    let embedding: Vec<u8> = (0..128u8)
        .flat_map(|at| f32::from(u8::from(at == 0)).to_le_bytes())
        .collect();
    let text = |text: &str| Value::Text(text.to_owned());
    let map = Value::Map(vec![
        (text("version"), Value::Integer(1.into())),
        (text("model"), text("made up")),
        (text("model_sha256"), Value::Bytes(vec![7; 32])),
        (text("embeddings"), Value::Array(vec![Value::Bytes(embedding)])),
    ]);
    let mut bytes = Vec::new();
    ciborium::into_writer(&map, &mut bytes).expect("memory takes every byte");
    Template::decode(&bytes).expect("of the form that smile-face writes")
}

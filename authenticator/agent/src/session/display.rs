//! What the user reads and hears: on the agent's page, or on the terminal.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sha2::{Digest, Sha256};
use smile_authenticator::AuthenticatorError;
use smile_authenticator::transaction::{Confirmation, PICTURE, TransactionDisplay};
use smile_face::Guidance;
use smile_protocol::uaf::identity::Username;

use super::PATIENCE;
use super::outcome::Outcome;
use crate::camera::Looked;
use crate::desk::Kind;
use crate::line::{Heard, Line, Word};
use crate::terminal::{Terminal, agrees, answered};

/// A person reads one instruction before the next replaces it.
const INSTRUCTION_HOLDS: Duration = Duration::from_millis(600);

/// Passes guidance on, one instruction at a time.
pub struct Guide<'a> {
    line: &'a Line,
    looked: Arc<Looked>,
    last: Option<(Guidance, Instant)>,
}

impl<'a> Guide<'a> {
    /// For one look; frames that were passed over are counted in `looked`.
    #[must_use]
    pub fn new(line: &'a Line, looked: Arc<Looked>) -> Self {
        Self {
            line,
            looked,
            last: None,
        }
    }

    /// Tells the page, unless the instruction before was not there long enough, or is the same.
    pub fn tell(&mut self, guidance: Guidance) {
        self.looked.passed_over();
        let now = Instant::now();
        if let Some((last, at)) = self.last
            && (last == guidance || now.duration_since(at) < INSTRUCTION_HOLDS)
        {
            return;
        }
        self.last = Some((guidance, now));
        self.line
            .tell(&json!({"type": "guidance", "code": guidance.code()}));
    }
}

/// What a payment says, as it is signed.
#[derive(Clone, Copy)]
enum Content<'c> {
    /// Words.
    Text(&'c str),
    /// A PNG file, which nobody here can read.
    Picture(&'c [u8]),
}

impl Content<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Picture(png) => png,
        }
    }
}

/// SHA-256 of a picture, hexadecimal: the server shows the same.
fn sha256(png: &[u8]) -> String {
    let digest = Sha256::digest(png);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The agent's own page as the authenticator's screen.
pub struct PageDisplay<'a> {
    line: &'a Line,
    caller: &'a str,
    /// Where the camera is ([`CameraKind::place`](crate::camera::CameraKind::place)).
    camera: &'static str,
    guide: Option<Guide<'a>>,
    /// What the user agreed to, a text or a picture. On a further try of the same operation the same stands on the page,
    /// and is not asked about again; anything else is.
    agreed: Option<Vec<u8>>,
}

impl<'a> PageDisplay<'a> {
    /// For the page at the other end of `line`; `camera` says where the camera is.
    #[must_use]
    pub fn new(line: &'a Line, caller: &'a str, camera: &'static str) -> Self {
        Self {
            line,
            caller,
            camera,
            guide: None,
            agreed: None,
        }
    }

    /// A look into the camera begins.
    pub fn begin_look(&mut self, looked: Arc<Looked>) {
        self.guide = Some(Guide::new(self.line, looked));
    }

    /// Asks whether the user wants this.
    ///
    /// # Errors
    /// How the operation ends otherwise.
    pub fn ask(&mut self, kind: Kind, username: Option<&str>) -> Result<(), Outcome> {
        self.ask_about(kind, username, None)
    }

    fn ask_about(
        &mut self,
        kind: Kind,
        username: Option<&str>,
        content: Option<Content<'_>>,
    ) -> Result<(), Outcome> {
        let (text, picture) = match content {
            None => (None, None),
            Some(Content::Text(text)) => (Some(text), None),
            Some(Content::Picture(png)) => {
                let shown = json!({
                    "png": STANDARD.encode(png), "sha256": sha256(png), "bytes": png.len(),
                    "width": PICTURE.width, "height": PICTURE.height,
                });
                (None, Some(shown))
            }
        };
        let question = json!({
            "type": "asks", "kind": kind.as_str(), "caller": self.caller, "username": username, "text": text,
            "picture": picture, "camera": self.camera,
        });
        self.line.tell(&question);
        loop {
            match self.line.word(PATIENCE) {
                Heard::Word(Word::Confirm) => return Ok(()),
                Heard::Word(Word::Again | Word::Choose(_) | Word::CameraFailed(_)) | Heard::Frame(..) => {}
                Heard::Word(Word::Cancel) | Heard::Closed => return Err(Outcome::cancelled()),
                Heard::Word(Word::CannotDisplay) => return Err(undisplayable()),
                Heard::Silence => return Err(Outcome::of(&Err(AuthenticatorError::NotResponsive))),
            }
        }
    }
}

/// How an operation ends whose picture the page cannot show.
fn undisplayable() -> Outcome {
    let rule = "the page could not show it";
    Outcome::of(&Err(AuthenticatorError::TransactionContent { rule }))
}

impl PageDisplay<'_> {
    fn confirm_content(&mut self, content: Content<'_>) -> Confirmation {
        if self.agreed.as_deref() == Some(content.bytes()) {
            return Confirmation::Confirmed;
        }
        match self.ask_about(Kind::Pay, None, Some(content)) {
            Ok(()) => {
                self.agreed = Some(content.bytes().to_vec());
                Confirmation::Confirmed
            }
            Err(outcome) if outcome == Outcome::cancelled() => Confirmation::Cancelled,
            Err(outcome) if outcome == undisplayable() => Confirmation::CannotDisplay,
            Err(_) => Confirmation::TimedOut,
        }
    }
}

impl TransactionDisplay for PageDisplay<'_> {
    fn confirm(&mut self, text: &str) -> Confirmation {
        self.confirm_content(Content::Text(text))
    }

    fn confirm_picture(&mut self, png: &[u8]) -> Confirmation {
        self.confirm_content(Content::Picture(png))
    }

    fn choose_account(&mut self, usernames: &[Username]) -> Option<usize> {
        let names: Vec<&str> = usernames.iter().map(Username::as_str).collect();
        self.line.tell(&json!({"type": "accounts", "usernames": names}));
        loop {
            match self.line.word(PATIENCE) {
                Heard::Word(Word::Choose(index)) => return (index < names.len()).then_some(index),
                Heard::Word(Word::Again | Word::Confirm | Word::CannotDisplay | Word::CameraFailed(_))
                | Heard::Frame(..) => {}
                Heard::Word(Word::Cancel) | Heard::Closed | Heard::Silence => return None,
            }
        }
    }

    fn guide(&mut self, guidance: Guidance) {
        if let Some(guide) = &mut self.guide {
            guide.tell(guidance);
        }
    }
}

/// A terminal as the authenticator's screen, for one operation: what is answered after it ended agrees to nothing.
pub struct TerminalDisplay<'a> {
    caller: &'a str,
    last: Option<Guidance>,
    line: &'a Line,
    terminal: &'a dyn Terminal,
}

impl<'a> TerminalDisplay<'a> {
    /// For what `caller` asks by the operation at the other end of `line`.
    #[must_use]
    pub fn new(caller: &'a str, line: &'a Line, terminal: &'a dyn Terminal) -> Self {
        Self {
            caller,
            last: None,
            line,
            terminal,
        }
    }

    /// Asks; anything but `y` or `yes` is no.
    pub fn agrees(&mut self, question: &str) -> bool {
        let agreed = agrees(self.terminal, question, &|| self.line.is_closed());
        if self.line.is_closed() {
            self.terminal.say("The request ended meanwhile.");
            return false;
        }
        agreed
    }
}

impl TransactionDisplay for TerminalDisplay<'_> {
    fn confirm(&mut self, text: &str) -> Confirmation {
        // Only printable ASCII and line feeds come here: nothing moves the cursor over what was read.
        let framed: Vec<String> = text.lines().map(|line| format!("  | {line}")).collect();
        let question = format!("{} asks you to sign:\n{}", self.caller, framed.join("\n"));
        if self.agrees(&question) {
            Confirmation::Confirmed
        } else {
            Confirmation::Cancelled
        }
    }

    /// What is signed must be seen, and a terminal shows no pictures; their hash says nothing to a person.
    fn confirm_picture(&mut self, png: &[u8]) -> Confirmation {
        self.terminal.say(&format!(
            "{} asks you to sign a picture that its server drew: {} bytes, SHA-256 {}.\n\
             A terminal cannot show it, so it is not signed here: use the agent's page.",
            self.caller,
            png.len(),
            sha256(png)
        ));
        Confirmation::CannotDisplay
    }

    fn choose_account(&mut self, usernames: &[Username]) -> Option<usize> {
        for (index, name) in usernames.iter().enumerate() {
            self.terminal
                .say(&format!("  {}: {:?}", index + 1, name.as_str()));
        }
        let is_over = || self.line.is_closed();
        let chosen = answered(self.terminal, "Which account? ", &is_over, PATIENCE);
        let chosen: usize = chosen?.parse().ok()?;
        let counts = !self.line.is_closed() && (1..=usernames.len()).contains(&chosen);
        counts.then(|| chosen - 1)
    }

    fn guide(&mut self, guidance: Guidance) {
        if self.last.replace(guidance) != Some(guidance) {
            self.terminal.say(guidance.advice());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::{Duration, Instant};

    use smile_authenticator::transaction::{Confirmation, TransactionDisplay};
    use smile_protocol::uaf::identity::Username;

    use super::{TerminalDisplay, sha256};
    use crate::line::Line;
    use crate::terminal::Terminal;

    /// Somebody who types the same again and again, or nothing, and what was said.
    struct Typing<'l> {
        typed: Option<&'static str>,
        said: Mutex<String>,
        /// Closed by the first question that is not answered.
        line: &'l Line,
    }

    impl<'l> Typing<'l> {
        fn of(typed: Option<&'static str>, line: &'l Line) -> Self {
            let said = Mutex::default();
            Self { typed, said, line }
        }
    }

    impl Terminal for Typing<'_> {
        fn line(&self, _: &str, _: &serde_json::Value) {}

        fn say(&self, words: &str) {
            self.said.lock().unwrap().push_str(words);
        }

        fn read(&self, _: &str, is_over: &dyn Fn() -> bool) -> Option<String> {
            if self.typed.is_some() {
                return self.typed.map(str::to_owned);
            }
            assert!(!is_over(), "it was over before it was asked");
            self.line.close();
            let began = Instant::now();
            while !is_over() {
                assert!(began.elapsed() < Duration::from_secs(20), "it never was over");
            }
            None
        }
    }

    #[test]
    fn what_is_answered_on_the_terminal_after_the_operation_ended_agrees_to_nothing() {
        let line = Line::default();
        let names = [Username::new("anna").unwrap()];
        let (yes, first) = (Typing::of(Some("y"), &line), Typing::of(Some("1"), &line));
        let mut agreeing = TerminalDisplay::new("https://shop.example", &line, &yes);
        let mut choosing = TerminalDisplay::new("https://shop.example", &line, &first);
        assert_eq!(agreeing.confirm("Pay 1.00 EUR"), Confirmation::Confirmed);
        assert_eq!(choosing.choose_account(&names), Some(0));
        line.close();
        assert_eq!(agreeing.confirm("Pay 1.00 EUR"), Confirmation::Cancelled);
        assert_eq!(choosing.choose_account(&names), None);
    }

    #[test]
    fn a_picture_is_not_signed_on_a_terminal_and_the_terminal_of_the_caller_says_so() {
        let line = Line::default();
        // However willing: nobody sees a picture here.
        let yes = Typing::of(Some("y"), &line);
        let mut display = TerminalDisplay::new("https://shop.example", &line, &yes);
        assert_eq!(display.confirm_picture(b"\x89PNG"), Confirmation::CannotDisplay);
        let said = yes.said.lock().unwrap();
        assert!(
            said.starts_with("https://shop.example asks you to sign a picture"),
            "{said}"
        );
        assert!(
            said.contains(&sha256(b"\x89PNG")) && said.contains("4 bytes"),
            "{said}"
        );
    }

    #[test]
    fn a_question_on_the_terminal_is_over_with_its_operation() {
        let line = Line::default();
        let silent = Typing::of(None, &line);
        let mut display = TerminalDisplay::new("https://shop.example", &line, &silent);
        assert_eq!(display.confirm("Pay 1.00 EUR"), Confirmation::Cancelled);
        let line = Line::default();
        let silent = Typing::of(None, &line);
        let mut display = TerminalDisplay::new("https://shop.example", &line, &silent);
        assert_eq!(display.choose_account(&[Username::new("anna").unwrap()]), None);
    }
}

//! The stage of a demonstration without a camera: whom the agent's camera sees, and what the server's clock says.

/// What stands before the agent's camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The person of the sample clip.
    Buyer,
    /// One still picture of that person.
    Photo,
    /// A recording of that person, as a screen shows it.
    Screen,
    /// Somebody else.
    Other,
}

impl Subject {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Buyer, Self::Photo, Self::Screen, Self::Other];

    /// The name in requests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Photo => "photo",
            Self::Screen => "screen",
            Self::Other => "other",
        }
    }
}

/// Who arranges the demonstration. A shop with real visitors has none.
pub trait Stage: Send + Sync {
    /// Puts `subject` before the agent's camera, for every look from now on.
    ///
    /// # Errors
    /// What failed, in words.
    fn put_before_camera(&self, subject: Subject) -> Result<(), String>;

    /// Moves the server's clock forward. It cannot go back.
    fn advance_clock(&self, seconds: u64);
}

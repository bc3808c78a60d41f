//! A clip without sound as a camera, for the command line and for tests: the two kinds that browsers take in place of a
//! camera too. It is shown in a loop, and no more than one picture of it lies in memory.

mod mjpeg;
mod y4m;

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use smile_face::{Camera, CameraError, Frame};
use smile_models::Image;

/// One look ends after ten seconds of the clip's own time.
const LONGEST_LOOK_MS: u64 = 10_000;

/// Pictures a second, as a fraction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Rate {
    pictures: u32,
    seconds: u32,
}

enum Kind {
    Y4m(y4m::Header),
    Mjpeg,
}

struct Open {
    clip: BufReader<File>,
    kind: Kind,
    rate: Rate,
    /// Where the first picture begins.
    first: u64,
}

/// Shows the pictures of a clip in a loop.
pub struct ClipCamera {
    path: PathBuf,
    open: Option<Open>,
    shown: u64,
}

impl ClipCamera {
    /// A camera before which the clip at `path` is shown. What is in it shows when it is opened.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            open: None,
            shown: 0,
        }
    }

    fn unsupported(&self, rule: &str) -> CameraError {
        CameraError::UnsupportedFormat(format!("{}: {rule}", self.path.display()))
    }

    fn open(&self) -> Result<Open, CameraError> {
        let failed = |error: std::io::Error| CameraError::Device(format!("{}: {error}", self.path.display()));
        let mut clip = BufReader::new(File::open(&self.path).map_err(failed)?);
        let beginning = clip.fill_buf().map_err(failed)?;
        let (kind, rate) = if beginning.starts_with(y4m::MAGIC) {
            let header = y4m::Header::read(&mut clip).map_err(|rule| self.unsupported(&rule))?;
            let rate = header.rate;
            (Kind::Y4m(header), rate)
        } else if beginning.starts_with(&[0xFF, 0xD8]) {
            (Kind::Mjpeg, mjpeg::RATE)
        } else {
            return Err(self.unsupported("is neither YUV4MPEG2 nor a row of JPEGs"));
        };
        let first = clip.stream_position().map_err(failed)?;
        Ok(Open {
            clip,
            kind,
            rate,
            first,
        })
    }
}

impl Open {
    /// The next picture; at the end of the clip the first.
    fn next(&mut self) -> Result<Image, String> {
        if let Some(image) = self.read()? {
            return Ok(image);
        }
        let rewound = self.clip.seek(SeekFrom::Start(self.first));
        rewound.map_err(|error| error.to_string())?;
        self.read()?.ok_or_else(|| "the clip holds no picture".to_owned())
    }

    fn read(&mut self) -> Result<Option<Image>, String> {
        match &self.kind {
            Kind::Y4m(header) => header.picture(&mut self.clip),
            Kind::Mjpeg => mjpeg::picture(&mut self.clip),
        }
    }
}

impl Camera for ClipCamera {
    fn next_frame(&mut self) -> Result<Option<Frame>, CameraError> {
        if self.open.is_none() {
            self.open = Some(self.open()?);
        }
        let open = self.open.as_mut().expect("opened above");
        let at_ms = self.shown * 1000 * u64::from(open.rate.seconds) / u64::from(open.rate.pictures);
        if at_ms >= LONGEST_LOOK_MS {
            return Ok(None);
        }
        let image = open.next().map_err(|rule| self.unsupported(&rule))?;
        self.shown += 1;
        Ok(Some(Frame::new(image, at_ms)))
    }
}

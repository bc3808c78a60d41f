//! What `--serve` leaves standing: the provider's server, an agent and the stamp shop, until somebody ends them.

use std::net::TcpListener;
use std::sync::Arc;

use smile_agent::camera::CameraKind;
use smile_agent::camera::held::{CameraHolder, HeldCamera, LookFor};
use smile_agent::config::Settings;
use smile_agent::device::Device;
use smile_agent::origin::AllowedOrigins;
use smile_agent::{Agent, RunningAgent};
use smile_authenticator::room::FaceRoom;
use smile_face::Camera;
use smile_models::Image;
use smile_relying_party::api_key::new_api_key;
use smile_relying_party::clock::ShiftedClock;
use smile_relying_party::entropy::SystemEntropy;
use smile_relying_party::{Config, RunningServer, Server};
use smile_weights::Home;

use crate::QuickstartError;
use crate::arguments::AgentCamera;
use crate::cast::StageHand;
use crate::pictures::Pictures;
use crate::shop::{RunningShop, ShopConfig, Stage};
use crate::stage::{APP_ID, Hosted, RunFolder, Setup};

/// Where the three listen; 0 lets the system choose.
pub struct Ports {
    /// The provider's server.
    pub server: u16,
    /// The agent.
    pub agent: u16,
    /// The shop.
    pub shop: u16,
}

/// Everything that stands. Dropping it ends all.
pub struct Standing {
    /// The shop.
    pub shop: RunningShop,
    /// The agent.
    pub agent: RunningAgent,
    /// The provider's server.
    pub server: RunningServer,
    /// The provider's secret key, for the shop and for the provider's page.
    pub secret_key: String,
}

/// Whose camera the agent has.
pub enum Before {
    /// The browser's: real people stand before it.
    Browser,
    /// Nobody's: `faces` stand in for the buyer, and `stranger` for somebody else.
    Cast {
        /// The buyer.
        faces: Pictures,
        /// Somebody else.
        stranger: Image,
    },
}

impl Before {
    /// What the command line asks for.
    #[must_use]
    pub fn new(camera: AgentCamera, faces: Pictures, stranger: Image) -> Self {
        match camera {
            AgentCamera::Page => Self::Browser,
            AgentCamera::Clip => Self::Cast { faces, stranger },
        }
    }
}

impl CameraHolder for StageHand {
    fn open(&self, look: LookFor) -> Box<dyn Camera> {
        match look {
            LookFor::Enrolment => Box::new(self.enrolling()),
            LookFor::Verification => Box::new(self.looking()),
        }
    }
}

impl Standing {
    /// Opens all three, with what they keep in the run's folder. `room` is where the agent looks at faces.
    ///
    /// # Errors
    /// A port is taken, a folder cannot be written, or one of the three does not start.
    pub fn open(
        folder: &RunFolder,
        room: Box<dyn FaceRoom>,
        before: Before,
        ports: &Ports,
    ) -> Result<Self, QuickstartError> {
        // The shop's port is part of its origin, and the origin is what server and agent have to trust.
        let listener = listen(ports.shop, "--shop-port")?;
        let origin = ShopConfig::origin_of(&listener)?;
        // So is the server's, of its hosted pages.
        let hosting = listen(ports.server, "--port")?;
        let public_url = public_url_of(&hosting)?;
        let clock = ShiftedClock::new();
        let stage = match before {
            Before::Browser => None,
            Before::Cast { faces, stranger } => Some(StageHand::new(faces, stranger, clock.clone())?),
        };

        let settings = settings(folder, &[&origin, &public_url], &public_url, ports.agent)?;
        let device = Device::open(&settings, room)?;
        let statement = device.metadata_statement();
        let camera = match &stage {
            None => CameraKind::Page,
            Some(hand) => CameraKind::Held(HeldCamera::of(hand.clone())),
        };
        let announce = Box::new(|line: &str| println!("  agent: {line}"));
        let agent = Arc::new(Agent::new(&settings, device, camera, announce)?);
        let agent = RunningAgent::start(agent, ports.agent)?;

        let secret_key = new_api_key(&SystemEntropy);
        let setup = Setup {
            file: "shop-server.toml",
            app_id: APP_ID,
            facets: &[&origin, &public_url],
            hosted: Some(Hosted {
                public_url: &public_url,
                agent_url: &agent.url(),
            }),
            metadata: "shop-metadata",
            store: "shop-store",
        };
        let port = ports.server;
        let config = setup.configure(folder, &secret_key, port, &[statement])?;
        let server = Server::start_on(hosting, Config::load(&config)?, clock)?;

        let shop = RunningShop::open(ShopConfig {
            listener,
            provider: server.addr,
            secret_key: secret_key.clone(),
            agent: agent.url(),
            stage: stage.map(|hand| Box::new(hand) as Box<dyn Stage>),
        })?;
        Ok(Self {
            shop,
            agent,
            server,
            secret_key,
        })
    }

    /// Says where everything is and how to end it.
    pub fn announce(&self, camera: AgentCamera) {
        let Self {
            shop, agent, server, ..
        } = self;
        println!("\nOpen for business:");
        println!("  the stamp shop          {}", shop.origin);
        println!("  the agent's own page    {}", agent.url());
        println!("  the provider's page     http://{}/dashboard/", server.addr);
        println!("  its secret key          {}", self.secret_key);
        match camera {
            AgentCamera::Clip => println!(
                "The pictures of this run stand before the agent's camera in place of you; --camera page takes your own."
            ),
            AgentCamera::Page => println!("The agent looks through your browser's camera, on its own page."),
        }
        println!(
            "Pairing codes appear here. Ctrl-C ends all three; what the agent kept of a face is erased."
        );
    }

    /// Ends all three and erases what the agent kept.
    ///
    /// # Errors
    /// The store does not close well, or a file cannot be erased.
    pub fn close(self) -> Result<(), QuickstartError> {
        let Self {
            shop, agent, server, ..
        } = self;
        drop(shop);
        let device = Arc::clone(&agent.agent);
        drop(agent);
        server.stop()?;
        Ok(device.device.erase()?)
    }
}

fn listen(port: u16, option: &str) -> Result<TcpListener, QuickstartError> {
    TcpListener::bind(("127.0.0.1", port))
        .map_err(|error| QuickstartError::Shop(format!("port {port}: {error}; choose another with {option}")))
}

/// The origin of the server's pages. In numbers, as the address is printed: to a browser `localhost` is another one.
fn public_url_of(listener: &TcpListener) -> Result<String, QuickstartError> {
    let addr = listener.local_addr();
    let addr = addr.map_err(|error| QuickstartError::Shop(error.to_string()))?;
    Ok(format!("http://{addr}"))
}

/// An agent of this run alone: its home lies in the run's folder, and only the shop and the provider's pages may call.
/// The list of facets, which says that both may use the same keys, comes from the server of this run.
fn settings(
    folder: &RunFolder,
    origins: &[&str],
    server: &str,
    port: u16,
) -> Result<Settings, QuickstartError> {
    let mut settings = Settings::at(Home::at(folder.join("agent-home")));
    let origins = origins
        .iter()
        .map(|origin| origin.parse())
        .collect::<Result<_, _>>();
    let origins = origins.map_err(|error| QuickstartError::Shop(format!("an origin {error}")))?;
    settings.allowed = AllowedOrigins::new(origins);
    let mapped = settings.facets.map(APP_ID, server);
    mapped.map_err(|error| QuickstartError::Shop(format!("its list of facets {error}")))?;
    settings.port = port;
    Ok(settings)
}

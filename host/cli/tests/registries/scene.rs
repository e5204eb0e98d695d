//! A registry of the test, and a user's directory.

use crate::server::Server;
use crate::shelf::Shelf;
use crate::support::{Place, Run, component};

/// A registry, and a directory with a plugin and its own cache.
pub struct Scene {
    pub server: Server,
    pub place: Place,
    pub shelf: Shelf,
}

impl Scene {
    pub async fn new() -> Self {
        let shelf = Shelf::default();
        let answering = shelf.clone();
        Self::with(Server::start(move |asked| answering.answer(asked)).await, shelf)
    }

    pub fn with(server: Server, shelf: Shelf) -> Self {
        let place = Place::new();
        place.write("web.wasm", component());
        // For machines without system certificates: this authority signs nothing.
        place.write(
            "ca.pem",
            rcgen::generate_simple_self_signed(["nobody".to_owned()])
                .expect("a certificate")
                .cert
                .pem(),
        );
        Self { server, place, shelf }
    }

    pub fn reference(&self) -> String {
        format!("{}/acme/web:1.4", self.server.address)
    }

    /// Runs the binary, with the registry's reference for `REF`, on the warm cache.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_in(None, arguments)
    }

    /// Does the same on this scene's own cache.
    pub fn run_apart(&self, arguments: &[&str]) -> Run {
        self.run_in(Some("cache"), arguments)
    }

    fn run_in(&self, cache: Option<&str>, arguments: &[&str]) -> Run {
        let reference = self.reference();
        let arguments = arguments.iter().map(|argument| {
            if *argument == "REF" {
                reference.as_str()
            } else {
                argument
            }
        });
        let arguments: Vec<&str> = arguments
            .chain(["--plain-http", "--certificate-authority", "ca.pem"])
            .collect();
        let mut command = self.place.command(&arguments);
        if let Some(cache) = cache {
            command.env("PODWEAVE_CACHE_DIR", self.place.path(cache));
        }
        Run::of(command.output().expect("it runs"))
    }

    /// Pushes the plugin, and returns its reference with its digest.
    pub fn push(&self) -> String {
        let run = self.run(&["plugin", "push", "web.wasm", "REF"]);
        let annotation = format!("podweave.dev/plugin: {}", run.stdout);
        assert!(
            run.stderr.ends_with(&annotation),
            "{annotation} in {}",
            run.stderr
        );
        run.good().trim().to_owned()
    }
}

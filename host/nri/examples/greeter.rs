//! Gives each container of a pod with the annotation `example.org/greeting` its value as the variable
//! GREETING.

use std::sync::Arc;

use podweave_nri::api::{Container, PodSandbox};
use podweave_nri::{
    Call, Creation, Error, Event, Events, NriVersion, Options, Plugin, Runtime, Service, Status,
};

struct Greeter;

impl Plugin for Greeter {
    async fn configure(&self, runtime: &Runtime, _config: &str) -> Result<Events, Status> {
        runtime.require(NriVersion::V0_10)?;
        Ok(Events::of(&[Event::CreateContainer]))
    }

    async fn create_container(
        &self,
        _call: Call,
        pod: PodSandbox,
        container: Container,
    ) -> Result<Creation, Status> {
        let mut creation = Creation::default();
        if let Some(greeting) = pod.annotations.get("example.org/greeting") {
            creation
                .adjust
                .env("GREETING", greeting)
                .map_err(|error| Status::refused(error.to_string()))?;
            println!("{}/{}: greeting {}", pod.namespace, pod.name, container.name);
        }
        Ok(creation)
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let service = Service::new(Options::new("50", "greeter")?, Arc::new(Greeter));
    let mut state = service.handle().state();
    tokio::spawn(async move {
        while state.changed().await.is_ok() {
            println!("{:?}", *state.borrow_and_update());
        }
    });
    let interrupted = async { drop(tokio::signal::ctrl_c().await) };
    service.run(interrupted).await
}

//! Rendered files follow their ConfigMaps in running containers: on a real node, within a moment, never half,
//! never backwards, and not at all where they must not.

mod follow {
    pub mod agent;
    pub mod consistency;
    pub mod delivery;
    pub mod failing;
    pub mod fixture;
    pub mod generations;
    pub mod hold;
    pub mod notices;
    pub mod outage;
    pub mod pods;
    pub mod races;
    pub mod secrecy;
    pub mod upgrade;
    pub mod watchers;
}

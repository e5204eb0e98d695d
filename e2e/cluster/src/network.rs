//! Addresses of the network namespace that a test binary has for itself (`tools/in-namespace`).

use std::net::Ipv4Addr;
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context, Result, bail};

use crate::ports;

/// Set by `tools/in-namespace`; its value is a name that nobody else on the machine has.
pub(crate) const NAMESPACE_VARIABLE: &str = "PODWEAVE_NAMESPACE";

/// How many networks this process has given out: clusters and nodes side by side get different ones.
static CLUSTERS: AtomicU16 = AtomicU16::new(0);
static NODES: AtomicU16 = AtomicU16::new(0);

/// Names the namespace that this process is alone in, if it is.
pub(crate) fn namespace() -> Option<String> {
    std::env::var(NAMESPACE_VARIABLE).ok().filter(|name| !name.is_empty())
}

/// Where an API server listens, and where Services have their addresses.
pub(crate) struct ApiServerAddress {
    pub(crate) address: Ipv4Addr,
    pub(crate) port: u16,
    pub(crate) services: String,
    /// Keeps the address on the loopback interface.
    _assigned: Option<AssignedAddress>,
}

impl ApiServerAddress {
    /// In a namespace of our own that of the Service `kubernetes`, so that clients in pods find the API server with no kube-proxy; else a
    /// port of localhost.
    pub(crate) fn new() -> Result<Self> {
        if namespace().is_none() {
            return Ok(Self { address: Ipv4Addr::LOCALHOST, port: ports::free()?, services: "10.96.0.0/24".to_owned(), _assigned: None });
        }
        let [second, third] = octets(&CLUSTERS, 96, 111)?;
        let address = Ipv4Addr::new(10, second, third, 1);
        Ok(Self { address, port: 443, services: format!("10.{second}.{third}.0/24"), _assigned: Some(AssignedAddress::new(address)?) })
    }
}

/// The addresses of a node and its pods.
pub(crate) struct NodeNetwork {
    pub(crate) address: Ipv4Addr,
    pub(crate) pods: String,
    /// The bridge that the pods are connected to.
    pub(crate) bridge: String,
    _assigned: AssignedAddress,
}

impl NodeNetwork {
    pub(crate) fn new() -> Result<Self> {
        let [second, third] = octets(&NODES, 200, 207)?;
        // The kubelet takes no address of 127.0.0.0/8.
        let address = Ipv4Addr::new(10, second + 8, third, 1);
        let (pods, bridge) = (format!("10.{second}.{third}.0/24"), format!("pods{second}-{third}"));
        Ok(Self { address, pods, bridge, _assigned: AssignedAddress::new(address)? })
    }
}

impl Drop for NodeNetwork {
    fn drop(&mut self) {
        // Without any pod there was none.
        let _ = Command::new("ip").args(["link", "delete", &self.bridge]).output();
    }
}

/// The second and third octet of the next /24 that nobody has.
fn octets(given_out: &AtomicU16, first: u8, last: u8) -> Result<[u8; 2]> {
    let [high, third] = given_out.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    match first.checked_add(high) {
        Some(second) if second <= last => Ok([second, third]),
        _ => bail!("this process has used up all networks from 10.{first}.0.0 to 10.{last}.255.0: let the tests share clusters and nodes"),
    }
}

/// An address of the loopback interface, as long as this lives.
struct AssignedAddress(String);

impl AssignedAddress {
    fn new(address: Ipv4Addr) -> Result<Self> {
        let assigned = Self(format!("{address}/32"));
        let output = Command::new("ip").args(["address", "add", &assigned.0, "dev", "lo"]).output().context("ip does not start (apt-get install iproute2)")?;
        if !output.status.success() {
            bail!("{} cannot be assigned to the loopback interface: {}", assigned.0, String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(assigned)
    }
}

impl Drop for AssignedAddress {
    fn drop(&mut self) {
        // The namespace ends with this process at the latest, and its addresses with it.
        let _ = Command::new("ip").args(["address", "delete", &self.0, "dev", "lo"]).output();
    }
}

//! Assigns addresses in the network namespace of a test binary (`tools/in-namespace`).

use std::net::Ipv4Addr;
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context, Result, bail};

use crate::ports;

/// Set by `tools/in-namespace` to a name that is unique on the machine.
pub(crate) const NAMESPACE_VARIABLE: &str = "PODWEAVE_NAMESPACE";

/// The number of networks that this process has assigned: concurrent clusters and nodes get different ones.
static CLUSTERS: AtomicU16 = AtomicU16::new(0);
static NODES: AtomicU16 = AtomicU16::new(0);

/// Returns the name of this process's own namespace, if it has one.
pub(crate) fn namespace() -> Option<String> {
    std::env::var(NAMESPACE_VARIABLE)
        .ok()
        .filter(|name| !name.is_empty())
}

/// The address of an API server, and the network of Services.
pub(crate) struct ApiServerAddress {
    pub(crate) address: Ipv4Addr,
    pub(crate) port: u16,
    pub(crate) services: String,
    /// Keeps the address on the loopback interface.
    _assigned: Option<AssignedAddress>,
}

impl ApiServerAddress {
    /// In its own namespace, the address of the Service `kubernetes`, so that clients in pods find the API
    /// server without a kube-proxy; otherwise a port of localhost.
    pub(crate) fn new() -> Result<Self> {
        if namespace().is_none() {
            return Ok(Self {
                address: Ipv4Addr::LOCALHOST,
                port: ports::free()?,
                services: "10.96.0.0/24".to_owned(),
                _assigned: None,
            });
        }
        let [second, third] = octets(&CLUSTERS, 96, 111)?;
        let address = Ipv4Addr::new(10, second, third, 1);
        Ok(Self {
            address,
            port: 443,
            services: format!("10.{second}.{third}.0/24"),
            _assigned: Some(AssignedAddress::new(address)?),
        })
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
        // The kubelet refuses addresses of 127.0.0.0/8.
        let address = Ipv4Addr::new(10, second + 8, third, 1);
        let (pods, bridge) = (
            format!("10.{second}.{third}.0/24"),
            format!("pods{second}-{third}"),
        );
        Ok(Self {
            address,
            pods,
            bridge,
            _assigned: AssignedAddress::new(address)?,
        })
    }
}

impl Drop for NodeNetwork {
    fn drop(&mut self) {
        // Without any pod, the bridge was never created.
        let _ = Command::new("ip").args(["link", "delete", &self.bridge]).output();
    }
}

/// Returns the second and third octet of the next free /24.
fn octets(given_out: &AtomicU16, first: u8, last: u8) -> Result<[u8; 2]> {
    let [high, third] = given_out.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    match first.checked_add(high) {
        Some(second) if second <= last => Ok([second, third]),
        _ => bail!(
            "this process has used all networks from 10.{first}.0.0 to 10.{last}.255.0; let the tests share clusters and nodes"
        ),
    }
}

/// An address of the loopback interface, until this is dropped.
struct AssignedAddress(String);

impl AssignedAddress {
    fn new(address: Ipv4Addr) -> Result<Self> {
        let assigned = Self(format!("{address}/32"));
        let output = Command::new("ip")
            .args(["address", "add", &assigned.0, "dev", "lo"])
            .output()
            .context("cannot start ip (apt-get install iproute2)")?;
        if !output.status.success() {
            bail!(
                "cannot assign {} to the loopback interface: {}",
                assigned.0,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(assigned)
    }
}

impl Drop for AssignedAddress {
    fn drop(&mut self) {
        // The namespace and its addresses end with this process at the latest.
        let _ = Command::new("ip")
            .args(["address", "delete", &self.0, "dev", "lo"])
            .output();
    }
}

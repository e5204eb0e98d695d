//! Flags and readiness of kube-apiserver.

use anyhow::{Context, Result, bail};
use kube::config::Kubeconfig;

use crate::certificates::Certificates;
use crate::directory::Directory;
use crate::kubeconfig;
use crate::network::ApiServerAddress;
use crate::tokens::{ISSUER, TokenKey};

pub(crate) fn arguments(
    directory: &Directory,
    address: &ApiServerAddress,
    etcd_port: u16,
    certificates: &Certificates,
    token_key: &TokenKey,
) -> Result<Vec<String>> {
    let file = |flag: &str, name: &str, content: &str| {
        Ok::<_, anyhow::Error>(format!("--{flag}={}", directory.write(name, content)?.display()))
    };
    Ok(vec![
        format!("--etcd-servers=http://127.0.0.1:{etcd_port}"),
        format!("--bind-address={}", address.address),
        format!("--advertise-address={}", address.address),
        format!("--secure-port={}", address.port),
        // A loopback address is refused as an endpoint of the `kubernetes` Service.
        "--endpoint-reconciler-type=none".to_owned(),
        format!("--service-cluster-ip-range={}", address.services),
        format!("--cert-dir={}", directory.path().display()),
        file(
            "tls-cert-file",
            "api-server.crt",
            &certificates.server.certificate,
        )?,
        file("tls-private-key-file", "api-server.key", &certificates.server.key)?,
        file("client-ca-file", "ca.crt", &certificates.authority)?,
        format!("--service-account-issuer={ISSUER}"),
        file(
            "service-account-key-file",
            "service-account.pub",
            &token_key.public_pem,
        )?,
        file(
            "service-account-signing-key-file",
            "service-account.key",
            &token_key.private_pem,
        )?,
        "--authorization-mode=Node,RBAC".to_owned(),
        "--enable-admission-plugins=NodeRestriction".to_owned(),
        "--anonymous-auth=false".to_owned(),
        "--allow-privileged=true".to_owned(),
    ])
}

pub(crate) async fn is_ready(admin: &Kubeconfig) -> Result<()> {
    // A new client each time: one that was connected to a killed server may have a broken connection.
    let client = kubeconfig::client(admin).await?;
    let request = http::Request::get("/readyz").body(Vec::new())?;
    let answer = client
        .request_text(request)
        .await
        .context("it does not answer /readyz")?;
    if answer != "ok" {
        bail!("it answers /readyz with {answer}");
    }
    Ok(())
}

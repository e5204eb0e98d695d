//! `podweave plugin push`, `pull`, `verify`, `list` and `inspect` with a real registry.

mod support;

use anyhow::Result;
use podweave_registry_peers::{Authority, Options, Peers, Registry};
use support::component;

const IDENTITY: &str = "https://ci.acme.example/release";

/// A registry, and a user's directory with a component.
struct Desk {
    registry: Registry,
    peers: Peers,
    /// The options with which podweave reaches the registry.
    options: Vec<&'static str>,
}

impl Desk {
    fn new(options: Options) -> Result<Self> {
        let (registry, peers) = (Registry::start(options)?, Peers::new()?);
        peers.write("web-config.wasm", component())?;
        let options = match registry.authority() {
            Some(authority) => {
                peers.write("acme.pem", authority)?;
                vec!["--certificate-authority", "acme.pem"]
            }
            None => vec!["--plain-http"],
        };
        Ok(Self {
            registry,
            peers,
            options,
        })
    }

    fn plugin(&self, arguments: &[&str]) -> Result<podweave_registry_peers::Run> {
        self.peers
            .podweave(&[&["plugin"], arguments, &self.options].concat())
    }

    /// Pushes the component; returns the reference with its digest, which `push` prints.
    fn push(&self) -> Result<String> {
        let tag = self.registry.reference("acme/web-config:1.4");
        let pushed = self
            .plugin(&["push", "web-config.wasm", &tag])?
            .succeeded()?
            .trim()
            .to_owned();
        assert!(pushed.starts_with(&format!("{tag}@sha256:")), "{pushed}");
        Ok(pushed)
    }

    fn cosign(&self, arguments: &[&str]) -> Result<()> {
        self.peers.cosign(arguments)?.succeeded().map(drop)
    }

    /// Signs as documented, but without the transparency log, which is on the internet.
    fn sign(&self, reference: &str, with: &[&str]) -> Result<()> {
        let offline = [
            "--use-signing-config=false",
            "--tlog-upload=false",
            "--allow-http-registry",
            "--yes",
        ];
        // cosign accepts no reference with both a tag and a digest.
        let (tagged, digest) = reference.split_once('@').expect("a digest");
        let (name, _) = tagged.rsplit_once(':').expect("a tag");
        self.cosign(
            &[
                &["sign"],
                offline.as_slice(),
                with,
                &[&format!("{name}@{digest}")],
            ]
            .concat(),
        )
    }
}

#[test]
fn a_plugin_is_pushed_pulled_inspected_and_listed() -> Result<()> {
    for options in [Options::Plain, Options::Tls, Options::Passwords, Options::Tokens] {
        let desk = Desk::new(options)?;
        if matches!(options, Options::Passwords | Options::Tokens) {
            let message = desk
                .plugin(&[
                    "push",
                    "web-config.wasm",
                    &desk.registry.reference("acme/web-config:1.4"),
                ])?
                .failed()?;
            assert!(message.contains("docker login"), "{options:?}: {message}");
            desk.peers.log_in(&desk.registry)?;
        }
        let pushed = desk.push()?;
        let tag = desk.registry.reference("acme/web-config:1.4");
        let pulled = desk
            .plugin(&["pull", &tag, "--output", "pulled.wasm"])?
            .succeeded()?;
        assert_eq!(pulled.trim(), pushed, "{options:?}");
        assert_eq!(desk.peers.read("pulled.wasm")?, component());
        let tags = desk
            .plugin(&["list", &desk.registry.reference("acme/web-config")])?
            .succeeded()?;
        assert!(tags.contains("1.4"), "{options:?}: {tags}");
        let inspected = desk.plugin(&["inspect", &pushed])?.succeeded()?;
        assert!(inspected.contains("handlebars"), "{options:?}: {inspected}");
    }
    Ok(())
}

#[test]
fn a_plugin_signed_with_a_key_is_verified_with_that_key_only() -> Result<()> {
    let desk = Desk::new(Options::Plain)?;
    let pushed = desk.push()?;
    for name in ["acme", "other"] {
        desk.cosign(&["generate-key-pair", "--output-key-prefix", name])?;
    }
    let message = desk.plugin(&["verify", &pushed, "--key", "acme.pub"])?.failed()?;
    assert!(
        message.contains("is not signed; sign it: cosign sign --key"),
        "{message}"
    );
    desk.sign(&pushed, &["--key", "acme.key"])?;
    let verified = desk
        .plugin(&["verify", &pushed, "--key", "other.pub", "--key", "acme.pub"])?
        .succeeded()?;
    assert_eq!(verified, format!("{pushed} signed by acme.pub\n"));
    let message = desk
        .plugin(&["verify", &pushed, "--key", "other.pub"])?
        .failed()?;
    assert!(
        message.contains("no trusted key made it (\"other.pub\")"),
        "{message}"
    );
    let message = desk.plugin(&["verify", &pushed, "--key", "acme.key"])?.failed()?;
    assert!(message.contains("it is a private key"), "{message}");
    Ok(())
}

#[test]
fn a_plugin_signed_with_a_certificate_needs_root_and_identity() -> Result<()> {
    let desk = Desk::new(Options::Plain)?;
    let pushed = desk.push()?;
    let root = Authority::new("Acme")?;
    let signer = root.signer(IDENTITY)?;
    for (name, content) in [
        ("root.pem", root.pem()),
        ("other.pem", Authority::new("Other")?.pem()),
        ("ci.pem", &signer.certificate),
        ("ci-plain.key", &signer.key),
    ] {
        desk.peers.write(name, content)?;
    }
    desk.cosign(&[
        "import-key-pair",
        "--key",
        "ci-plain.key",
        "--output-key-prefix",
        "ci",
    ])?;
    desk.sign(
        &pushed,
        &[
            "--key",
            "ci.key",
            "--certificate",
            "ci.pem",
            "--certificate-chain",
            "root.pem",
        ],
    )?;
    let verify = |roots: &str, identity: &str| {
        desk.plugin(&[
            "verify",
            &pushed,
            "--certificate-roots",
            roots,
            "--identity",
            identity,
        ])
    };
    assert_eq!(
        verify("root.pem", IDENTITY)?.succeeded()?,
        format!("{pushed} signed by {IDENTITY}\n")
    );
    assert!(
        verify("other.pem", IDENTITY)?
            .failed()?
            .contains("the certificate was not issued by a trusted root")
    );
    assert!(
        verify("root.pem", "ci@acme.example")?
            .failed()?
            .contains("the policy allows none of the certificate's identities")
    );
    Ok(())
}

//! The directories of plugins, whose contents the agent executes.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use podweave_agent::configuration::AgentConfiguration;
use podweave_agent::for_tests::plugins::{self, PluginMetrics};
use podweave_sandbox::{Allocation, Sandbox};

fn store_in(directory: &Path) -> Result<(), String> {
    let at = |name: &str| directory.join(name).display().to_string();
    let text = format!(
        "apiVersion: podweave.dev/v1alpha1\nkind: AgentConfiguration\ndirectories: {{code: {}, plugins: {}}}\n",
        at("code"),
        at("plugins")
    );
    let configuration = AgentConfiguration::parse(&directory.join("agent.yaml"), &text).unwrap();
    let sandbox = Arc::new(Sandbox::new(Allocation::OnDemand).unwrap());
    plugins::store(&configuration, sandbox, &PluginMetrics::default())
        .map(drop)
        .map_err(|error| error.to_string())
}

#[test]
fn plugin_directories_are_created_private() {
    let directory = tempfile::tempdir().unwrap();
    store_in(directory.path()).unwrap();
    for name in ["code", "plugins"] {
        assert_eq!(
            fs::metadata(directory.path().join(name))
                .unwrap()
                .permissions()
                .mode()
                & 0o7777,
            0o700
        );
    }
}

#[test]
fn plugin_directories_that_are_not_private_are_refused() {
    for name in ["code", "plugins"] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        fs::create_dir(&path).unwrap();
        for (mode, reason) in [
            (0o755, "others can enter it (mode 0755); set it to 0700"),
            (0o777, "others can write to it (mode 0777)"),
        ] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let error = store_in(directory.path()).unwrap_err();
            assert!(
                error.contains(reason) && error.contains(&path.display().to_string()),
                "{error}"
            );
        }
        fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
        store_in(directory.path()).unwrap();
        // Only root can give a directory away.
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&path, Some(1234), None).unwrap();
            let error = store_in(directory.path()).unwrap_err();
            assert!(
                error.contains("it belongs to user 1234, and podweave runs as user 0"),
                "{error}"
            );
        }
    }
}

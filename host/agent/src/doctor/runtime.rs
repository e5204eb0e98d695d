//! Checks the runtime and the processes that look at its containers: its NRI socket, and what the agent
//! reports about it.

use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::time::Duration;

use super::finding::Finding;
use super::shown;
use crate::status::{FetchError, NodeStatus, Protection, RuntimeState};

/// The part of the runtime's timeout that the NRI library reserves for sending the answer.
const MARGIN: Duration = Duration::from_millis(250);

/// The runtime's timeout if it does not report one.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);

/// What exists at the path of the runtime's socket.
#[derive(Debug)]
pub(super) enum SocketSeen {
    Socket,
    SomethingElse,
    Nothing(io::Error),
}

pub(super) fn look_at_socket(path: &Path) -> SocketSeen {
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.file_type().is_socket() => SocketSeen::Socket,
        Ok(_) => SocketSeen::SomethingElse,
        Err(error) => SocketSeen::Nothing(error),
    }
}

pub(super) fn socket(path: &Path, seen: &SocketSeen) -> Finding {
    let path = shown(path);
    match seen {
        SocketSeen::Socket => Finding::ok("nri-socket", format!("{path} exists")),
        SocketSeen::SomethingElse => Finding::problem(
            "nri-socket",
            format!("{path} is not a socket"),
            "name the runtime's NRI socket: nri.socket in the agent's configuration",
        ),
        SocketSeen::Nothing(error) if error.kind() == io::ErrorKind::PermissionDenied => Finding::warning(
            "nri-socket",
            format!("cannot inspect {path}: {error}"),
            "run this as root",
        ),
        SocketSeen::Nothing(_) => Finding::problem(
            "nri-socket",
            format!(
                "{path} does not exist: the runtime is not running or its NRI is off, and podweave cannot configure any container"
            ),
            "enable NRI (containerd: disable = false in [plugins.'io.containerd.nri.v1.nri']; CRI-O: enable_nri = true), restart the runtime, and mount the socket's directory where doctor runs",
        ),
    }
}

/// The agent's status, or why there is none.
pub(super) fn of_status(status: &Result<NodeStatus, FetchError>, creation_timeout: Duration) -> Vec<Finding> {
    let status = match status {
        Ok(status) => status,
        Err(error) => {
            let message = format!(
                "{error}. While no agent runs here, no container of an opted-in pod is created; runtime, guard and validator are not checked, since only the agent sees them"
            );
            return vec![Finding::problem("agent", message, error.remedy())];
        }
    };
    let mut findings = vec![agent(status)];
    if status.agent.runtime.state == RuntimeState::Ready {
        findings.push(runtime(status, creation_timeout));
    }
    findings.extend(protection(status.agent.protection.as_ref()));
    findings
}

fn agent(status: &NodeStatus) -> Finding {
    let agent = &status.agent;
    let who = format!("podweave {} on node {}", agent.version, agent.node);
    let why = agent
        .runtime
        .failure
        .as_deref()
        .map(|failure| format!(": {failure}"))
        .unwrap_or_default();
    match agent.runtime.state {
        RuntimeState::Ready => Finding::ok(
            "agent",
            format!(
                "{who}, with {} containers of {} opted-in pods",
                status.counts.containers, status.counts.pods
            ),
        ),
        RuntimeState::Registering => Finding::warning(
            "agent",
            format!(
                "{who} waits for the runtime to register it; meanwhile no container of an opted-in pod is created"
            ),
            "wait: the runtime registers one plugin at a time, and none while a container stops. If this lasts, check the runtime's log",
        ),
        RuntimeState::Disconnected => Finding::problem(
            "agent",
            format!(
                "{who} has no connection to the runtime{why}; no container of an opted-in pod is created"
            ),
            "check that the runtime runs with NRI enabled; the agent reconnects by itself",
        ),
        RuntimeState::Stopped => Finding::warning(
            "agent",
            format!("{who} is stopping"),
            "wait for its DaemonSet to start it again",
        ),
    }
}

fn runtime(status: &NodeStatus, creation_timeout: Duration) -> Finding {
    let runtime = &status.agent.runtime;
    let name = format!(
        "{} {}",
        runtime.name.as_deref().unwrap_or("an unnamed runtime"),
        runtime.version.as_deref().unwrap_or("")
    );
    // The agent refuses versions that are too old, so it has checked an unknown one itself.
    let nri = runtime
        .nri
        .as_deref()
        .map(|nri| format!(" with NRI {nri}"))
        .unwrap_or_default();
    let timeout = runtime
        .request_timeout_millis
        .map_or(DEFAULT_TIMEOUT, Duration::from_millis);
    if creation_timeout + MARGIN > timeout {
        return Finding::problem(
            "runtime",
            format!(
                "{name}{nri} waits only {timeout:?} for a plugin, and creationTimeout is {creation_timeout:?}: a slow answer could come too late to refuse a container"
            ),
            "raise plugin_request_timeout in the runtime's NRI configuration, or lower creationTimeout in the agent's",
        );
    }
    Finding::ok("runtime", format!("{name}{nri} waits {timeout:?} for a plugin"))
}

fn protection(seen: Option<&Protection>) -> Vec<Finding> {
    let Some(seen) = seen else {
        let unknown = |check, who| {
            Finding::warning(
                check,
                format!(
                    "no container was created since the agent started, so it is unknown whether {who} takes part"
                ),
                "start any pod on this node, and run this again",
            )
        };
        return vec![
            unknown("guard", "the guard"),
            unknown("validator", "the runtime's own validator"),
        ];
    };
    let guard = if seen.guard {
        Finding::ok("guard", "the guard checked the latest container that was created")
    } else {
        Finding::problem(
            "guard",
            "the guard did not check the latest container that was created: without it, the runtime's own validator refuses the containers of opted-in pods",
            "find out why (kubectl get pods -n podweave -l app.kubernetes.io/component=guard -o wide)",
        )
    };
    let validator = if seen.validator {
        Finding::ok(
            "validator",
            "the runtime's own validator checked the latest container that was created",
        )
    } else {
        Finding::problem(
            "validator",
            "the runtime's own validator is off: with agent and guard both down, containers of opted-in pods would start without their configuration. The guard refuses them until it is on",
            "set enable = true in [plugins.'io.containerd.nri.v1.nri'.default_validator] of containerd's configuration (CRI-O: nri_enable_default_validator = true in [crio.nri.default_validator]), and restart the runtime; docs/installation.md has all of it",
        )
    };
    vec![guard, validator]
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::doctor::Verdict;
    use crate::status::{Agent, ApiServerStatus, RuntimeStatus};

    fn status(
        state: RuntimeState,
        request_timeout_millis: Option<u64>,
        protection: Option<(bool, bool)>,
    ) -> NodeStatus {
        let now = SystemTime::now().into();
        let runtime = RuntimeStatus {
            state,
            failure: (state == RuntimeState::Disconnected)
                .then(|| "containerd v1.7.27 has NRI 0.8".to_owned()),
            name: Some("containerd".into()),
            version: Some("v2.3.4".into()),
            nri: Some("0.12".into()),
            request_timeout_millis,
        };
        let agent = Agent {
            version: "0.1.0".into(),
            node: "n".into(),
            started_at: now,
            runtime,
            api_server: ApiServerStatus {
                reachable: true,
                failure: None,
                failed_at: None,
            },
            protection: protection.map(|(guard, validator)| Protection {
                guard,
                validator,
                at: now,
            }),
        };
        NodeStatus::new(agent, Vec::new())
    }

    fn judged(status: NodeStatus) -> Vec<(&'static str, Verdict)> {
        of_status(&Ok(status), Duration::from_millis(50))
            .into_iter()
            .map(|finding| (finding.check, finding.verdict))
            .collect()
    }

    #[test]
    fn a_node_with_guard_and_validator_is_good() {
        let expected = ["agent", "runtime", "guard", "validator"].map(|check| (check, Verdict::Ok));
        assert_eq!(
            judged(status(RuntimeState::Ready, Some(2000), Some((true, true)))),
            expected
        );
        assert_eq!(
            judged(status(RuntimeState::Ready, None, Some((true, true)))),
            expected,
            "2 s, where the runtime says nothing"
        );
    }

    #[test]
    fn an_absent_process_is_a_problem_and_an_unknown_one_is_not() {
        let verdicts = |protection| {
            judged(status(RuntimeState::Ready, None, protection))[2..]
                .iter()
                .map(|(_, verdict)| *verdict)
                .collect::<Vec<_>>()
        };
        assert_eq!(verdicts(Some((false, true))), [Verdict::Problem, Verdict::Ok]);
        assert_eq!(verdicts(Some((true, false))), [Verdict::Ok, Verdict::Problem]);
        assert_eq!(verdicts(None), [Verdict::Warning, Verdict::Warning]);
    }

    #[test]
    fn a_runtime_that_waits_too_short_is_a_problem() {
        assert_eq!(
            judged(status(RuntimeState::Ready, Some(299), None))[1],
            ("runtime", Verdict::Problem)
        );
        assert_eq!(
            judged(status(RuntimeState::Ready, Some(300), None))[1],
            ("runtime", Verdict::Ok)
        );
    }

    #[test]
    fn without_agent_or_runtime_the_reason_is_shown() {
        let absent = of_status(
            &Err(FetchError::Timeout {
                socket: "/run/agent.sock".into(),
            }),
            Duration::from_millis(50),
        );
        assert_eq!((absent.len(), absent[0].verdict), (1, Verdict::Problem));
        assert!(
            absent[0]
                .message
                .contains("the agent at /run/agent.sock does not answer within 5 s")
        );
        let disconnected = of_status(
            &Ok(status(RuntimeState::Disconnected, None, None)),
            Duration::from_millis(50),
        );
        assert_eq!(
            (disconnected[0].verdict, disconnected[1].check),
            (Verdict::Problem, "guard")
        );
        assert!(
            disconnected[0].message.contains("containerd v1.7.27 has NRI 0.8"),
            "{}",
            disconnected[0].message
        );
        assert_eq!(
            judged(status(RuntimeState::Registering, None, None))[0],
            ("agent", Verdict::Warning)
        );
    }

    #[test]
    fn a_socket_is_inspected_without_connecting() {
        let directory = tempfile::tempdir().unwrap();
        let judged = |name: &str| {
            let path = directory.path().join(name);
            socket(&path, &look_at_socket(&path))
        };
        assert_eq!(judged("absent").verdict, Verdict::Problem);
        assert!(judged("absent").remedy.unwrap().contains("enable_nri = true"));
        std::fs::write(directory.path().join("file"), "").unwrap();
        assert_eq!(judged("file").verdict, Verdict::Problem);
        let _listener = std::os::unix::net::UnixListener::bind(directory.path().join("socket")).unwrap();
        assert_eq!(judged("socket").verdict, Verdict::Ok);
    }
}

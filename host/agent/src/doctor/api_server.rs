//! Checks the API server: whether it answers, and whether its clock and the node's agree.

use std::time::{Duration, SystemTime};

use http::{Request, header};
use k8s_openapi::jiff::fmt::rfc2822::DateTimeParser;
use kube::Client;
use kube::client::Body;
use podweave_core::text::chain;
use tokio::time::timeout;

use super::finding::Finding;
use crate::status::NodeStatus;

const PATIENCE: Duration = Duration::from_secs(10);

/// Skew below this is not reported: a Date has whole seconds, and the request takes a while.
const CLOSE: Duration = Duration::from_secs(2);

/// Skew up to this is only a warning: checks of tokens and certificates tolerate about as much.
const FAR: Duration = Duration::from_secs(30);

/// An answer of the API server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reached {
    /// Its clock, if the answer has a Date.
    date: Option<SystemTime>,
    /// Our clock in the middle of the exchange.
    now: SystemTime,
}

pub(super) async fn look(client: &Client) -> Result<Reached, String> {
    let request = Request::get("/version")
        .body(Body::empty())
        .map_err(|error| error.to_string())?;
    let began = SystemTime::now();
    let response = timeout(PATIENCE, client.send(request))
        .await
        .map_err(|_| format!("no answer within {} s", PATIENCE.as_secs()))?;
    let response = response.map_err(|error| chain(&error))?;
    let took = SystemTime::now().duration_since(began).unwrap_or_default();
    if !response.status().is_success() {
        return Err(format!("the API server answers {}", response.status()));
    }
    let date = response
        .headers()
        .get(header::DATE)
        .and_then(|date| date.to_str().ok())
        .and_then(parsed);
    Ok(Reached {
        date,
        now: began + took / 2,
    })
}

fn parsed(date: &str) -> Option<SystemTime> {
    DateTimeParser::new()
        .parse_timestamp(date)
        .ok()
        .map(SystemTime::from)
}

pub(super) fn reach(reached: &Result<Reached, String>, status: Option<&NodeStatus>) -> Finding {
    let failure = status.filter(|status| !status.agent.api_server.reachable);
    match (reached, failure) {
        (Err(reason), _) => Finding::problem(
            "api-server",
            format!(
                "cannot reach the API server: {reason}. The agent does not learn of new pods; pods that it has recorded can start again"
            ),
            "check that the node reaches it, and that the agent's ServiceAccount exists",
        ),
        (Ok(_), Some(status)) => Finding::problem(
            "api-server",
            format!(
                "the API server answers here, but the agent cannot watch the pods of its node: {}",
                status
                    .agent
                    .api_server
                    .failure
                    .as_deref()
                    .unwrap_or("it has not listed them yet")
            ),
            "check the permissions below and the agent's log",
        ),
        (Ok(_), None) => Finding::ok("api-server", "the API server answers"),
    }
}

pub(super) fn clock(reached: &Reached) -> Finding {
    let Some(date) = reached.date else {
        return Finding::warning(
            "clock",
            "the API server's answer has no Date, so the node's clock is not checked",
            "check the node's time service",
        );
    };
    // A Date is the second that has begun.
    let theirs = date + Duration::from_millis(500);
    let (ahead, behind) = (
        reached.now.duration_since(theirs),
        theirs.duration_since(reached.now),
    );
    let (skew, direction) = match (ahead, behind) {
        (Ok(skew), _) => (skew, "ahead of"),
        (_, Ok(skew)) => (skew, "behind"),
        _ => (Duration::ZERO, "level with"),
    };
    let message = format!(
        "the node's clock is {:.1} s {direction} the API server's",
        skew.as_secs_f64()
    );
    let remedy = "start a time service on the node (chrony, systemd-timesyncd)";
    if skew <= CLOSE {
        Finding::ok("clock", "the node's clock agrees with the API server's")
    } else if skew <= FAR {
        Finding::warning(
            "clock",
            format!("{message}: ages of ConfigMaps and times of Events are off by the same amount"),
            remedy,
        )
    } else {
        Finding::problem(
            "clock",
            format!(
                "{message}: tokens and certificates may be refused, and ages of recorded ConfigMaps are off by the same amount"
            ),
            remedy,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn small_differences_of_clocks_are_ignored() {
        let date = parsed("Thu, 26 Nov 2026 09:00:00 GMT").unwrap();
        let verdict = |now: SystemTime| {
            clock(&Reached {
                date: Some(date),
                now,
            })
            .verdict
        };
        assert_eq!(verdict(date), Verdict::Ok);
        assert_eq!(verdict(date + Duration::from_secs(2)), Verdict::Ok);
        assert_eq!(verdict(date + Duration::from_secs(5)), Verdict::Warning);
        assert_eq!(verdict(date - Duration::from_secs(29)), Verdict::Warning);
        assert_eq!(verdict(date - Duration::from_secs(3600)), Verdict::Problem);
        let behind = clock(&Reached {
            date: Some(date),
            now: date - Duration::from_secs(60),
        });
        assert!(
            behind
                .message
                .starts_with("the node's clock is 60.5 s behind the API server's"),
            "{}",
            behind.message
        );
        assert_eq!(
            clock(&Reached {
                date: None,
                now: date
            })
            .verdict,
            Verdict::Warning
        );
        assert_eq!(parsed("yesterday"), None);
    }

    #[test]
    fn an_api_server_that_does_not_answer_is_a_problem() {
        let finding = reach(&Err("no route to host".to_owned()), None);
        assert_eq!(finding.verdict, Verdict::Problem);
        assert!(finding.message.contains("no route to host"));
    }
}

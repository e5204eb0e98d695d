//! `podweave doctor`.

use std::fmt::Write as _;

use anyhow::Result;
use podweave_agent::doctor::{ApiServerAccess, Diagnosis, Identity, Options, Verdict, diagnose};
use podweave_api_server::{ApiServer, ApiServerOptions};
use podweave_core::text::printable;

use crate::arguments::DoctorArguments;
use crate::messages::{BAD, FAINT, GOOD, NAME, WARNING, styled};
use crate::shared_arguments::ReportOutput;
use crate::{EXIT_FAILED, EXIT_OK, cluster, messages};

/// The maximum length of a finding that is shown.
const SHOWN_BYTES: usize = 4000;

pub async fn run(arguments: DoctorArguments) -> Result<u8> {
    let options = Options {
        configuration: arguments.config,
        socket: arguments.socket,
    };
    let diagnosis = diagnose(&options, access().await).await;
    match arguments.output {
        ReportOutput::Table => messages::print(&table(&diagnosis))?,
        ReportOutput::Json => {
            messages::print_raw(&format!("{}\n", serde_json::to_string_pretty(&diagnosis)?))?
        }
    }
    Ok(if diagnosis.verdict == Verdict::Problem {
        EXIT_FAILED
    } else {
        EXIT_OK
    })
}

/// Returns the client for the API server: with the pod's ServiceAccount if this runs in a pod, which is the
/// agent's; otherwise of the kubeconfig.
async fn access() -> ApiServerAccess {
    let (config, identity) = match kube::Config::incluster() {
        Ok(config) => (config, Identity::Agent),
        Err(_) => (
            cluster::connection::config(None)
                .await
                .map_err(|error| format!("{error:#}"))?,
            Identity::Person,
        ),
    };
    let api_server =
        ApiServer::new(config, ApiServerOptions::default()).map_err(|error| error.to_string())?;
    Ok((api_server.client().clone(), identity))
}

fn table(diagnosis: &Diagnosis) -> String {
    let width = diagnosis
        .findings
        .iter()
        .map(|finding| finding.check.len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for finding in &diagnosis.findings {
        let style = match finding.verdict {
            Verdict::Ok => GOOD,
            Verdict::Warning => WARNING,
            Verdict::Problem => BAD,
        };
        let verdict = finding.verdict.name();
        let (after_verdict, after_check) = (
            " ".repeat(9 - verdict.len()),
            " ".repeat(width + 2 - finding.check.len()),
        );
        let message = printable(&finding.message, SHOWN_BYTES);
        let _ = writeln!(
            text,
            "{}{after_verdict}{}{after_check}{message}",
            styled(style, verdict),
            styled(NAME, finding.check)
        );
        if let Some(remedy) = &finding.remedy {
            let _ = writeln!(
                text,
                "{}{} {}",
                " ".repeat(width + 11),
                styled(FAINT, "->"),
                printable(remedy, SHOWN_BYTES)
            );
        }
    }
    text
}

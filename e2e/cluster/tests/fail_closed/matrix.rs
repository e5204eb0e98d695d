//! Kills, freezes and cuts off each process at each step of each call, while pods come and go.

use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::future::try_join_all;
use podweave_cluster::{Cluster, Harm, Step, Strike};

use super::scene::{PATIENCE, Scene, Victim, tests_cluster, until};

/// The variable with the number of rounds through the whole matrix. A soak uses more, and each further round
/// has another order.
const ROUNDS: &str = "PODWEAVE_FAULT_ROUNDS";

/// The calls of each process. The first two come with each connection.
const CALLS: [(Victim, &[&str]); 2] = [
    (
        Victim::Agent,
        &[
            "Configure",
            "Synchronize",
            "CreateContainer",
            "ValidateContainerAdjustment",
            "StopPodSandbox",
        ],
    ),
    (
        Victim::Guard,
        &["Configure", "Synchronize", "ValidateContainerAdjustment"],
    ),
];

/// The kinds of harm. A frozen process is thawed when the runtime has given it up.
const HARMS: [Harm; 3] = [Harm::Kill, Harm::Freeze, Harm::Cut];

/// Longer than the runtime waits for an answer.
const GIVEN_UP: Duration = Duration::from_secs(4);

#[derive(Debug, Clone)]
struct Case {
    victim: Victim,
    call: &'static str,
    step: Step,
    harm: Harm,
}

fn cases(victim: Victim) -> Vec<Case> {
    let mut cases = Vec::new();
    for (_, calls) in CALLS.iter().filter(|(of, _)| *of == victim) {
        for call in *calls {
            for step in Step::ALL {
                cases.extend(HARMS.map(|harm| Case {
                    victim,
                    call,
                    step,
                    harm,
                }));
            }
        }
    }
    cases
}

fn rounds() -> Result<usize> {
    match std::env::var(ROUNDS) {
        Err(_) => Ok(1),
        Ok(rounds) => rounds
            .parse()
            .with_context(|| format!("{ROUNDS}={rounds} is not a number")),
    }
}

/// Harms once, and waits until the process is back.
async fn harm(scene: &Scene<'_>, case: &Case) -> Result<()> {
    let Case {
        victim,
        call,
        step,
        harm,
    } = case;
    let (proxy, server) = (scene.proxy(*victim), scene.server(*victim));
    let before = proxy.calls("Synchronize").completed;
    let mut struck = proxy.strike(Strike::new(call, *step, harm.clone()));
    if matches!(*call, "Configure" | "Synchronize") {
        proxy.cut();
    }
    struck.done(PATIENCE).await?;
    match harm {
        Harm::Kill => {
            until("the process has ended", || Ok(!server.is_running()?)).await?;
            server.start().await
        }
        Harm::Freeze => {
            let given_up = async {
                while proxy.connections() > 0 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            // If it is harmed after its answer, the runtime notices only at the next call.
            let was_given_up = tokio::time::timeout(GIVEN_UP, given_up).await.is_ok();
            proxy.thaw();
            if was_given_up {
                scene.until_synchronized(*victim, before).await
            } else {
                Ok(())
            }
        }
        _ => scene.until_synchronized(*victim, before).await,
    }
}

/// Harms the victims in all these cases while pods come and go.
async fn harm_all(cluster: &Cluster, whom: &str, cases: Vec<Vec<Case>>) -> Result<()> {
    let scene = Scene::start_on(cluster).await?;
    let number = cases.len() * rounds()?;
    let told = scene
        .under_churn(async {
            for round in 0..rounds()? {
                let mut cases = cases.clone();
                if round > 0 {
                    fastrand::shuffle(&mut cases);
                }
                for together in cases {
                    try_join_all(together.iter().map(|case| harm(&scene, case)))
                        .await
                        .with_context(|| format!("{together:?}"))?;
                }
            }
            Ok(())
        })
        .await
        .with_context(|| format!("while harming {whom}"))?;
    println!("{whom}: {number} harms; {told}");
    scene.node.stop().await
}

/// Uses three nodes at once: most of the time goes into timeouts of the runtime and the kubelet.
#[tokio::test]
async fn harm_at_any_step_starts_no_unconfigured_container() -> Result<()> {
    let Some(cluster) = tests_cluster().await? else {
        return Ok(());
    };
    let alone = |victim| cases(victim).into_iter().map(|case| vec![case]).collect();
    let mut both = Vec::new();
    for step in Step::ALL {
        for harm in HARMS {
            // The guard is asked about exactly the container that the agent has not answered for.
            let of = |victim, call| Case {
                victim,
                call,
                step,
                harm: harm.clone(),
            };
            both.push(vec![
                of(Victim::Agent, "CreateContainer"),
                of(Victim::Guard, "ValidateContainerAdjustment"),
            ]);
        }
    }
    tokio::try_join!(
        harm_all(cluster, "agent", alone(Victim::Agent)),
        harm_all(cluster, "guard", alone(Victim::Guard)),
        harm_all(cluster, "both", both)
    )?;
    Ok(())
}

//! Each process killed, frozen and cut off at each step of each call, while pods come and go.

use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::future::try_join_all;
use podweave_cluster::{Harm, Step, Strike, shared};

use super::scene::{PATIENCE, Scene, Victim, until};

/// How often the whole matrix is gone through: more for a soak, where each further round is in an order of its own.
const ROUNDS: &str = "PODWEAVE_FAULT_ROUNDS";

/// What is called on each process. The two first come with each connection.
const CALLS: [(Victim, &[&str]); 2] = [
    (Victim::Agent, &["Configure", "Synchronize", "CreateContainer", "ValidateContainerAdjustment", "StopPodSandbox"]),
    (Victim::Guard, &["Configure", "Synchronize", "ValidateContainerAdjustment"]),
];

/// What is done to them. Who is frozen is thawed when the runtime has given it up.
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
                cases.extend(HARMS.map(|harm| Case { victim, call, step, harm }));
            }
        }
    }
    cases
}

fn rounds() -> Result<usize> {
    match std::env::var(ROUNDS) {
        Err(_) => Ok(1),
        Ok(rounds) => rounds.parse().with_context(|| format!("{ROUNDS}={rounds} is no number")),
    }
}

/// Harms once, and waits until the process is back.
async fn harm(scene: &Scene<'_>, case: &Case) -> Result<()> {
    let Case { victim, call, step, harm } = case;
    let (proxy, server) = (scene.proxy(*victim), scene.server(*victim));
    let before = proxy.calls("Synchronize").answers;
    let mut struck = proxy.strike(Strike::new(call, *step, harm.clone()));
    if matches!(*call, "Configure" | "Synchronize") {
        proxy.cut();
    }
    struck.done(PATIENCE).await?;
    // The answer that was harmed is counted, too.
    let harmed = u64::from(*call == "Synchronize" && !matches!(step, Step::BeforeRequest | Step::InCall));
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
            // After its answer it is missed only when it is called again.
            let was_given_up = tokio::time::timeout(GIVEN_UP, given_up).await.is_ok();
            proxy.thaw();
            if was_given_up { proxy.synchronized_since(before + harmed, PATIENCE).await } else { Ok(()) }
        }
        _ => proxy.synchronized_since(before + harmed, PATIENCE).await,
    }
}

/// Harms the victims in all these cases while pods come and go.
async fn harm_all(name: &str, cases: Vec<Vec<Case>>) -> Result<()> {
    let scene = Scene::start(shared().await?).await?;
    let number = cases.len() * rounds()?;
    let told = scene
        .under_churn(async {
            for round in 0..rounds()? {
                let mut cases = cases.clone();
                if round > 0 {
                    fastrand::shuffle(&mut cases);
                }
                for together in cases {
                    try_join_all(together.iter().map(|case| harm(&scene, case))).await.with_context(|| format!("{together:?}"))?;
                }
            }
            Ok(())
        })
        .await?;
    println!("{name}: {number} harms; {told}");
    scene.node.stop().await
}

#[tokio::test]
async fn whenever_the_agent_is_harmed_no_container_starts_unconfigured() -> Result<()> {
    harm_all("agent", cases(Victim::Agent).into_iter().map(|case| vec![case]).collect()).await
}

#[tokio::test]
async fn whenever_the_guard_is_harmed_no_container_starts_unconfigured() -> Result<()> {
    harm_all("guard", cases(Victim::Guard).into_iter().map(|case| vec![case]).collect()).await
}

#[tokio::test]
async fn when_both_are_harmed_in_one_creation_no_container_starts_unconfigured() -> Result<()> {
    let mut cases = Vec::new();
    for step in Step::ALL {
        for harm in HARMS {
            let of = |victim, call| Case { victim, call, step, harm: harm.clone() };
            cases.push(vec![of(Victim::Agent, "CreateContainer"), of(Victim::Guard, "ValidateContainerAdjustment")]);
        }
    }
    harm_all("both", cases).await
}

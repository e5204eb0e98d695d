//! Strikes: which harm to do at which step of which call.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use parking_lot::Mutex;
use podweave_nri::api::{RunPodSandboxRequest, StateChangeEvent};
use podweave_nri::wire::ttrpc::Request;
use prost::Message;
use tokio::sync::watch;

/// A step of a call. The steps are those of the called side: the plugin, except for `RegisterPlugin` and
/// `UpdateContainers`, which the plugin calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The request has arrived at the proxy and is not passed on yet.
    BeforeRequest,
    /// The request was passed on, and no answer has arrived.
    InCall,
    /// The answer has arrived at the proxy and is not passed on yet.
    BeforeAnswer,
    /// Half of the answer's bytes were passed on.
    HalfAnswer,
    /// The answer was passed on.
    AfterAnswer,
}

impl Step {
    /// All steps.
    pub const ALL: [Self; 5] = [
        Self::BeforeRequest,
        Self::InCall,
        Self::BeforeAnswer,
        Self::HalfAnswer,
        Self::AfterAnswer,
    ];
}

/// The harm. Until it is done, nothing is passed on in either direction.
#[derive(Clone)]
pub enum Harm {
    /// The plugin's process gets SIGKILL, and its connection ends.
    Kill,
    /// The plugin's process gets SIGSTOP, and nothing passes until [`crate::NriProxy::thaw`] or until the
    /// runtime closes the connection.
    Freeze,
    /// The connection is cut on both sides.
    Cut,
    /// Nothing passes for this time.
    Delay(Duration),
    /// Anything else, in the proxy's thread.
    Call(Arc<dyn Fn() + Send + Sync>),
}

impl std::fmt::Debug for Harm {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Kill => formatter.write_str("kill"),
            Self::Freeze => formatter.write_str("freeze"),
            Self::Cut => formatter.write_str("cut"),
            Self::Delay(delay) => write!(formatter, "delay by {delay:?}"),
            Self::Call(_) => formatter.write_str("call"),
        }
    }
}

/// One harm, at one step of one call.
#[derive(Debug, Clone)]
pub struct Strike {
    call: String,
    step: Step,
    harm: Harm,
    pod: Option<String>,
}

impl Strike {
    /// Creates a strike at a call, which is named as in NRI's protocol: `CreateContainer`,
    /// `ValidateContainerAdjustment`, `Synchronize`, `Configure`, `RegisterPlugin`, `RunPodSandbox` and so
    /// on.
    #[must_use]
    pub fn new(call: &str, step: Step, harm: Harm) -> Self {
        Self {
            call: call.to_owned(),
            step,
            harm,
            pod: None,
        }
    }

    /// Limits it to calls about this pod.
    #[must_use]
    pub fn of_pod(mut self, name: &str) -> Self {
        self.pod = Some(name.to_owned());
        self
    }

    fn is_for(&self, request: &Request, step: Step) -> bool {
        self.step == step
            && self.call == request.method
            && self
                .pod
                .as_ref()
                .is_none_or(|pod| pod_of(request).as_ref() == Some(pod))
    }
}

/// Returns the name of the pod that a call is about. In all requests of plugins but one it is the first
/// field.
fn pod_of(request: &Request) -> Option<String> {
    let pod = match request.method.as_str() {
        "StateChange" => StateChangeEvent::decode(request.payload.as_slice()).ok()?.pod,
        _ => RunPodSandboxRequest::decode(request.payload.as_slice()).ok()?.pod,
    };
    pod.map(|pod| pod.name)
}

/// The outcome of a strike.
type Outcome = Option<Result<(), String>>;

/// A strike that was ordered.
#[must_use = "a strike that never came did no harm: wait for it"]
pub struct Struck {
    strike: Strike,
    outcome: watch::Receiver<Outcome>,
}

impl Struck {
    /// Whether it has come.
    pub fn is_done(&self) -> bool {
        self.outcome.borrow().is_some()
    }

    /// Waits until it has come.
    pub async fn done(&mut self, patience: Duration) -> Result<()> {
        let waiting = self.outcome.wait_for(Option::is_some);
        match tokio::time::timeout(patience, waiting).await {
            Ok(Ok(outcome)) => outcome.clone().unwrap_or(Ok(())).map_err(|why| anyhow!(why)),
            Ok(Err(_)) => bail!(
                "{:?} will never come: the proxy has ended, or the strike was cancelled",
                self.strike
            ),
            Err(_) => bail!("{:?} has not come within {patience:?}", self.strike),
        }
    }
}

/// The strikes that are ordered and have not come yet.
#[derive(Default)]
pub(super) struct Strikes(Mutex<Vec<(Strike, watch::Sender<Outcome>)>>);

impl Strikes {
    pub(super) fn add(&self, strike: Strike) -> Struck {
        let (sender, outcome) = watch::channel(None);
        self.lock().push((strike.clone(), sender));
        Struck { strike, outcome }
    }

    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    /// Returns the first one that is due.
    pub(super) fn take(&self, request: &Request, step: Step) -> Option<(Harm, watch::Sender<Outcome>)> {
        let mut strikes = self.lock();
        let due = strikes
            .iter()
            .position(|(strike, _)| strike.is_for(request, step))?;
        let (strike, outcome) = strikes.remove(due);
        Some((strike.harm, outcome))
    }

    fn lock(&self) -> parking_lot::MutexGuard<'_, Vec<(Strike, watch::Sender<Outcome>)>> {
        self.0.lock()
    }
}

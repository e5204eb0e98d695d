//! Runs random operations on a manager and compares it with a simple model: whatever pods come and go, and
//! whatever happens to the source, references are counted exactly, no caller sees an older state than before,
//! nothing leaks, and the latest state becomes visible.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use podweave_config_maps::source::{FailureKind, Source};
use podweave_config_maps::ttl::Ttl;
use podweave_config_maps::{Answer, ConfigMaps, GetError, Options, PodConfigMaps, Strategy as Keeping, Want};
use proptest::prelude::*;
use support::*;

const NAMES: [&str; 4] = ["w", "x", "y", "z"];
const PODS: usize = 4;
const TTL: u64 = 10;
const RECHECK: u64 = 60;

#[derive(Debug, Clone)]
enum Step {
    Register { pod: usize, names: Vec<usize> },
    Unregister { pod: usize },
    Put { name: usize },
    PutImmutable { name: usize },
    Delete { name: usize },
    Get { name: usize, within: u64 },
    GetForPod { pod: usize, name: usize, within: u64 },
    FallBehind { name: usize },
    Cut,
    Fail { kind: usize },
    Freeze,
    Mend,
    Compact,
    SlowDown { millis: u64 },
    Lag { millis: u64 },
    Wait { millis: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let name = 0..NAMES.len();
    let pod = 0..PODS;
    prop_oneof![
        4 => (pod.clone(), prop::collection::vec(name.clone(), 0..4)).prop_map(|(pod, names)| Step::Register { pod, names }),
        2 => pod.clone().prop_map(|pod| Step::Unregister { pod }),
        4 => name.clone().prop_map(|name| Step::Put { name }),
        1 => name.clone().prop_map(|name| Step::PutImmutable { name }),
        2 => name.clone().prop_map(|name| Step::Delete { name }),
        4 => (name.clone(), 0..3000_u64).prop_map(|(name, within)| Step::Get { name, within }),
        4 => (pod, name.clone(), 0..3000_u64).prop_map(|(pod, name, within)| Step::GetForPod { pod, name, within }),
        1 => name.prop_map(|name| Step::FallBehind { name }),
        1 => Just(Step::Cut),
        1 => (0..4_usize).prop_map(|kind| Step::Fail { kind }),
        1 => Just(Step::Freeze),
        2 => Just(Step::Mend),
        1 => Just(Step::Compact),
        1 => (0..200_u64).prop_map(|millis| Step::SlowDown { millis }),
        1 => prop_oneof![0..5_u64, 0..5_000_u64].prop_map(|millis| Step::Lag { millis }),
        4 => prop_oneof![0..5_u64, 0..500_u64, 0..100_000_u64].prop_map(|millis| Step::Wait { millis }),
    ]
}

/// The states of each ConfigMap, from the first to the last.
#[derive(Default)]
struct Truth {
    states: BTreeMap<&'static str, Vec<Option<String>>>,
    /// The oldest state that the next answer may have, so that all answers so far fit into one order.
    shown: BTreeMap<&'static str, usize>,
}

impl Truth {
    fn now(&self, name: &str) -> usize {
        self.states.get(name).map_or(0, |states| states.len())
    }

    fn change(&mut self, name: &'static str, state: Option<String>) {
        let states = self.states.entry(name).or_default();
        if states.last().cloned().flatten() != state {
            states.push(state);
        }
    }

    /// In state 0, nothing exists.
    fn state(&self, name: &str, index: usize) -> Option<String> {
        if index == 0 {
            None
        } else {
            self.states[name][index - 1].clone()
        }
    }

    /// Records that a state was shown. It must not be older than the states shown before, nor than `oldest`.
    fn was_shown(&mut self, name: &'static str, state: Option<String>, oldest: usize) {
        let from = self.shown.get(name).copied().unwrap_or_default().max(oldest);
        let found = (from..=self.now(name)).find(|index| self.state(name, *index) == state);
        let found = found.unwrap_or_else(|| {
            panic!(
                "{name}: {state:?} was shown after state {from} of {:?}",
                self.states.get(name)
            )
        });
        self.shown.insert(name, found);
    }
}

struct World {
    source: Arc<TestSource>,
    config_maps: ConfigMaps,
    strict: bool,
    truth: Arc<Mutex<Truth>>,
    pods: BTreeMap<usize, (PodConfigMaps, BTreeMap<usize, usize>)>,
    gets: tokio::task::JoinSet<()>,
}

impl World {
    fn new(keeping: Keeping, strict: bool) -> Self {
        let source = TestSource::new();
        let config_maps = ConfigMaps::new(
            Arc::clone(&source) as Arc<dyn Source>,
            Options {
                strategy: keeping,
                strict,
            },
        );
        Self {
            source,
            config_maps,
            strict,
            truth: Arc::default(),
            pods: BTreeMap::new(),
            gets: tokio::task::JoinSet::new(),
        }
    }

    async fn run(&mut self, step: &Step) {
        // With a real clock, no two things happen at the same instant.
        tokio::time::advance(Duration::from_nanos(1)).await;
        match step {
            Step::Register { pod, names } => self.register(*pod, names),
            Step::Unregister { pod: number } => {
                self.config_maps.unregister(&pod(&number.to_string()));
                self.pods.remove(number);
            }
            Step::Put { name } => self.put(NAMES[*name], false),
            Step::PutImmutable { name } => self.put(NAMES[*name], true),
            Step::Delete { name } => {
                self.source.delete(NAMES[*name]);
                self.truth.lock().unwrap().change(NAMES[*name], None);
            }
            Step::Get { name, within } => {
                self.begin_get(*name, *within);
                // Registrations at this moment count, not later ones.
                tokio::task::yield_now().await;
            }
            Step::GetForPod { pod, name, within } => {
                self.begin_get_for_pod(*pod, *name, *within);
                tokio::task::yield_now().await;
            }
            Step::FallBehind { name } => self.source.let_cache_fall_behind(NAMES[*name]),
            Step::Cut => self.source.cut(),
            Step::Fail { kind } => {
                let kinds = [
                    FailureKind::Unreachable,
                    FailureKind::Busy,
                    FailureKind::Broken,
                    FailureKind::Refused,
                ];
                self.source.fail(kinds[*kind], "a test says so");
            }
            Step::Freeze => self.source.freeze(),
            Step::Mend => self.source.mend(),
            Step::Compact => self.source.compact(),
            Step::SlowDown { millis } => self.source.set_latency(Duration::from_millis(*millis)),
            Step::Lag { millis } => self.source.set_lag(Duration::from_millis(*millis)),
            Step::Wait { millis } => tokio::time::sleep(Duration::from_millis(*millis)).await,
        }
        self.check_counts();
    }

    fn register(&mut self, number: usize, names: &[usize]) {
        let wanted: BTreeSet<usize> = names.iter().copied().collect();
        let view = self.config_maps.register(
            pod(&number.to_string()),
            wanted.iter().map(|name| named(NAMES[*name])),
        );
        let before = self
            .pods
            .remove(&number)
            .map(|(_, since)| since)
            .unwrap_or_default();
        let truth = self.truth.lock().unwrap();
        let since_when = |name: &usize| before.get(name).copied().unwrap_or(truth.now(NAMES[*name]));
        let since = wanted.iter().map(|name| (*name, since_when(name))).collect();
        self.pods.insert(number, (view, since));
    }

    /// Starts a Get for no pod, and checks its answer when it comes.
    fn begin_get(&mut self, name: usize, within: u64) {
        let registered = self.pods.values().any(|(_, since)| since.contains_key(&name));
        let (config_maps, truth, name) = (self.config_maps.clone(), Arc::clone(&self.truth), NAMES[name]);
        self.gets.spawn(async move {
            let answer = config_maps.get("ns", name, within_millis(within)).await;
            check(&truth, name, answer, registered, 0);
        });
    }

    /// Starts a Get for a pod if it is registered, and checks its answer when it comes.
    fn begin_get_for_pod(&mut self, pod: usize, name: usize, within: u64) {
        let Some((view, since)) = self.pods.get(&pod) else {
            return;
        };
        let since = since.get(&name).copied();
        let oldest = since.filter(|_| self.strict).unwrap_or(0);
        let (view, truth, name) = (view.clone(), Arc::clone(&self.truth), NAMES[name]);
        self.gets.spawn(async move {
            let answer = view.get("ns", name, within_millis(within)).await;
            check(&truth, name, answer, since.is_some(), oldest);
        });
    }

    fn put(&self, name: &'static str, immutable: bool) {
        let mut truth = self.truth.lock().unwrap();
        // The API server does not let an immutable ConfigMap change: it is deleted and recreated.
        if self.source.is_immutable(name) {
            self.source.delete(name);
            truth.change(name, None);
        }
        let value = format!("value {}", self.source.revision());
        if immutable {
            self.source.put_immutable(name, &value)
        } else {
            self.source.put(name, &value)
        };
        truth.change(name, Some(value));
    }

    fn check_counts(&self) {
        for (index, name) in NAMES.iter().enumerate() {
            let expected = self
                .pods
                .values()
                .filter(|(_, since)| since.contains_key(&index))
                .count();
            assert_eq!(self.config_maps.references(&named(name)), expected, "{name}");
        }
    }

    /// Restores the source: in the end all pods see the last state, and when all pods are gone nothing is
    /// left.
    async fn end(mut self) {
        self.source.mend();
        self.source.set_latency(Duration::from_millis(1));
        self.source.set_lag(Duration::ZERO);
        self.source.let_caches_catch_up();
        tokio::time::sleep(seconds(TTL + 2 * RECHECK)).await;
        while let Some(get) = self.gets.join_next().await {
            get.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        }
        let referenced: BTreeSet<usize> = self
            .pods
            .values()
            .flat_map(|(_, since)| since.keys().copied())
            .collect();
        for index in referenced {
            let name = NAMES[index];
            assert_eq!(
                value(&self.config_maps, name).await,
                self.source.value(&named(name)),
                "{name}"
            );
        }
        for number in self.pods.keys() {
            self.config_maps.unregister(&pod(&number.to_string()));
        }
        settle().await;
        tokio::time::sleep(seconds(60)).await;
        assert_eq!(self.source.open_watches(), 0, "a watch leaked");
        self.source.take_gets();
        self.source.take_watches();
        tokio::time::sleep(seconds(600)).await;
        assert_eq!(
            (self.source.take_gets().len(), self.source.take_watches().len()),
            (0, 0),
            "something is requested although no pod is registered"
        );
    }
}

fn within_millis(millis: u64) -> Want {
    Want {
        within: Duration::from_millis(millis),
        max_age: None,
    }
}

fn check(
    truth: &Mutex<Truth>,
    name: &'static str,
    answer: Result<Answer, GetError>,
    registered: bool,
    oldest: usize,
) {
    match answer {
        Ok(answer) => truth.lock().unwrap().was_shown(
            name,
            answer.config_map().map(|config_map| value_of(config_map)),
            oldest,
        ),
        // A pod can be unregistered while a Get waits; for one that was never registered, the Get fails at
        // once.
        Err(GetError::NotRegistered { .. }) => {}
        Err(_) => assert!(registered, "{name} was not registered"),
    }
}

fn live(keeping: Keeping, strict: bool, steps: &[Step]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut world = World::new(keeping, strict);
        for step in steps {
            world.run(step).await;
        }
        world.end().await;
    });
}

fn watch() -> Keeping {
    Keeping::Watch {
        idle_after: Some(seconds(30)),
        recheck_immutable: seconds(RECHECK),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn watching_holds(steps in prop::collection::vec(step(), 1..60)) {
        live(watch(), false, &steps);
    }

    #[test]
    fn watching_strictly_holds(steps in prop::collection::vec(step(), 1..60)) {
        live(watch(), true, &steps);
    }

    #[test]
    fn caching_holds(steps in prop::collection::vec(step(), 1..60)) {
        live(Keeping::Cache(Ttl::new(seconds(TTL))), false, &steps);
    }

    #[test]
    fn getting_holds(steps in prop::collection::vec(step(), 1..60)) {
        live(Keeping::Get, false, &steps);
    }
}

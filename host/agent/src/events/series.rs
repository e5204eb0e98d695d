//! Decides which Events to send, and when: a repeated occurrence raises the count of one Event, and the
//! number of Events is limited. Pure, except for the jitter of pauses.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use super::{Happening, Reason};
use podweave_core::backoff::{Backoff, jittered};
use podweave_core::identity::PodIdentity;

/// The maximum number of series that are remembered.
const MAX_SERIES: usize = 1024;

/// The maximum number of different notes about one container for one reason. One more replaces the last:
/// plugins write the text of their errors, and a plugin could write a different one each time.
const MAX_NOTES: usize = 5;

/// The minimum interval between two requests for one Event; what happens in between is counted.
const TOLD_FOR: Duration = Duration::from_secs(10);

/// A series is forgotten after this time, as the API server deletes an Event after it.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3600);

/// The burst of requests after a pause, and the interval at which one more is allowed.
const BURST: u32 = 50;
const REFILL: Duration = Duration::from_millis(50);

/// The longest pause after requests that the API server did not accept, and the first one.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// An occurrence and its repetitions.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub pod: PodIdentity,
    pub container: String,
    pub reason: Reason,
    pub note: String,
    /// The Event's name.
    pub name: String,
    /// The number of occurrences.
    pub count: u64,
    pub first: SystemTime,
    pub last: SystemTime,
    /// Whether the API server has the Event.
    pub exists: bool,
    /// The number of occurrences that the API server was last sent.
    told: u64,
    /// The earliest time of the next request for it.
    not_before: Instant,
    touched: Instant,
}

/// The outcome of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The API server has it.
    Done,
    /// The Event does not exist any more, or another one has its name: it is recreated.
    Anew,
    /// The API server will never accept it.
    Refused,
    /// The API server is away or busy.
    Unavailable,
}

/// All series, and the order in which they are sent.
#[derive(Debug)]
pub(super) struct Queue {
    series: BTreeMap<u64, Series>,
    /// The series of a container and a reason, in the order of their first notes.
    groups: HashMap<(PodIdentity, String, Reason), Vec<u64>>,
    pending: VecDeque<u64>,
    last: u64,
    tokens: u32,
    refilled: Instant,
    paused_until: Option<Instant>,
    backoff: Backoff,
}

impl Queue {
    pub fn new(now: Instant) -> Self {
        Self {
            series: BTreeMap::new(),
            groups: HashMap::new(),
            pending: VecDeque::new(),
            last: 0,
            tokens: BURST,
            refilled: now,
            paused_until: None,
            backoff: Backoff::new(FIRST_PAUSE, LONGEST_PAUSE),
        }
    }

    /// Adds an occurrence; false if there is no room for it.
    pub fn add(&mut self, happening: Happening, now: Instant) -> bool {
        let Happening {
            pod,
            container,
            reason,
            note,
            at,
        } = happening;
        let key = (pod, container, reason);
        let known = self.groups.get(&key).map_or(&[][..], Vec::as_slice);
        let same = known
            .iter()
            .find(|id| self.series.get(id).is_some_and(|series| series.note == note));
        let id = match same.or(known.last().filter(|_| known.len() >= MAX_NOTES)) {
            Some(id) => *id,
            None => match self.begin(key, at, now) {
                Some(id) => id,
                None => return false,
            },
        };
        let Some(series) = self.series.get_mut(&id) else {
            return false;
        };
        let is_pending = series.count > series.told;
        series.note = note;
        series.count += 1;
        series.last = series.last.max(at);
        series.touched = now;
        if !is_pending {
            self.pending.push_back(id);
        }
        true
    }

    fn begin(&mut self, key: (PodIdentity, String, Reason), at: SystemTime, now: Instant) -> Option<u64> {
        if self.series.len() >= MAX_SERIES {
            self.make_room(now);
        }
        if self.series.len() >= MAX_SERIES {
            return None;
        }
        self.last += 1;
        let (pod, container, reason) = key.clone();
        let mut series = Series {
            pod,
            container,
            reason,
            note: String::new(),
            name: String::new(),
            count: 0,
            first: at,
            last: at,
            exists: false,
            told: 0,
            not_before: now,
            touched: now,
        };
        series.name = self.name(&series);
        self.series.insert(self.last, series);
        self.groups.entry(key).or_default().push(self.last);
        Some(self.last)
    }

    /// Names an Event as client-go does: the pod's name and a suffix that is unique among its Events.
    fn name(&self, series: &Series) -> String {
        let time = series.first.duration_since(UNIX_EPOCH).unwrap_or_default();
        // The name of a pod has at most 253 characters, and so has that of an Event.
        let end = (0..=series.pod.name.len().min(200))
            .rev()
            .find(|end| series.pod.name.is_char_boundary(*end))
            .unwrap_or_default();
        let pod = series.pod.name[..end].trim_end_matches(['.', '-']);
        format!(
            "{pod}.{:x}.{:x}",
            time.as_nanos() & u128::from(u64::MAX),
            self.last
        )
    }

    /// Makes room: forgets a series that the API server has deleted, or else the one that was sent longest
    /// ago.
    fn make_room(&mut self, now: Instant) {
        let is_told = |series: &Series| series.count == series.told;
        let old: Vec<u64> = self
            .series
            .iter()
            .filter(|(_, series)| is_told(series) && now.duration_since(series.touched) > FORGOTTEN_AFTER)
            .map(|(id, _)| *id)
            .collect();
        let oldest = || {
            self.series
                .iter()
                .filter(|(_, series)| is_told(series))
                .min_by_key(|(_, series)| series.touched)
                .map(|(id, _)| *id)
        };
        for id in if old.is_empty() {
            oldest().into_iter().collect()
        } else {
            old
        } {
            self.forget(id);
        }
    }

    fn forget(&mut self, id: u64) {
        let Some(series) = self.series.remove(&id) else {
            return;
        };
        self.pending.retain(|other| *other != id);
        let key = (series.pod, series.container, series.reason);
        if let Some(ids) = self.groups.get_mut(&key) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.groups.remove(&key);
            }
        }
    }

    /// Returns the series to send now. Call [`Queue::done`] before the next.
    pub fn next(&mut self, now: Instant) -> Option<(u64, &Series)> {
        if self.paused_until.is_some_and(|until| now < until) {
            return None;
        }
        self.refill(now);
        if self.tokens == 0 {
            return None;
        }
        let position = self
            .pending
            .iter()
            .position(|id| self.series.get(id).is_some_and(|series| series.not_before <= now))?;
        let id = self.pending.remove(position)?;
        self.tokens -= 1;
        self.series.get(&id).map(|series| (id, series))
    }

    fn refill(&mut self, now: Instant) {
        let periods = u32::try_from(now.duration_since(self.refilled).as_millis() / REFILL.as_millis())
            .unwrap_or(u32::MAX);
        self.tokens = self.tokens.saturating_add(periods).min(BURST);
        self.refilled = if self.tokens == BURST {
            now
        } else {
            self.refilled + REFILL * periods
        };
    }

    /// When there may be something to send; `None` if there is nothing.
    pub fn due(&self) -> Option<Instant> {
        let earliest = self
            .pending
            .iter()
            .filter_map(|id| Some(self.series.get(id)?.not_before))
            .min()?;
        let token = if self.tokens == 0 {
            self.refilled + REFILL
        } else {
            earliest
        };
        Some(earliest.max(token).max(self.paused_until.unwrap_or(earliest)))
    }

    /// Drops the pauses, so that everything that is only rate-limited can be sent at once.
    pub fn hurry(&mut self) {
        for series in self.series.values_mut() {
            series.not_before = series.not_before.min(series.touched);
        }
    }

    /// Whether everything was sent.
    pub fn is_told(&self) -> bool {
        self.series.values().all(|series| series.count == series.told)
    }

    /// Takes the outcome of a request that sent a series with this count.
    pub fn done(&mut self, id: u64, count: u64, outcome: Outcome, now: Instant) {
        if outcome == Outcome::Unavailable {
            self.paused_until = Some(now + jittered(self.backoff.next_pause(), fastrand::f64()));
        } else {
            self.paused_until = None;
            self.backoff.reset();
        }
        if outcome == Outcome::Refused {
            self.forget(id);
            return;
        }
        self.last += u64::from(outcome == Outcome::Anew);
        let name = self.series.get(&id).map(|series| self.name(series));
        let (Some(series), Some(name)) = (self.series.get_mut(&id), name) else {
            return;
        };
        match outcome {
            Outcome::Done => {
                series.exists = true;
                series.told = count;
                series.not_before = now + TOLD_FOR;
            }
            Outcome::Anew => {
                series.exists = false;
                series.name = name;
            }
            Outcome::Refused | Outcome::Unavailable => {}
        }
        if series.count > series.told {
            // It waits its turn again, behind series that were never sent.
            self.pending.push_back(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn happening(pod: &str, note: &str) -> Happening {
        let pod = PodIdentity {
            namespace: "shop".into(),
            name: pod.into(),
            uid: format!("uid-of-{pod}"),
        };
        Happening {
            pod,
            container: "web".into(),
            reason: Reason::RenderFailed,
            note: note.into(),
            at: UNIX_EPOCH + Duration::from_secs(1_790_000_000),
        }
    }

    /// Sends everything that may be sent now, and returns it: whether it was new, its name, note and count.
    fn tell(queue: &mut Queue, now: Instant) -> Vec<(bool, String, String, u64)> {
        let mut told = Vec::new();
        while let Some((id, series)) = queue.next(now) {
            let count = series.count;
            told.push((!series.exists, series.name.clone(), series.note.clone(), count));
            queue.done(id, count, Outcome::Done, now);
        }
        told
    }

    #[test]
    fn a_repeated_occurrence_raises_the_count_at_intervals() {
        let now = Instant::now();
        let mut queue = Queue::new(now);
        assert!(queue.add(happening("a", "no key"), now));
        let first = tell(&mut queue, now);
        assert_eq!((first.len(), first[0].0, first[0].3), (1, true, 1));
        for _ in 0..3 {
            assert!(queue.add(happening("a", "no key"), now));
        }
        assert_eq!(tell(&mut queue, now), [], "not yet");
        assert_eq!(queue.due(), Some(now + TOLD_FOR));
        let second = tell(&mut queue, now + TOLD_FOR);
        assert_eq!(second, [(false, first[0].1.clone(), "no key".to_owned(), 4)]);
        assert!(queue.is_told() && queue.due().is_none());
    }

    #[test]
    fn ever_changing_notes_create_few_events() {
        let now = Instant::now();
        let mut queue = Queue::new(now);
        for number in 0..20 {
            assert!(queue.add(happening("a", &format!("note {number}")), now));
        }
        let told = tell(&mut queue, now);
        assert_eq!(told.len(), MAX_NOTES);
        assert_eq!(
            (told[4].2.as_str(), told[4].3),
            ("note 19", 16),
            "the last series counts the remaining ones"
        );
    }

    #[test]
    fn requests_have_a_rate() {
        let now = Instant::now();
        let mut queue = Queue::new(now);
        for number in 0..100 {
            assert!(queue.add(happening(&format!("pod-{number}"), "x"), now));
        }
        assert_eq!(tell(&mut queue, now).len(), BURST as usize);
        assert_eq!(queue.due(), Some(now + REFILL));
        assert_eq!(tell(&mut queue, now + REFILL * 7).len(), 7);
        assert_eq!(tell(&mut queue, now + Duration::from_secs(60)).len(), 43);
    }

    #[test]
    fn an_outage_makes_requests_rare_and_loses_nothing() {
        let start = Instant::now();
        let mut queue = Queue::new(start);
        let (mut now, mut requests) = (start, 0);
        while now < start + Duration::from_secs(300) {
            assert!(queue.add(happening("a", "x"), now));
            if let Some((id, series)) = queue.next(now) {
                let count = series.count;
                requests += 1;
                queue.done(id, count, Outcome::Unavailable, now);
            }
            now += Duration::from_secs(1);
        }
        assert!((10..=20).contains(&requests), "{requests}");
        let told = tell(&mut queue, now + LONGEST_PAUSE);
        assert_eq!((told.len(), told[0].0, told[0].3), (1, true, 300));
    }

    #[test]
    fn an_event_that_the_api_server_deleted_is_recreated() {
        let now = Instant::now();
        let mut queue = Queue::new(now);
        queue.add(happening("a", "x"), now);
        let name = tell(&mut queue, now)[0].1.clone();
        queue.add(happening("a", "x"), now);
        let later = now + TOLD_FOR;
        let (id, series) = queue.next(later).unwrap();
        let count = series.count;
        assert!(series.exists);
        queue.done(id, count, Outcome::Anew, later);
        let told = tell(&mut queue, later);
        assert_eq!((told.len(), told[0].0, told[0].3), (1, true, 2));
        assert_ne!(told[0].1, name);
    }

    #[test]
    fn occurrences_during_a_request_are_sent_by_the_next() {
        let now = Instant::now();
        let mut queue = Queue::new(now);
        queue.add(happening("a", "x"), now);
        let (id, series) = queue.next(now).unwrap();
        let count = series.count;
        queue.add(happening("a", "x"), now);
        queue.done(id, count, Outcome::Done, now);
        assert!(!queue.is_told());
        assert_eq!(tell(&mut queue, now + TOLD_FOR)[0].3, 2);
    }

    #[test]
    fn refused_events_are_not_sent_again() {
        let now = Instant::now();
        let mut queue = Queue::new(now);
        queue.add(happening("a", "x"), now);
        let (id, _) = queue.next(now).unwrap();
        queue.done(id, 1, Outcome::Refused, now);
        assert!(queue.is_told() && queue.due().is_none());
    }

    #[test]
    fn memory_is_bounded_and_sent_events_are_dropped_first() {
        let now = Instant::now();
        let mut queue = Queue::new(now);
        for number in 0..MAX_SERIES {
            assert!(queue.add(happening(&format!("pod-{number}"), "x"), now));
        }
        assert!(
            !queue.add(happening("one-more", "x"), now),
            "no series was sent yet, so none can be dropped"
        );
        assert!(
            queue.add(happening("pod-0", "x"), now),
            "but a known series is counted"
        );
        let (id, series) = queue.next(now).unwrap();
        let count = series.count;
        queue.done(id, count, Outcome::Done, now);
        assert!(queue.add(happening("one-more", "x"), now));
        assert_eq!(queue.series.len(), MAX_SERIES);
        assert_eq!(queue.groups.len(), MAX_SERIES);
    }

    #[test]
    fn names_are_those_of_objects_whatever_the_pods() {
        let now = Instant::now();
        let mut queue = Queue::new(now);
        for pod in ["web", &"a.".repeat(126), &"p".repeat(253)] {
            queue.add(happening(pod, "x"), now);
            let name = tell(&mut queue, now)[0].1.clone();
            assert!(podweave_core::names::is_dns_subdomain(&name), "{name}");
        }
    }
}

//! Decides which Events to send, and when: a repeated occurrence raises the count of one Event, and the
//! number of Events is limited. Pure, except for the jitter of pauses.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, SystemTime};

use podweave_core::identity::PodIdentity;
use tokio::time::Instant;

use super::pace::Pace;
use super::series::{RequestOutcome, Series};
use super::{Occurrence, Reason};

/// The maximum number of series that are remembered.
const MAX_SERIES: usize = 1024;

/// The maximum number of different notes about one container for one reason. One more replaces the last:
/// plugins write the text of their errors, and a plugin could write a different one each time.
const MAX_NOTES: usize = 5;

/// The minimum interval between two requests for one Event; what happens in between is counted.
const RESEND_AFTER: Duration = Duration::from_secs(10);

/// A series is forgotten after this time, as the API server deletes an Event after it.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3600);

/// All series, and the order in which they are sent.
#[derive(Debug)]
pub(super) struct Queue {
    series: BTreeMap<u64, Series>,
    /// The series of a container and a reason, in the order of their first notes.
    groups: HashMap<(PodIdentity, String, Reason), Vec<u64>>,
    pending: VecDeque<u64>,
    last: u64,
    pace: Pace,
}

impl Queue {
    pub fn new(now: Instant) -> Self {
        Self {
            series: BTreeMap::new(),
            groups: HashMap::new(),
            pending: VecDeque::new(),
            last: 0,
            pace: Pace::new(now),
        }
    }

    /// Adds an occurrence; false if there is no room for it.
    pub fn add(&mut self, occurrence: Occurrence, now: Instant) -> bool {
        let Occurrence {
            pod,
            container,
            reason,
            note,
            at,
        } = occurrence;
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
        let is_pending = !series.is_sent();
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
        let series = Series::new(key.clone(), self.last, at, now);
        self.series.insert(self.last, series);
        self.groups.entry(key).or_default().push(self.last);
        Some(self.last)
    }

    /// Makes room: forgets a series that the API server has deleted, or else the one that was sent longest
    /// ago.
    fn make_room(&mut self, now: Instant) {
        let old: Vec<u64> = self
            .series
            .iter()
            .filter(|(_, series)| series.is_sent() && now.duration_since(series.touched) > FORGOTTEN_AFTER)
            .map(|(id, _)| *id)
            .collect();
        let oldest = || {
            self.series
                .iter()
                .filter(|(_, series)| series.is_sent())
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

    /// Returns the series to send now. Call [`Queue::finish`] before the next.
    pub fn next(&mut self, now: Instant) -> Option<(u64, &Series)> {
        if !self.pace.allows(now) {
            return None;
        }
        let position = self
            .pending
            .iter()
            .position(|id| self.series.get(id).is_some_and(|series| series.not_before <= now))?;
        let id = self.pending.remove(position)?;
        self.pace.spend();
        self.series.get(&id).map(|series| (id, series))
    }

    /// When there may be something to send; `None` if there is nothing.
    pub fn due(&self) -> Option<Instant> {
        let earliest = self
            .pending
            .iter()
            .filter_map(|id| Some(self.series.get(id)?.not_before))
            .min()?;
        Some(self.pace.next(earliest))
    }

    /// Drops the pauses, so that everything that is only rate-limited can be sent at once.
    pub fn lift_pauses(&mut self) {
        for series in self.series.values_mut() {
            series.not_before = series.not_before.min(series.touched);
        }
    }

    /// Whether everything was sent.
    pub fn is_sent(&self) -> bool {
        self.series.values().all(Series::is_sent)
    }

    /// Takes the outcome of a request that sent a series with this count.
    pub fn finish(&mut self, id: u64, count: u64, outcome: RequestOutcome, now: Instant) {
        self.pace.note_answer(outcome != RequestOutcome::Unavailable, now);
        if outcome == RequestOutcome::Refused {
            self.forget(id);
            return;
        }
        self.last += u64::from(outcome == RequestOutcome::Recreate);
        let Some(series) = self.series.get_mut(&id) else {
            return;
        };
        match outcome {
            RequestOutcome::Done => {
                series.exists = true;
                series.sent = count;
                series.not_before = now + RESEND_AFTER;
            }
            RequestOutcome::Recreate => {
                series.exists = false;
                series.rename(self.last);
            }
            RequestOutcome::Refused | RequestOutcome::Unavailable => {}
        }
        if !series.is_sent() {
            // It waits its turn again, behind series that were never sent.
            self.pending.push_back(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::events::pace::{BURST, LONGEST_PAUSE, REFILL};

    fn occurrence(pod: &str, note: &str) -> Occurrence {
        let pod = PodIdentity {
            namespace: "shop".into(),
            name: pod.into(),
            uid: format!("uid-of-{pod}"),
        };
        Occurrence {
            pod,
            container: "web".into(),
            reason: Reason::RenderFailed,
            note: note.into(),
            at: UNIX_EPOCH + Duration::from_secs(1_790_000_000),
        }
    }

    /// Sends everything that may be sent now, and returns it: whether it was new, its name, note and count.
    fn send(queue: &mut Queue, now: Instant) -> Vec<(bool, String, String, u64)> {
        let mut told = Vec::new();
        while let Some((id, series)) = queue.next(now) {
            let count = series.count;
            told.push((!series.exists, series.name.clone(), series.note.clone(), count));
            queue.finish(id, count, RequestOutcome::Done, now);
        }
        told
    }

    #[test]
    fn a_repeated_occurrence_raises_the_count_at_intervals() {
        let now = Instant::now();
        let mut queue = Queue::new(now);
        assert!(queue.add(occurrence("a", "no key"), now));
        let first = send(&mut queue, now);
        assert_eq!((first.len(), first[0].0, first[0].3), (1, true, 1));
        for _ in 0..3 {
            assert!(queue.add(occurrence("a", "no key"), now));
        }
        assert_eq!(send(&mut queue, now), [], "not yet");
        assert_eq!(queue.due(), Some(now + RESEND_AFTER));
        let second = send(&mut queue, now + RESEND_AFTER);
        assert_eq!(second, [(false, first[0].1.clone(), "no key".to_owned(), 4)]);
        assert!(queue.is_sent() && queue.due().is_none());
    }

    #[test]
    fn ever_changing_notes_create_few_events() {
        let now = Instant::now();
        let mut queue = Queue::new(now);
        for number in 0..20 {
            assert!(queue.add(occurrence("a", &format!("note {number}")), now));
        }
        let told = send(&mut queue, now);
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
            assert!(queue.add(occurrence(&format!("pod-{number}"), "x"), now));
        }
        assert_eq!(send(&mut queue, now).len(), BURST as usize);
        assert_eq!(queue.due(), Some(now + REFILL));
        assert_eq!(send(&mut queue, now + REFILL * 7).len(), 7);
        assert_eq!(send(&mut queue, now + Duration::from_secs(60)).len(), 43);
    }

    #[test]
    fn an_outage_makes_requests_rare_and_loses_nothing() {
        let start = Instant::now();
        let mut queue = Queue::new(start);
        let (mut now, mut requests) = (start, 0);
        while now < start + Duration::from_secs(300) {
            assert!(queue.add(occurrence("a", "x"), now));
            if let Some((id, series)) = queue.next(now) {
                let count = series.count;
                requests += 1;
                queue.finish(id, count, RequestOutcome::Unavailable, now);
            }
            now += Duration::from_secs(1);
        }
        assert!((10..=20).contains(&requests), "{requests}");
        let told = send(&mut queue, now + LONGEST_PAUSE);
        assert_eq!((told.len(), told[0].0, told[0].3), (1, true, 300));
    }

    #[test]
    fn an_event_that_the_api_server_deleted_is_recreated() {
        let now = Instant::now();
        let mut queue = Queue::new(now);
        queue.add(occurrence("a", "x"), now);
        let name = send(&mut queue, now)[0].1.clone();
        queue.add(occurrence("a", "x"), now);
        let later = now + RESEND_AFTER;
        let (id, series) = queue.next(later).unwrap();
        let count = series.count;
        assert!(series.exists);
        queue.finish(id, count, RequestOutcome::Recreate, later);
        let told = send(&mut queue, later);
        assert_eq!((told.len(), told[0].0, told[0].3), (1, true, 2));
        assert_ne!(told[0].1, name);
    }

    #[test]
    fn occurrences_during_a_request_are_sent_by_the_next() {
        let now = Instant::now();
        let mut queue = Queue::new(now);
        queue.add(occurrence("a", "x"), now);
        let (id, series) = queue.next(now).unwrap();
        let count = series.count;
        queue.add(occurrence("a", "x"), now);
        queue.finish(id, count, RequestOutcome::Done, now);
        assert!(!queue.is_sent());
        assert_eq!(send(&mut queue, now + RESEND_AFTER)[0].3, 2);
    }

    #[test]
    fn refused_events_are_not_sent_again() {
        let now = Instant::now();
        let mut queue = Queue::new(now);
        queue.add(occurrence("a", "x"), now);
        let (id, _) = queue.next(now).unwrap();
        queue.finish(id, 1, RequestOutcome::Refused, now);
        assert!(queue.is_sent() && queue.due().is_none());
    }

    #[test]
    fn memory_is_bounded_and_sent_events_are_dropped_first() {
        let now = Instant::now();
        let mut queue = Queue::new(now);
        for number in 0..MAX_SERIES {
            assert!(queue.add(occurrence(&format!("pod-{number}"), "x"), now));
        }
        assert!(
            !queue.add(occurrence("one-more", "x"), now),
            "no series was sent yet, so none can be dropped"
        );
        assert!(
            queue.add(occurrence("pod-0", "x"), now),
            "but a known series is counted"
        );
        let (id, series) = queue.next(now).unwrap();
        let count = series.count;
        queue.finish(id, count, RequestOutcome::Done, now);
        assert!(queue.add(occurrence("one-more", "x"), now));
        assert_eq!(queue.series.len(), MAX_SERIES);
        assert_eq!(queue.groups.len(), MAX_SERIES);
    }

    #[test]
    fn names_are_those_of_objects_whatever_the_pods() {
        let now = Instant::now();
        let mut queue = Queue::new(now);
        for pod in ["web", &"a.".repeat(126), &"p".repeat(253)] {
            queue.add(occurrence(pod, "x"), now);
            let name = send(&mut queue, now)[0].1.clone();
            assert!(podweave_core::names::is_dns_subdomain(&name), "{name}");
        }
    }
}

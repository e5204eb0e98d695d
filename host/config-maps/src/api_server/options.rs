//! How the API server is talked to.

use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::time::Duration;

use leaky_bucket::RateLimiter;

#[cfg(doc)]
use crate::room::NAMESPACE_BYTES;

/// A limit on the rate of short requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Qps {
    /// Requests in a second, in the long run.
    pub per_second: NonZeroU32,
    /// Requests at once after a pause.
    pub burst: NonZeroU32,
}

impl Qps {
    pub(super) fn limiter(self) -> RateLimiter {
        let (per_second, burst) = (self.per_second.get(), self.burst.get() as usize);
        // The limiter counts in whole milliseconds.
        let common = gcd(per_second, 1000);
        let interval = Duration::from_millis(u64::from(1000 / common));
        RateLimiter::builder().initial(burst).max(burst).refill((per_second / common) as usize).interval(interval).build()
    }

    /// What the kubelet has: 50 in a second, 100 at once.
    pub const KUBELET: Self = Self { per_second: NonZeroU32::new(50).unwrap(), burst: NonZeroU32::new(100).unwrap() };
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// How the API server is talked to. The defaults are for a node of a production cluster.
#[derive(Debug, Clone)]
pub struct ApiServerOptions {
    /// Requests that wait for the head of their answer at the same time, streaming lists aside. An open watch is none of them.
    pub in_flight: usize,
    /// Streaming lists that wait for the head of their answer at the same time. They cost the API server little and wait long, up to
    /// 100 ms, for its cache to catch up with etcd.
    pub streaming_lists_in_flight: usize,
    /// The limit on short requests (GET and LIST). As in client-go, watches are not limited.
    pub qps: Option<Qps>,
    /// How long the head of an answer may take, and then the body of a short one.
    pub attempt_timeout: Duration,
    /// How long a new connection may take, from the resolution of the name to the first HTTP/2 settings.
    pub dial_timeout: Duration,
    /// How long one address may take to accept a TCP connection. Above one second, at which Linux sends the first SYN again.
    pub connect_timeout: Duration,
    /// The pause after a failed dial: the first, and the longest of those that double. At the longest the API server's return is noticed.
    pub dial_back_off: RangeInclusive<Duration>,
    /// An HTTP/2 PING is sent on a connection on which nothing was heard for so long.
    pub ping_interval: Duration,
    /// A connection is given up when its PING is not answered in this time.
    pub ping_timeout: Duration,
    /// Streams on one connection at most, where the API server allows more. It allows 100 unless configured otherwise.
    pub streams_per_connection: usize,
    /// A connection without streams is closed after this time, unless it is the only one.
    pub idle_timeout: Duration,
    /// The memory that the ConfigMaps of all namespaces may take together, above [`NAMESPACE_BYTES`] for each, in bytes. One for which
    /// there is no room is refused.
    pub memory_bytes: usize,
    /// How long a watch is asked to last. Each one draws from this range, so that they don't end together.
    pub watch_lifetime: RangeInclusive<Duration>,
}

impl Default for ApiServerOptions {
    fn default() -> Self {
        Self {
            in_flight: 16,
            streaming_lists_in_flight: 64,
            qps: Some(Qps::KUBELET),
            attempt_timeout: Duration::from_secs(10),
            dial_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_millis(1500),
            dial_back_off: Duration::from_millis(100)..=Duration::from_millis(500),
            // Together below 10 s: the time in which a black hole must be noticed.
            ping_interval: Duration::from_secs(3),
            ping_timeout: Duration::from_secs(5),
            streams_per_connection: 100,
            idle_timeout: Duration::from_secs(60),
            memory_bytes: 64 * 1024 * 1024,
            watch_lifetime: Duration::from_secs(30 * 60)..=Duration::from_secs(60 * 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::Qps;

    #[tokio::test(start_paused = true)]
    async fn any_rate_is_kept_in_the_long_run() {
        for (per_second, burst) in [(50, 100), (1, 1), (7, 10), (300, 300), (2000, 10), (u32::MAX, u32::MAX)] {
            let qps = Qps { per_second: NonZeroU32::new(per_second).unwrap(), burst: NonZeroU32::new(burst).unwrap() };
            let limiter = qps.limiter();
            let rate = limiter.refill() as u128 * 1000 / limiter.interval().as_millis();
            assert_eq!((rate, limiter.max()), (u128::from(per_second), burst as usize));
        }
    }
}

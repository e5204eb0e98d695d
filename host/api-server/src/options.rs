//! Configures requests to the API server.

use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::time::Duration;

use leaky_bucket::RateLimiter;

#[cfg(doc)]
use podweave_config_maps::room::NAMESPACE_BYTES;

/// A rate limit for short requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Qps {
    /// The average number of requests per second.
    pub per_second: NonZeroU32,
    /// The most requests at once after a pause.
    pub burst: NonZeroU32,
}

impl Qps {
    pub(crate) fn limiter(self) -> RateLimiter {
        let (per_second, burst) = (self.per_second.get(), self.burst.get() as usize);
        // The limiter counts in whole milliseconds.
        let common = gcd(per_second, 1000);
        let interval = Duration::from_millis(u64::from(1000 / common));
        RateLimiter::builder()
            .initial(burst)
            .max(burst)
            .refill((per_second / common) as usize)
            .interval(interval)
            .build()
    }

    /// The kubelet's limit: 50 per second, 100 at once.
    pub const KUBELET: Self = Self {
        per_second: NonZeroU32::new(50).unwrap(),
        burst: NonZeroU32::new(100).unwrap(),
    };
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Configures requests to the API server. The defaults are for a node of a production cluster.
#[derive(Debug, Clone)]
pub struct ApiServerOptions {
    /// How many requests may wait for the head of their answer at the same time, not counting streaming lists
    /// and open watches.
    pub in_flight: usize,
    /// How many streaming lists may wait for the head of their answer at the same time. They cost the API
    /// server little and wait long, up to 100 ms, until its cache has caught up with etcd.
    pub streaming_lists_in_flight: usize,
    /// The limit on short requests (GET and LIST). As in client-go, watches are not limited.
    pub qps: Option<Qps>,
    /// The time-out for the head of an answer, and then for the body of a short one.
    pub attempt_timeout: Duration,
    /// The time-out for a new connection, from resolving the name to the first HTTP/2 settings.
    pub dial_timeout: Duration,
    /// The time-out for one address to accept a TCP connection. Above one second, when Linux sends the first
    /// SYN again.
    pub connect_timeout: Duration,
    /// The pause after a failure to connect: the first, and the longest, as it doubles. The longest is how
    /// late the API server's return is noticed.
    pub dial_back_off: RangeInclusive<Duration>,
    /// An HTTP/2 PING is sent on a connection that received nothing for this time.
    pub ping_interval: Duration,
    /// A connection is closed if its PING is not answered within this time.
    pub ping_timeout: Duration,
    /// The most streams on one connection, if the API server allows more. It allows 100 unless configured
    /// otherwise.
    pub streams_per_connection: usize,
    /// A connection without streams is closed after this time, unless it is the only one.
    pub idle_timeout: Duration,
    /// The memory that the ConfigMaps of all namespaces may take together, above [`NAMESPACE_BYTES`] for
    /// each, in bytes. A ConfigMap without room is refused.
    pub memory_bytes: usize,
    /// The requested duration of a watch. Each watch draws one from this range, so that they do not end
    /// together.
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
            // Together below 10 s, the time within which a broken connection must be detected.
            ping_interval: Duration::from_secs(3),
            ping_timeout: Duration::from_secs(5),
            streams_per_connection: 100,
            idle_timeout: Duration::from_secs(60),
            memory_bytes: 24 * 1024 * 1024,
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
        for (per_second, burst) in [
            (50, 100),
            (1, 1),
            (7, 10),
            (300, 300),
            (2000, 10),
            (u32::MAX, u32::MAX),
        ] {
            let qps = Qps {
                per_second: NonZeroU32::new(per_second).unwrap(),
                burst: NonZeroU32::new(burst).unwrap(),
            };
            let limiter = qps.limiter();
            let rate = limiter.refill() as u128 * 1000 / limiter.interval().as_millis();
            assert_eq!((rate, limiter.max()), (u128::from(per_second), burst as usize));
        }
    }
}

//! Reads the metrics of a server from its `/metrics`.

/// The metrics of the API server, or of podweave's agent, at one moment.
#[derive(Debug, Clone)]
pub struct Metrics(String);

impl Metrics {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// Returns all metrics, in Prometheus' text format.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Returns the sum of the samples of `metric` with these labels. 0 if there are none: a counter appears
    /// with its first count.
    pub fn sum(&self, metric: &str, labels: &[(&str, &str)]) -> f64 {
        let labels: Vec<String> = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{value}\""))
            .collect();
        let samples = self.0.lines().filter_map(|line| {
            let rest = line.strip_prefix(metric)?;
            let (sample, value) = match rest.strip_prefix('{') {
                Some(rest) => rest.rsplit_once("} ")?,
                None => ("", rest.strip_prefix(' ')?),
            };
            let has = |label: &String| {
                sample
                    .match_indices(label.as_str())
                    .any(|(start, _)| start == 0 || sample[..start].ends_with(','))
            };
            labels.iter().all(has).then(|| value.trim().parse::<f64>().ok())?
        });
        samples.sum()
    }

    /// Returns the number of requests that the API server has answered with this verb (`GET`, `LIST`,
    /// `WATCH`, `APPLY`, ...) for this resource (`configmaps`). A watch counts when it has ended: see
    /// [`Metrics::open_watches`].
    pub fn request_count(&self, verb: &str, resource: &str) -> u64 {
        self.sum(
            "apiserver_request_total",
            &[("verb", verb), ("resource", resource)],
        ) as u64
    }

    /// Returns the number of open watches of the API server for this resource.
    pub fn open_watches(&self, resource: &str) -> u64 {
        self.sum(
            "apiserver_longrunning_requests",
            &[("verb", "WATCH"), ("resource", resource)],
        ) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::Metrics;

    #[test]
    fn samples_are_summed_by_whole_labels() {
        let metrics = Metrics::new(
            "# TYPE apiserver_request_total counter\n\
             apiserver_request_total{code=\"200\",resource=\"configmaps\",verb=\"GET\"} 3\n\
             apiserver_request_total{code=\"404\",resource=\"configmaps\",verb=\"GET\"} 2\n\
             apiserver_request_total{code=\"200\",resource=\"configmaps\",verb=\"LIST\"} 7\n\
             apiserver_request_total{code=\"200\",resource=\"x\",subresource=\"configmaps\",verb=\"GET\"} 11\n\
             apiserver_request_total_created{resource=\"configmaps\",verb=\"GET\"} 1.7e9\n\
             process_open_fds 42\n"
                .to_owned(),
        );
        assert_eq!(metrics.request_count("GET", "configmaps"), 5);
        assert_eq!(metrics.request_count("DELETE", "configmaps"), 0);
        assert_eq!(metrics.sum("process_open_fds", &[]), 42.0);
    }
}

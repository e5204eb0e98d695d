//! The runtime on the other side: its name, versions and abilities.

use std::time::Duration;

use crate::Status;
use crate::api::ConfigureRequest;

/// A version of NRI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NriVersion {
    /// The major version; 0 up to now.
    pub major: u32,
    /// The minor version, which changes with each release.
    pub minor: u32,
}

impl NriVersion {
    /// The first version with `args` in adjustments (an older runtime drops them silently), with validation
    /// and with required plugins.
    pub const V0_10: Self = Self { major: 0, minor: 10 };
}

/// The runtime, as it describes itself in `Configure`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runtime {
    /// `containerd` or `cri-o`, for example.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its version of NRI: as it reports (since 0.11), or as is known of this version of containerd and
    /// CRI-O.
    pub nri: Option<NriVersion>,
    /// Its timeout for an answer; `None` if it does not report one.
    pub request_timeout: Option<Duration>,
}

impl Runtime {
    pub(crate) fn of(request: &ConfigureRequest) -> Self {
        Self {
            nri: parse(&request.nri_version)
                .map(|(major, minor, _)| NriVersion { major, minor })
                .or_else(|| inferred(&request.runtime_name, &request.runtime_version)),
            name: request.runtime_name.clone(),
            version: request.runtime_version.clone(),
            request_timeout: u64::try_from(request.request_timeout)
                .ok()
                .filter(|timeout| *timeout > 0)
                .map(Duration::from_millis),
        }
    }

    /// Returns an error if the runtime's NRI is older, or if its version is unknown.
    ///
    /// # Errors
    ///
    /// A message for the node's operator.
    pub fn require(&self, wanted: NriVersion) -> Result<(), Status> {
        let (name, version, NriVersion { major, minor }) = (&self.name, &self.version, wanted);
        let hint = if wanted == NriVersion::V0_10 {
            ": containerd 2.2 or CRI-O 1.34, or newer"
        } else {
            ""
        };
        match self.nri {
            Some(nri) if nri >= wanted => Ok(()),
            Some(nri) => Err(Status::refused(format!(
                "{name} {version} has NRI {}.{}, but {major}.{minor} or newer is required{hint}",
                nri.major, nri.minor
            ))),
            None => Err(Status::refused(format!(
                "the NRI version of {name} {version} is unknown, and {major}.{minor} or newer is required{hint}"
            ))),
        }
    }
}

/// Parses the numbers of `v1.2.3-rc.1`; the third is 0 if it is missing.
fn parse(version: &str) -> Option<(u32, u32, u32)> {
    let mut numbers = version
        .strip_prefix('v')
        .unwrap_or(version)
        .splitn(3, '.')
        .map(|part| {
            let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            part[..end].parse().ok()
        });
    Some((
        numbers.next()??,
        numbers.next()??,
        numbers.next().flatten().unwrap_or_default(),
    ))
}

/// Looks up the NRI version as in `pkg/api/version.go` of NRI; a runtime that is newer than the table has at
/// least its last entry.
fn inferred(name: &str, version: &str) -> Option<NriVersion> {
    let minor = match (name, parse(version)?) {
        ("containerd", (1, 7, ..=6)) => 3,
        ("containerd", (1, 7, ..=13)) => 4,
        ("containerd", (1, 7, ..=25)) => 6,
        ("containerd", (1, 7, _) | (2, ..=1, _)) => 8,
        ("containerd", (2, 2, 0)) => 10,
        ("containerd", (2, 2, _)) => 11,
        ("containerd", (2.., ..)) => 12,
        ("cri-o", (1, 26, _)) => 2,
        ("cri-o", (1, 27..=28, _)) => 3,
        ("cri-o", (1, 29, _)) => 5,
        ("cri-o", (1, 30..=31, _)) => 6,
        ("cri-o", (1, 32..=33, _)) => 9,
        ("cri-o", (1, 34, _)) => 10,
        ("cri-o", (1, 35.., _) | (2.., ..)) => 11,
        _ => return None,
    };
    Some(NriVersion { major: 0, minor })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime(name: &str, version: &str, nri: &str) -> Runtime {
        Runtime::of(&ConfigureRequest {
            runtime_name: name.into(),
            runtime_version: version.into(),
            nri_version: nri.into(),
            ..Default::default()
        })
    }

    #[test]
    fn the_runtimes_own_word_counts_then_what_is_known_of_its_version() {
        for (name, version, nri, minor) in [
            ("containerd", "v2.3.4", "v0.12.0", Some(12)),
            ("containerd", "2.2.0-rc.1", "(devel)", Some(10)),
            ("containerd", "v1.7.27", "", Some(8)),
            ("cri-o", "1.33.5", "unknown", Some(9)),
            ("cri-o", "1.36.3", "", Some(11)),
            ("other", "9.9.9", "", None),
            ("containerd", "main", "", None),
        ] {
            assert_eq!(
                runtime(name, version, nri).nri.map(|nri| nri.minor),
                minor,
                "{name} {version}"
            );
        }
    }

    #[test]
    fn an_older_runtime_is_refused_with_what_is_needed() {
        let refused = runtime("containerd", "v2.1.4", "")
            .require(NriVersion::V0_10)
            .unwrap_err()
            .to_string();
        assert_eq!(
            refused,
            "containerd v2.1.4 has NRI 0.8, but 0.10 or newer is required: containerd 2.2 or CRI-O 1.34, or newer"
        );
        assert!(runtime("other", "1", "").require(NriVersion::V0_10).is_err());
        assert!(runtime("cri-o", "1.34.0", "").require(NriVersion::V0_10).is_ok());
    }
}

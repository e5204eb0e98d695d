//! Builds the requests.

use std::fmt::{self, Display};

use http::{Request, header};
use kube::client::Body;
use podweave_core::names;

use crate::metrics::Verb;
use crate::options::ApiServerOptions;
use crate::transport::Queue;
use podweave_config_maps::object::ResourceVersion;
use podweave_config_maps::source::{FailureKind, Read, SourceError};
use podweave_core::identity::NamespacedName;

/// A request for one ConfigMap.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ask {
    Get(Read),
    /// The object in this version or a later one.
    GetNotOlderThan(ResourceVersion),
    List(Read),
    /// The changes after a version.
    Watch(ResourceVersion),
    /// The state as events, and then the changes. The state is that of a quorum, or one of this version or a
    /// later one.
    StreamingList(Option<ResourceVersion>),
}

impl Ask {
    pub fn verb(self) -> Verb {
        match self {
            Self::Get(_) | Self::GetNotOlderThan(_) => Verb::Get,
            Self::List(_) => Verb::List,
            Self::Watch(_) => Verb::Watch,
            Self::StreamingList(_) => Verb::StreamingList,
        }
    }

    pub fn queue(self) -> Queue {
        match self {
            Self::StreamingList(None) => Queue::StreamingList,
            // The API server's cache has already reached the version.
            Self::StreamingList(Some(_))
            | Self::Get(_)
            | Self::GetNotOlderThan(_)
            | Self::List(_)
            | Self::Watch(_) => Queue::Normal,
        }
    }

    pub fn request(
        self,
        name: &NamespacedName,
        options: &ApiServerOptions,
    ) -> Result<Request<Body>, SourceError> {
        let NamespacedName { namespace, name } = name;
        // Such names need no escapes in a URL.
        if !names::is_dns_label(namespace) || !names::is_dns_subdomain(name) {
            return Err(SourceError::new(
                FailureKind::Broken,
                "no ConfigMap can have this namespace and name",
            ));
        }
        let path = format_args!("/api/v1/namespaces/{namespace}/configmaps");
        let selector = format_args!("fieldSelector=metadata.name%3D{name}");
        let watch = format_args!(
            "watch=true&allowWatchBookmarks=true&timeoutSeconds={}",
            Lifetime(options)
        );
        match self {
            // Without resourceVersion: a quorum of etcd, or a cache that proves to be as new.
            Self::Get(Read::Quorum) => build(format_args!("{path}/{name}")),
            Self::Get(Read::Cached) => build(format_args!("{path}/{name}?resourceVersion=0")),
            Self::GetNotOlderThan(version) => build(format_args!("{path}/{name}?resourceVersion={version}")),
            Self::List(Read::Quorum) => build(format_args!("{path}?{selector}")),
            Self::List(Read::Cached) => build(format_args!("{path}?{selector}&resourceVersion=0")),
            Self::Watch(after) => build(format_args!("{path}?{watch}&{selector}&resourceVersion={after}")),
            Self::StreamingList(version) => {
                let state = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=";
                build(format_args!(
                    "{path}?{watch}&{selector}&{state}{}",
                    version.map_or_else(String::new, |version| version.to_string())
                ))
            }
        }
    }
}

/// A random lifetime of a watch, in seconds.
struct Lifetime<'a>(&'a ApiServerOptions);

impl Display for Lifetime<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let range = &self.0.watch_lifetime;
        let (from, to) = (range.start().as_secs(), range.end().as_secs());
        fastrand::u64(from..=to.max(from)).fmt(formatter)
    }
}

fn build(uri: fmt::Arguments<'_>) -> Result<Request<Body>, SourceError> {
    let request = Request::get(uri.to_string())
        .header(header::ACCEPT, "application/json")
        .body(Body::empty());
    request.map_err(|error| SourceError::new(FailureKind::Broken, error.to_string()))
}

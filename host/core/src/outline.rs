//! Describes a rendered result item by item, as digests, so that two results can be compared after the values
//! are gone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::digest::{Digest, DigestBuilder};
use crate::outputs::{Args, EnvValue, File};
use crate::text;

/// The number of the way in which the digests of outlines are computed. Each change of a digest in this file
/// raises it: a difference between digests of two ways means nothing.
pub const SCHEME: u32 = 1;

/// What a result sets, item by item: names and digests, never values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Written")]
pub struct Outline {
    scheme: Scheme,
    /// Variables by name: the value before completion, and whether it is completed.
    pub env: BTreeMap<String, Digest>,
    /// The arguments, and whether they are appended or replaced; `None`: unchanged.
    pub args: Option<Digest>,
    /// The directories of rendered files, by their absolute paths.
    pub directories: BTreeSet<String>,
    /// Files that also appear at fixed paths, by those: contents and mode.
    pub mounts: BTreeMap<String, Digest>,
    /// The files in the directories, by their absolute paths: contents and mode.
    pub files: BTreeMap<String, Digest>,
}

impl Outline {
    /// Sums up what a container has from its start: variables, arguments, which directories there are, and
    /// the files at fixed paths.
    #[must_use]
    pub fn fixed(&self) -> Part {
        let mut digest = DigestBuilder::new(&format!("podweave fixed {SCHEME}"));
        push_map(&mut digest, &self.env);
        digest.push(self.args.as_ref().map_or(&[], |args| args.as_bytes()));
        push_count(&mut digest, self.directories.len());
        for directory in &self.directories {
            digest.push(directory.as_bytes());
        }
        push_map(&mut digest, &self.mounts);
        Part::of(digest)
    }

    /// Sums up what can follow a change while the container runs: the files in the directories.
    #[must_use]
    pub fn files(&self) -> Part {
        let mut digest = DigestBuilder::new(&format!("podweave files {SCHEME}"));
        push_map(&mut digest, &self.files);
        Part::of(digest)
    }

    /// Lists what the latest result sets otherwise.
    #[must_use]
    pub fn difference(&self, latest: &Self) -> Difference {
        let mut mounts = differing(&self.mounts, &latest.mounts);
        mounts.extend(
            self.directories
                .symmetric_difference(&latest.directories)
                .cloned(),
        );
        mounts.sort_unstable();
        Difference {
            env: differing(&self.env, &latest.env),
            args: self.args != latest.args,
            mounts,
            files: differing(&self.files, &latest.files),
        }
    }

    /// Returns the memory that it takes, roughly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        const ITEM: usize = 96;
        self.names().map(|name| ITEM + name.len()).sum()
    }

    fn names(&self) -> impl Iterator<Item = &String> {
        let maps = [&self.env, &self.mounts, &self.files];
        maps.into_iter().flat_map(BTreeMap::keys).chain(&self.directories)
    }

    pub(crate) fn add_variable(&mut self, name: &str, value: &EnvValue) {
        let digest = DigestBuilder::new("podweave variable")
            .field(value.text.as_bytes())
            .field(&[u8::from(value.expand)]);
        self.env.insert(name.to_owned(), digest.finish());
    }

    pub(crate) fn set_args(&mut self, args: &Args) {
        let (how, args) = match args {
            Args::Unchanged => return,
            Args::Append(args) => ("append", args),
            Args::Replace(args) => ("replace", args),
        };
        let mut digest = DigestBuilder::new("podweave arguments").field(how.as_bytes());
        for arg in args {
            digest.push(arg.as_bytes());
        }
        self.args = Some(digest.finish());
    }

    pub(crate) fn add_directory(&mut self, directory: &str, files: &BTreeMap<String, File>) {
        self.directories.insert(directory.to_owned());
        for (path, file) in files {
            let digest = DigestBuilder::new("podweave file")
                .field(&file.mode.to_be_bytes())
                .field(&file.contents);
            self.files.insert(format!("{directory}/{path}"), digest.finish());
        }
    }

    /// Adds a file at a fixed path, after the directory that it is in.
    pub(crate) fn add_mount(&mut self, target: &str, directory: &str, path: &str) {
        // A file at a fixed path is one of the rendered files, which are hashed already.
        if let Some(digest) = self.files.get(&format!("{directory}/{path}")) {
            self.mounts.insert(target.to_owned(), *digest);
        }
    }
}

fn push_count(digest: &mut DigestBuilder, count: usize) {
    digest.push(&(count as u64).to_be_bytes());
}

fn push_map(digest: &mut DigestBuilder, map: &BTreeMap<String, Digest>) {
    push_count(digest, map.len());
    for (name, value) in map {
        digest.push(name.as_bytes());
        digest.push(value.as_bytes());
    }
}

/// The names that only one of both has, or that have another digest in each, sorted.
fn differing(one: &BTreeMap<String, Digest>, other: &BTreeMap<String, Digest>) -> Vec<String> {
    let changed = one
        .iter()
        .filter(|(name, digest)| other.get(*name) != Some(digest));
    let added = other.keys().filter(|name| !one.contains_key(*name));
    let mut names: Vec<String> = changed.map(|(name, _)| name).chain(added).cloned().collect();
    names.sort_unstable();
    names
}

/// What two results set otherwise: names only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Variables that come, go or change, sorted.
    pub env: Vec<String>,
    /// Whether the arguments change.
    pub args: bool,
    /// Files at fixed paths that come, go or change, and directories that come or go, sorted.
    pub mounts: Vec<String>,
    /// Files in directories that come, go or change, by their absolute paths, sorted.
    pub files: Vec<String>,
}

impl Difference {
    /// Whether both results set the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.is_fixed() && self.files.is_empty()
    }

    /// Whether something differs that a container has from its start.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        !self.env.is_empty() || self.args || !self.mounts.is_empty()
    }
}

/// The digest of one part of a result, and the way in which it was computed: `1:sha256:...`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// [`SCHEME`] of the podweave that computed it.
    pub scheme: u32,
    /// The digest.
    pub digest: Digest,
}

impl Part {
    fn of(digest: DigestBuilder) -> Self {
        Self {
            scheme: SCHEME,
            digest: digest.finish(),
        }
    }

    /// Parses what [`Part`] prints; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, digest) = text.split_once(':')?;
        let part = Self {
            scheme: scheme.parse().ok()?,
            digest: Digest::parse(digest)?,
        };
        // `+1` and `01` are numbers, too.
        (part.to_string() == text).then_some(part)
    }

    /// Whether both are the same; `None`: unknown, since they were computed in different ways.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<bool> {
        (self.scheme == other.scheme).then_some(self.digest == other.digest)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.scheme, self.digest)
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("is not NUMBER:sha256:DIGITS"))
    }
}

/// Written into each outline, and required of each that is read: [`SCHEME`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
struct Scheme;

impl TryFrom<u32> for Scheme {
    type Error = String;

    fn try_from(scheme: u32) -> Result<Self, String> {
        if scheme == SCHEME {
            Ok(Self)
        } else {
            Err(format!("scheme {scheme} is not {SCHEME}"))
        }
    }
}

impl Serialize for Scheme {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(SCHEME)
    }
}

/// An outline as it was read, before its names are checked.
#[derive(Deserialize)]
struct Written {
    scheme: Scheme,
    env: BTreeMap<String, Digest>,
    args: Option<Digest>,
    directories: BTreeSet<String>,
    mounts: BTreeMap<String, Digest>,
    files: BTreeMap<String, Digest>,
}

impl TryFrom<Written> for Outline {
    type Error = &'static str;

    /// Refuses names that no result has: they would reach statuses and logs.
    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let outline = Self {
            scheme: written.scheme,
            env: written.env,
            args: written.args,
            directories: written.directories,
            mounts: written.mounts,
            files: written.files,
        };
        if outline.names().any(|name| name.chars().any(text::is_unprintable)) {
            return Err("a name contains a character that is not printable");
        }
        Ok(outline)
    }
}

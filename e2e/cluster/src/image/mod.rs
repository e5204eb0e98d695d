//! Builds images of containers without a registry.

mod archive;
mod made;
mod program;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

/// An image: its files, and how it is started. It has no layers to share, and no history.
#[derive(Debug, Clone, Default)]
pub struct Image {
    names: Vec<String>,
    contents: BTreeMap<String, Item>,
    entry_point: Vec<String>,
    env: Vec<String>,
    user: String,
}

/// An entry at a path of the image.
#[derive(Clone)]
enum Item {
    Directory { mode: u32 },
    File { contents: Vec<u8>, mode: u32 },
    Link { target: String },
}

impl std::fmt::Debug for Item {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Directory { mode } => write!(formatter, "directory {mode:o}"),
            Self::File { contents, mode } => write!(formatter, "file {mode:o}, {} bytes", contents.len()),
            Self::Link { target } => write!(formatter, "link to {target}"),
        }
    }
}

impl Image {
    /// Creates an empty image with a full name, such as `podweave.test/web:1` or
    /// `docker.io/library/nginx:1.28`.
    pub fn new(name: &str) -> Self {
        Self {
            names: vec![name.to_owned()],
            ..Self::default()
        }
    }

    /// Adds a further name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.names.push(name.to_owned());
        self
    }

    /// Adds a directory. Parents of files are created by themselves, with mode 0755.
    #[must_use]
    pub fn directory(mut self, path: &str, mode: u32) -> Self {
        self.put(path, Item::Directory { mode });
        self
    }

    /// Adds a file that belongs to root.
    #[must_use]
    pub fn file(mut self, path: &str, contents: impl Into<Vec<u8>>, mode: u32) -> Self {
        self.put(
            path,
            Item::File {
                contents: contents.into(),
                mode,
            },
        );
        self
    }

    /// Adds a symbolic link.
    #[must_use]
    pub fn link(mut self, path: &str, target: &str) -> Self {
        self.put(
            path,
            Item::Link {
                target: target.to_owned(),
            },
        );
        self
    }

    /// Adds a program of this machine, and the libraries that it loads.
    pub fn program(mut self, path: &str, program: &Path) -> Result<Self> {
        let read =
            |file: &Path| std::fs::read(file).with_context(|| format!("cannot read {}", file.display()));
        for library in program::libraries(program)? {
            self.put(
                &library.path,
                Item::File {
                    contents: read(&library.file)?,
                    mode: 0o755,
                },
            );
        }
        self.put(
            path,
            Item::File {
                contents: read(program)?,
                mode: 0o755,
            },
        );
        Ok(self)
    }

    /// Sets the default command.
    #[must_use]
    pub fn entry_point(mut self, entry_point: &[&str]) -> Self {
        self.entry_point = entry_point.iter().map(ToString::to_string).collect();
        self
    }

    /// Sets a variable for each container of the image.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push(format!("{name}={value}"));
        self
    }

    /// Sets the default user.
    #[must_use]
    pub fn user(mut self, user: &str) -> Self {
        user.clone_into(&mut self.user);
        self
    }

    fn put(&mut self, path: &str, item: Item) {
        let path = path.trim_matches('/');
        for (index, _) in path.match_indices('/') {
            self.contents
                .entry(path[..index].to_owned())
                .or_insert(Item::Directory { mode: 0o755 });
        }
        self.contents.insert(path.to_owned(), item);
    }
}

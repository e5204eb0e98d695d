//! The formats, and which one a key is in.

use crate::dotenv::Dollars;
use crate::mistake::Mistake;
use crate::tree::Node;
use crate::{dotenv, ini, json, properties, toml, yaml};

/// The format of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `NAME=value` lines, as `docker --env-file` and its kind read them.
    Env,
    /// Sections of `name = value` lines.
    Ini,
    /// JSON, RFC 8259.
    Json,
    /// Java's `.properties`.
    Properties,
    /// TOML.
    Toml,
    /// YAML 1.2, the core schema.
    Yaml,
}

impl Format {
    /// All of them, by name.
    pub const ALL: [(&'static str, Self); 6] =
        [("env", Self::Env), ("ini", Self::Ini), ("json", Self::Json), ("properties", Self::Properties), ("toml", Self::Toml), ("yaml", Self::Yaml)];

    /// The format of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    /// The format that a key or a path tells by its extension; `.env` and `.env.production` are `.env` files.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let file = name.rsplit('/').next().unwrap_or(name);
        match file.rsplit_once('.').map(|(_, extension)| extension) {
            Some("env") => Some(Self::Env),
            Some("ini") => Some(Self::Ini),
            Some("json") => Some(Self::Json),
            Some("properties") => Some(Self::Properties),
            Some("toml") => Some(Self::Toml),
            Some("yaml" | "yml") => Some(Self::Yaml),
            _ => file.starts_with(".env.").then_some(Self::Env),
        }
    }

    /// How its name is written.
    #[must_use]
    pub fn display(self) -> &'static str {
        match self {
            Self::Env => ".env",
            Self::Ini => "INI",
            Self::Json => "JSON",
            Self::Properties => ".properties",
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
        }
    }

    /// Whether a document is one level of names, a dot in which leads deeper: what sets `a` leaves `a.b` alone.
    #[must_use]
    pub fn is_flat(self) -> bool {
        self == Self::Properties
    }

    /// Reads a document. `source` is what the places of its values tell it by.
    ///
    /// # Errors
    /// The first mistake in it.
    pub fn read(self, text: &str, source: u32) -> Result<Node, Mistake> {
        let text = without_mark(text);
        match self {
            Self::Env => dotenv::read(text, source, Dollars::Text),
            Self::Ini => ini::read(text, source),
            Self::Json => json::read(text, source),
            Self::Properties => properties::read(text, source),
            Self::Toml => toml::read(text, source),
            Self::Yaml => yaml::read(text, source),
        }
    }

    /// Reads a `.env` document in which `$NAME` refers to what it has set before.
    ///
    /// # Errors
    /// The first mistake in it.
    pub fn read_env_with_references(text: &str, source: u32) -> Result<Node, Mistake> {
        dotenv::read(without_mark(text), source, Dollars::References)
    }

    /// Writes a map as a document.
    ///
    /// # Errors
    /// What the format cannot say, with the place where it came from.
    pub fn write(self, document: &Node) -> Result<String, Mistake> {
        match self {
            Self::Env => dotenv::write(document),
            Self::Ini => ini::write(document),
            Self::Json => json::write(document),
            Self::Properties => properties::write(document),
            Self::Toml => toml::write(document),
            Self::Yaml => yaml::write(document),
        }
    }
}

/// Without the byte order mark that editors on Windows put in front.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

//! Lists the formats, and finds the format of a key by its extension.

use crate::dotenv::Dollars;
use crate::mistake::{Mistake, Place};
use crate::tree::Node;
use crate::{dotenv, ini, json, properties, spring, toml, yaml};

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
    /// All formats, by name.
    pub const ALL: [(&'static str, Self); 6] = [
        ("env", Self::Env),
        ("ini", Self::Ini),
        ("json", Self::Json),
        ("properties", Self::Properties),
        ("toml", Self::Toml),
        ("yaml", Self::Yaml),
    ];

    /// Returns the format of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, format)| *format)
    }

    /// Returns the format for the extension of a key or a path; `.env` and `.env.production` are `.env`
    /// files.
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

    /// Returns its name, for messages.
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

    /// Whether a document is one level of names with dots for deeper levels: setting `a` does not change
    /// `a.b`.
    #[must_use]
    pub fn is_flat(self) -> bool {
        self == Self::Properties
    }

    /// Reads a document. `source` identifies the document in the places of its values.
    ///
    /// # Errors
    /// The first mistake in it.
    ///
    /// # Examples
    /// From one format to another; a number keeps its text:
    /// ```
    /// use podweave_formats::Format;
    ///
    /// let document = Format::Yaml.read("server:\n  port: 8080\n  ratio: 1.50\n", 0).expect("YAML");
    /// assert_eq!(
    ///     Format::Toml.write(&document).expect("TOML can hold it"),
    ///     "[server]\nport = 8080\nratio = 1.50\n"
    /// );
    ///
    /// // A mistake has its line, and shows no value.
    /// let mistake = Format::Json.read("{\n\"port\": 80,\n\"port\": 81\n}", 0).unwrap_err();
    /// assert_eq!(mistake.place.line, 3);
    /// ```
    pub fn read(self, text: &str, source: u32) -> Result<Node, Mistake> {
        let text = without_mark(text, source)?;
        match self {
            Self::Env => dotenv::read(text, source, Dollars::Text),
            Self::Ini => ini::read(text, source),
            Self::Json => json::read(text, source),
            Self::Properties => properties::read(text, source),
            Self::Toml => toml::read(text, source),
            Self::Yaml => yaml::read_one(
                text,
                source,
                "leave one, or choose by Spring's profiles: {key: ALIAS/KEY, profiles: [NAME]}",
            ),
        }
    }

    /// Reads a `.env` document in which `$NAME` refers to names that it has set before.
    ///
    /// # Errors
    /// The first mistake in it.
    pub fn read_env_with_references(text: &str, source: u32) -> Result<Node, Mistake> {
        dotenv::read(without_mark(text, source)?, source, Dollars::References)
    }

    /// Reads a text of one or several documents as Spring Boot does with these active profiles, `default` if
    /// there are none. The documents whose `spring.config.activate.on-profile` matches are laid over each
    /// other, and a dot in a name leads into a map. Formats that Spring does not know are read as by
    /// [`Self::read`].
    ///
    /// # Errors
    /// The first mistake in it.
    pub fn read_for_profiles(self, text: &str, source: u32, profiles: &[String]) -> Result<Node, Mistake> {
        let default = ["default".to_owned()];
        let profiles = if profiles.is_empty() {
            &default[..]
        } else {
            profiles
        };
        match self {
            Self::Yaml => spring::read_yaml(without_mark(text, source)?, source, profiles),
            Self::Properties => spring::read_properties(without_mark(text, source)?, source, profiles),
            _ => self.read(text, source),
        }
    }

    /// Whether [`Self::read_for_profiles`] differs from [`Self::read`].
    #[must_use]
    pub fn has_profiles(self) -> bool {
        matches!(self, Self::Properties | Self::Yaml)
    }

    /// Writes a map as a document.
    ///
    /// # Errors
    /// The format cannot contain a value; the mistake has the place where that value came from.
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

/// Removes the byte order mark that editors on Windows put in front.
fn without_mark(text: &str, source: u32) -> Result<&str, Mistake> {
    match text.strip_prefix('\u{feff}') {
        Some(rest) if rest.starts_with('\u{feff}') => Err(Mistake::new(
            Place { source, line: 1 },
            "two byte order marks begin the document: leave one, or none",
        )),
        Some(rest) => Ok(rest),
        None => Ok(text),
    }
}

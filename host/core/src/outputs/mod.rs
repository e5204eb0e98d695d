//! Takes what a plugin sets in one render. A call that no container could use is refused at once, so that the
//! author sees where.

mod error;

use std::collections::BTreeMap;

use crate::limits::{Limits, Usage};
use crate::text::human_size;
use crate::{names, text};
pub use error::OutputError;

/// The mode of a rendered file, unless the plugin sets another.
pub const DEFAULT_FILE_MODE: u32 = 0o444;

/// What one render has set so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outputs {
    env: BTreeMap<String, EnvValue>,
    args: Args,
    files: BTreeMap<String, File>,
    file_bytes: usize,
    /// The number of variables and arguments.
    strings: usize,
    strings_bytes: usize,
}

/// A rendered variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvValue {
    /// Its value before completion.
    pub text: String,
    /// Whether `$(NAME)` in it is replaced with the container's own environment when it is delivered.
    pub expand: bool,
}

/// What a render changes in the container's arguments.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Args {
    /// No change.
    #[default]
    Unchanged,
    /// These follow the container's own arguments.
    Append(Vec<String>),
    /// These replace the container's own arguments.
    Replace(Vec<String>),
}

/// A rendered file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its contents.
    pub contents: Vec<u8>,
    /// Its mode, at most 0o777.
    pub mode: u32,
}

impl Outputs {
    /// The variables.
    #[must_use]
    pub fn env_values(&self) -> &BTreeMap<String, EnvValue> {
        &self.env
    }

    /// What changes in the arguments.
    #[must_use]
    pub fn arguments(&self) -> &Args {
        &self.args
    }

    /// The files, by their relative paths.
    #[must_use]
    pub fn rendered_files(&self) -> &BTreeMap<String, File> {
        &self.files
    }

    /// Returns the parts, for merging them with those of other renders.
    #[must_use]
    pub fn into_parts(self) -> (BTreeMap<String, EnvValue>, Args, BTreeMap<String, File>) {
        (self.env, self.args, self.files)
    }

    /// Bytes of all files of this render.
    #[must_use]
    pub fn file_bytes(&self) -> usize {
        self.file_bytes
    }

    /// Takes the calls `env` and `expand-env`.
    ///
    /// # Errors
    /// The name or the value cannot be used, or the variable already has another value.
    pub fn env(
        &mut self,
        name: String,
        value: String,
        expand: bool,
        limits: &Limits,
    ) -> Result<(), OutputError> {
        if let Some(problem) = names::env_name_problem(&name) {
            return Err(OutputError::EnvName {
                name: text::quoted(&name),
                problem,
            });
        }
        if !limits.outputs.allows_env(&name) {
            return Err(OutputError::NotAllowed {
                what: format!("environment variable {}", text::quoted(&name)),
            });
        }
        // "NAME=value" and the NUL behind it.
        let size = name.len() + value.len() + 2;
        check_string(&value, size, || {
            format!("environment variable {}", text::quoted(&name))
        })?;
        let value = EnvValue { text: value, expand };
        match self.env.get(&name) {
            Some(before) if *before == value => return Ok(()),
            Some(_) => {
                return Err(OutputError::EnvTwice {
                    name: text::quoted(&name),
                });
            }
            None => {}
        }
        self.count_string(size, limits)?;
        self.env.insert(name, value);
        Ok(())
    }

    /// Takes the call `append-arg`.
    ///
    /// # Errors
    /// The argument cannot be used, or arguments were replaced.
    pub fn append_arg(&mut self, arg: String, limits: &Limits) -> Result<(), OutputError> {
        check_args_allowed(limits)?;
        let size = arg.len() + 1;
        check_string(&arg, size, || "an argument".to_owned())?;
        self.count_string(size, limits)?;
        match &mut self.args {
            Args::Replace(_) => return Err(OutputError::ArgsTwice),
            Args::Append(args) => args.push(arg),
            Args::Unchanged => self.args = Args::Append(vec![arg]),
        }
        Ok(())
    }

    /// Takes the call `replace-args`. `has_arguments` says whether the container's spec has a command or
    /// args.
    ///
    /// # Errors
    /// The spec has no arguments, an argument cannot be used, or the render has already set arguments.
    pub fn replace_args(
        &mut self,
        args: Vec<String>,
        has_arguments: bool,
        limits: &Limits,
    ) -> Result<(), OutputError> {
        check_args_allowed(limits)?;
        if self.args != Args::Unchanged {
            return Err(OutputError::ArgsTwice);
        }
        if !has_arguments {
            return Err(OutputError::NothingToReplace);
        }
        for (index, arg) in args.iter().enumerate() {
            let size = arg.len() + 1;
            check_string(arg, size, || format!("argument {}", index + 1))?;
            self.count_string(size, limits)?;
        }
        self.args = Args::Replace(args);
        Ok(())
    }

    /// Takes the calls `file` and `file-bytes`. `used` is what earlier renders of the container have used.
    ///
    /// # Errors
    /// The path cannot be used or is in use, or the files exceed the limit.
    pub fn file(
        &mut self,
        path: String,
        contents: Vec<u8>,
        limits: &Limits,
        used: &Usage,
    ) -> Result<(), OutputError> {
        if let Some(problem) = names::relative_path_problem(&path) {
            return Err(OutputError::Path {
                path: text::quoted(&path),
                problem,
            });
        }
        if !limits.outputs.allows_file(&path) {
            return Err(OutputError::NotAllowed {
                what: format!("file {}", text::quoted(&path)),
            });
        }
        if let Some(before) = self.files.get(&path) {
            return if before.contents == contents {
                Ok(())
            } else {
                Err(OutputError::PathTwice {
                    path: text::quoted(&path),
                    other: text::quoted(&path),
                })
            };
        }
        if let Some(other) = colliding_path(
            &path,
            |prefix| self.files.contains_key(prefix),
            self.files.range(path.clone()..).map(|(path, _)| path.as_str()),
        ) {
            return Err(OutputError::PathTwice {
                path: text::quoted(&path),
                other: text::quoted(&other),
            });
        }
        let bytes = self.file_bytes.saturating_add(contents.len());
        if used.file_bytes.saturating_add(bytes) > limits.file_bytes {
            return Err(OutputError::Limit {
                what: "the rendered files",
                limit: human_size(limits.file_bytes),
            });
        }
        if used.files + self.files.len() + 1 > limits.files {
            return Err(OutputError::Limit {
                what: "the rendered files",
                limit: format!("{} files", limits.files),
            });
        }
        self.file_bytes = bytes;
        self.files.insert(
            path,
            File {
                contents,
                mode: DEFAULT_FILE_MODE,
            },
        );
        Ok(())
    }

    /// Takes the call `file-mode`.
    ///
    /// # Errors
    /// There is no such file, or the mode is above 0o777.
    pub fn file_mode(&mut self, path: &str, mode: u32) -> Result<(), OutputError> {
        if mode > 0o777 {
            return Err(OutputError::Mode {
                path: text::quoted(path),
                mode,
            });
        }
        match self.files.get_mut(path) {
            Some(file) => file.mode = mode,
            None => {
                return Err(OutputError::NoFile {
                    path: text::quoted(path),
                });
            }
        }
        Ok(())
    }

    fn count_string(&mut self, size: usize, limits: &Limits) -> Result<(), OutputError> {
        // The kernel counts a pointer for each string, too.
        self.strings_bytes = self.strings_bytes.saturating_add(size + 8);
        if self.strings_bytes > limits.environment_bytes {
            return Err(OutputError::Limit {
                what: "the rendered environment and arguments",
                limit: human_size(limits.environment_bytes),
            });
        }
        self.strings += 1;
        if self.strings > limits.environment_strings {
            let limit = format!("{} variables and arguments", limits.environment_strings);
            return Err(OutputError::Limit {
                what: "the rendered environment and arguments",
                limit,
            });
        }
        Ok(())
    }
}

/// Finds a path that cannot exist beside `path` in one directory tree: one of its parents as a file, or a
/// file below it. `following` are the paths that sort behind `path`.
pub(crate) fn colliding_path<'a>(
    path: &str,
    exists: impl Fn(&str) -> bool,
    mut following: impl Iterator<Item = &'a str>,
) -> Option<String> {
    let parent = path
        .match_indices('/')
        .map(|(end, _)| &path[..end])
        .find(|parent| exists(parent));
    // Between "a" and "a/b" sort only paths that continue "a" with a byte below '/': "a-b", "a.b".
    let below = || {
        following
            .by_ref()
            .take_while(|other| other.starts_with(path))
            .find(|other| other.as_bytes().get(path.len()) == Some(&b'/'))
    };
    parent.or_else(below).map(str::to_owned)
}

fn check_args_allowed(limits: &Limits) -> Result<(), OutputError> {
    if limits.outputs.args {
        Ok(())
    } else {
        Err(OutputError::NotAllowed {
            what: "an argument".to_owned(),
        })
    }
}

fn check_string(text: &str, size: usize, what: impl Fn() -> String) -> Result<(), OutputError> {
    if text.contains('\0') {
        return Err(OutputError::String {
            what: what(),
            problem: "its value contains a NUL".to_owned(),
        });
    }
    if size > names::MAX_STRING_BYTES {
        return Err(OutputError::String {
            what: what(),
            problem: "it has 128 KiB or more, which Linux does not pass to a process; make it a file"
                .to_owned(),
        });
    }
    Ok(())
}

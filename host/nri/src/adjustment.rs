//! Builds the changes to a container, and checks them.

use std::collections::BTreeSet;

use crate::api::{
    CdiDevice, ContainerAdjustment, Hooks, KeyValue, LinuxContainerAdjustment, Mount, PosixRlimit,
};

/// A change that a plugin must not ask for. The runtime would fail the creation with its own message, or do
/// something else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdjustmentError {
    /// The runtime treats two changes of one thing by one plugin as a conflict.
    #[error("{what} {key:?} is set twice")]
    Twice {
        /// The kind of thing: a variable, a mount, ...
        what: &'static str,
        /// Its key.
        key: String,
    },
    /// The key starts with "-", which marks a removal, or it breaks the container's specification.
    #[error("{what} {key:?} is not valid: {why}")]
    Impossible {
        /// The kind of thing: a variable, a mount, ...
        what: &'static str,
        /// Its key.
        key: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// The changes to a container that is being created. The creation fails if another plugin has set the same
/// thing already, unless this plugin removes and sets it (`replace_...`).
///
/// # Examples
/// ```
/// use podweave_nri::Adjustment;
///
/// let mut adjustment = Adjustment::default();
/// adjustment.env("GREETING", "hello")?;
/// // The runtime would take it for a conflict of the plugin with itself.
/// assert!(adjustment.env("GREETING", "goodbye").is_err());
/// # Ok::<(), podweave_nri::AdjustmentError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Adjustment {
    message: ContainerAdjustment,
    claimed: BTreeSet<(&'static str, String)>,
}

impl Adjustment {
    fn claim(
        &mut self,
        what: &'static str,
        key: &str,
        wrong: Option<&'static str>,
    ) -> Result<(), AdjustmentError> {
        let why = match key {
            "" => Some("it is empty"),
            key if key.starts_with('-') => Some("a leading \"-\" means removal"),
            key if key.contains('\0') => Some("it has a NUL"),
            _ => wrong,
        };
        if let Some(why) = why {
            return Err(AdjustmentError::Impossible {
                what,
                key: key.to_owned(),
                why,
            });
        }
        if self.claimed.insert((what, key.to_owned())) {
            Ok(())
        } else {
            Err(AdjustmentError::Twice {
                what,
                key: key.to_owned(),
            })
        }
    }

    fn claim_env(&mut self, key: &str, value: &str) -> Result<(), AdjustmentError> {
        let wrong = if key.contains('=') {
            Some("it has a \"=\"")
        } else {
            value.contains('\0').then_some("its value has a NUL")
        };
        self.claim("variable", key, wrong)
    }

    /// Sets a variable. Overrides one of the pod or the image.
    ///
    /// # Errors
    ///
    /// It was set or removed before, or is not a valid variable. The same holds for all following methods.
    pub fn env(&mut self, key: &str, value: &str) -> Result<&mut Self, AdjustmentError> {
        self.claim_env(key, value)?;
        self.message.env.push(KeyValue {
            key: key.to_owned(),
            value: value.to_owned(),
        });
        Ok(self)
    }

    /// Sets a variable. Overrides one of another plugin, too.
    ///
    /// # Errors
    ///
    /// See [`Adjustment::env`].
    pub fn replace_env(&mut self, key: &str, value: &str) -> Result<&mut Self, AdjustmentError> {
        self.claim_env(key, value)?;
        self.message.env.push(KeyValue {
            key: format!("-{key}"),
            value: String::new(),
        });
        self.message.env.push(KeyValue {
            key: key.to_owned(),
            value: value.to_owned(),
        });
        Ok(self)
    }

    /// Removes a variable of another plugin. One of the pod or the image stays: the runtime does not remove
    /// those.
    ///
    /// # Errors
    ///
    /// See [`Adjustment::env`].
    pub fn remove_env(&mut self, key: &str) -> Result<&mut Self, AdjustmentError> {
        self.claim_env(key, "")?;
        self.message.env.push(KeyValue {
            key: format!("-{key}"),
            value: String::new(),
        });
        Ok(self)
    }

    /// Adds a mount.
    ///
    /// # Errors
    ///
    /// See [`Adjustment::env`].
    pub fn mount(&mut self, mount: Mount) -> Result<&mut Self, AdjustmentError> {
        let wrong = (!mount.destination.starts_with('/')).then_some("it is not an absolute path");
        self.claim("mount", &mount.destination, wrong)?;
        self.message.mounts.push(mount);
        Ok(self)
    }

    /// Removes the mount at this place.
    ///
    /// # Errors
    ///
    /// See [`Adjustment::env`].
    pub fn remove_mount(&mut self, destination: &str) -> Result<&mut Self, AdjustmentError> {
        self.claim("mount", destination, None)?;
        self.message.mounts.push(Mount {
            destination: format!("-{destination}"),
            ..Mount::default()
        });
        Ok(self)
    }

    /// Sets the whole command line. Runtimes before NRI 0.10 ignore it silently: see
    /// [`crate::Runtime::require`].
    ///
    /// # Errors
    ///
    /// See [`Adjustment::env`].
    pub fn args(&mut self, args: Vec<String>) -> Result<&mut Self, AdjustmentError> {
        let wrong = match args.first().map(String::as_str) {
            None | Some("") => Some("it is empty"),
            _ => args
                .iter()
                .any(|arg| arg.contains('\0'))
                .then_some("an argument has a NUL"),
        };
        self.claim("command line", "args", wrong)?;
        self.message.args = args;
        Ok(self)
    }

    /// Sets the whole command line. Overrides that of another plugin, too: a leading "" means that on the
    /// wire.
    ///
    /// # Errors
    ///
    /// See [`Adjustment::env`].
    pub fn replace_args(&mut self, args: Vec<String>) -> Result<&mut Self, AdjustmentError> {
        self.args(args)?.message.args.insert(0, String::new());
        Ok(self)
    }

    /// Sets an annotation of the container.
    ///
    /// # Errors
    ///
    /// See [`Adjustment::env`].
    pub fn annotation(&mut self, key: &str, value: &str) -> Result<&mut Self, AdjustmentError> {
        self.claim("annotation", key, None)?;
        self.message.annotations.insert(key.to_owned(), value.to_owned());
        Ok(self)
    }

    /// Removes an annotation of the container.
    ///
    /// # Errors
    ///
    /// See [`Adjustment::env`].
    pub fn remove_annotation(&mut self, key: &str) -> Result<&mut Self, AdjustmentError> {
        self.claim("annotation", key, None)?;
        self.message.annotations.insert(format!("-{key}"), String::new());
        Ok(self)
    }

    /// Sets a resource limit.
    ///
    /// # Errors
    ///
    /// See [`Adjustment::env`].
    pub fn rlimit(&mut self, limit: PosixRlimit) -> Result<&mut Self, AdjustmentError> {
        self.claim("limit", &limit.r#type, None)?;
        self.message.rlimits.push(limit);
        Ok(self)
    }

    /// Adds a device by its CDI name.
    ///
    /// # Errors
    ///
    /// See [`Adjustment::env`].
    pub fn cdi_device(&mut self, name: &str) -> Result<&mut Self, AdjustmentError> {
        self.claim("CDI device", name, None)?;
        self.message.cdi_devices.push(CdiDevice {
            name: name.to_owned(),
        });
        Ok(self)
    }

    /// Returns the OCI hooks to add.
    pub fn hooks(&mut self) -> &mut Hooks {
        self.message.hooks.get_or_insert_default()
    }

    /// Returns the Linux-specific changes: devices, resources, namespaces. They are not checked.
    pub fn linux(&mut self) -> &mut LinuxContainerAdjustment {
        self.message.linux.get_or_insert_default()
    }

    /// Returns the changes so far, as the message that is sent.
    #[must_use]
    pub fn message(&self) -> &ContainerAdjustment {
        &self.message
    }

    /// Converts it to the message that is sent.
    #[must_use]
    pub fn into_message(self) -> ContainerAdjustment {
        self.message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_runtime_would_take_for_a_conflict_is_refused_at_once() {
        let mut adjustment = Adjustment::default();
        adjustment.env("A", "1").unwrap().annotation("a", "b").unwrap();
        let twice = adjustment.env("A", "2").unwrap_err().to_string();
        assert_eq!(twice, "variable \"A\" is set twice");
        assert!(
            adjustment.remove_env("A").is_err()
                && adjustment.replace_env("A", "2").is_err()
                && adjustment.remove_annotation("a").is_err()
        );
        assert!(
            adjustment
                .mount(Mount {
                    destination: "/a".into(),
                    ..Mount::default()
                })
                .is_ok()
                && adjustment.remove_mount("/a").is_err()
        );
        assert!(
            adjustment.args(vec!["a".into()]).is_ok() && adjustment.replace_args(vec!["b".into()]).is_err()
        );
        assert_eq!(adjustment.into_message().env.len(), 1);
    }

    #[test]
    fn what_means_something_else_on_the_wire_is_refused() {
        let mut adjustment = Adjustment::default();
        for key in ["", "-A", "A=B", "A\0"] {
            assert!(adjustment.env(key, "").is_err(), "{key:?}");
        }
        assert!(adjustment.env("A", "\0").is_err());
        assert!(
            adjustment
                .mount(Mount {
                    destination: "a".into(),
                    ..Mount::default()
                })
                .is_err()
        );
        assert!(adjustment.args(Vec::new()).is_err() && adjustment.args(vec![String::new()]).is_err());
        assert_eq!(adjustment.into_message(), ContainerAdjustment::default());
    }

    #[test]
    fn debug_shows_no_value() {
        let mut adjustment = Adjustment::default();
        adjustment
            .env("NAME", "hunter2")
            .unwrap()
            .args(vec!["hunter2".into()])
            .unwrap();
        let shown = format!("{adjustment:?} {:?}", adjustment.clone().into_message());
        assert!(shown.contains("NAME") && !shown.contains("hunter2"), "{shown}");
    }
}

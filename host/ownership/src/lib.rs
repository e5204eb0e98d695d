//! Checks that a file or a directory belongs to this user, and that other users cannot change it. podweave
//! executes and trusts only such files, in such directories.
//!
//! The checks take open files, because a path can lead to another file a moment later.

use std::os::fd::AsFd;

use rustix::fs::fstat;

/// The owner and the mode of a file or directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ownership {
    owner: u32,
    /// The mode without the bits for the kind of file.
    mode: u32,
}

/// Why a file or a directory does not belong to this user only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOurs {
    /// It belongs to another user.
    #[error("it belongs to user {owner}, and podweave runs as user {user}")]
    Owner {
        /// The owner.
        owner: u32,
        /// The user of this process.
        user: u32,
    },
    /// Others can write to it.
    #[error("others can write to it (mode {mode:04o})")]
    Writable {
        /// The mode of the file or directory.
        mode: u32,
    },
    /// Others can enter or read it.
    #[error("others can enter it (mode {mode:04o})")]
    Open {
        /// The mode of the file or directory.
        mode: u32,
    },
}

impl Ownership {
    /// Reads the ownership of an open file or directory.
    ///
    /// # Errors
    /// Those of the system.
    pub fn of(handle: impl AsFd) -> rustix::io::Result<Self> {
        let stat = fstat(handle)?;
        Ok(Self {
            owner: stat.st_uid,
            mode: stat.st_mode & 0o7777,
        })
    }

    /// Checks that it belongs to this process's user and that no other user can write to it.
    ///
    /// # Errors
    /// Why not.
    pub fn ours(self) -> Result<(), NotOurs> {
        let user = rustix::process::geteuid().as_raw();
        if self.owner != user {
            return Err(NotOurs::Owner {
                owner: self.owner,
                user,
            });
        }
        if self.mode & 0o022 != 0 {
            return Err(NotOurs::Writable { mode: self.mode });
        }
        Ok(())
    }

    /// Checks that it belongs to this process's user and that no other user can write, read or enter it.
    ///
    /// # Errors
    /// Why not.
    pub fn private(self) -> Result<(), NotOurs> {
        self.ours()?;
        if self.mode & 0o077 != 0 {
            Err(NotOurs::Open { mode: self.mode })
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn modes_that_let_others_write_or_enter_are_detected() {
        let directory = tempfile::tempdir().unwrap();
        let seen = |mode: u32| {
            fs::set_permissions(directory.path(), Permissions::from_mode(mode)).unwrap();
            let ownership = Ownership::of(File::open(directory.path()).unwrap()).unwrap();
            (ownership.ours(), ownership.private())
        };
        assert_eq!(seen(0o700), (Ok(()), Ok(())));
        assert_eq!(seen(0o755), (Ok(()), Err(NotOurs::Open { mode: 0o755 })));
        for mode in [0o770, 0o777, 0o1777, 0o702] {
            assert_eq!(
                seen(mode),
                (Err(NotOurs::Writable { mode }), Err(NotOurs::Writable { mode }))
            );
        }
    }

    #[test]
    fn a_directory_of_another_user_is_not_ours() {
        let user = rustix::process::geteuid().as_raw();
        let other = Ownership {
            owner: user + 1,
            mode: 0o700,
        };
        assert_eq!(
            other.ours(),
            Err(NotOurs::Owner {
                owner: user + 1,
                user
            })
        );
    }
}

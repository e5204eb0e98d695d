//! Labels files for SELinux: containers may read files of the type `container_file_t`, and the level `s0` is
//! below that of every container.

use std::io;
use std::os::fd::BorrowedFd;

use rustix::fs::{XattrFlags, fsetxattr};
use rustix::io::Errno;

use crate::directory::{Directory, DirectoryError};

const ATTRIBUTE: &str = "security.selinux";

const CONTEXT: &[u8] = b"system_u:object_r:container_file_t:s0\0";

/// The label of files, if the node needs one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Label {
    is_needed: bool,
}

impl Label {
    /// Finds out whether this node needs a label.
    pub fn of_this_node() -> Self {
        // The test that libselinux uses: the kernel has it, and a policy is loaded.
        let is_known = std::fs::read_to_string("/proc/filesystems")
            .is_ok_and(|list| list.lines().any(|line| line.ends_with("selinuxfs")));
        let own = std::fs::read_to_string("/proc/thread-self/attr/current").unwrap_or_default();
        let own = own.trim_end_matches(['\0', '\n']);
        Self {
            is_needed: is_known && !own.is_empty() && own != "kernel",
        }
    }

    pub fn put(self, directory: &Directory) -> Result<(), DirectoryError> {
        self.put_on(directory.handle())
            .map_err(|error| DirectoryError::new("label", directory.path().to_owned(), error))
    }

    pub fn put_on(self, handle: BorrowedFd<'_>) -> io::Result<()> {
        if !self.is_needed {
            return Ok(());
        }
        match fsetxattr(handle, ATTRIBUTE, CONTEXT, XattrFlags::empty()) {
            // The file system has no labels per file; its mount has one for all of them.
            Ok(()) | Err(Errno::NOTSUP) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

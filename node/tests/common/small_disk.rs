//! A disk that can be filled.

use std::{
    fs::{self, File},
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

/// A small disk of its own; none where this user may not mount one.
pub(crate) struct SmallDisk(pub(crate) PathBuf);

impl SmallDisk {
    pub(crate) fn new(within: &tempfile::TempDir, size: &str) -> Option<Self> {
        let folder = within.path().join("disk");
        fs::create_dir(&folder).expect("it can be done");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(&folder).stderr(Stdio::null()).status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(folder))
    }

    /// Leaves no room for a byte.
    pub(crate) fn fill(&self) {
        let mut file = File::options().create(true).append(true).open(self.0.join("filler")).expect("it can be done");
        while file.write_all(&[b'x'; 512]).is_ok() {}
        while file.write_all(b"x").is_ok() {}
    }

    pub(crate) fn make_room(&self) {
        fs::remove_file(self.0.join("filler")).expect("it can be done");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).stderr(Stdio::null()).status();
    }
}

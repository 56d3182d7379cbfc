//! Why the system refused something, as people read it.

use std::io::{Error, ErrorKind};

/// Says what was wrong, without the system's number for it, and without the names of files that only this program
/// knows (`tempfile` adds them).
pub(crate) fn reason(error: &Error) -> String {
    match error.kind() {
        ErrorKind::StorageFull => "the disk is full".into(),
        ErrorKind::AlreadyExists => "it is there already".into(),
        _ => [" at path ", " (os error"].iter().fold(error.to_string(), |text, rest| text.split(rest).next().unwrap_or_default().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_our_own_is_not_named() {
        let error = tempfile::NamedTempFile::new_in("/nowhere").unwrap_err();
        assert!(error.to_string().contains(".tmp"), "{error}");
        assert_eq!(reason(&error), "No such file or directory");
        assert_eq!(reason(&ErrorKind::AlreadyExists.into()), "it is there already");
    }
}

//! The lock of a key file: an `age` file with a passphrase.
//!
//! How much work it is to try a passphrase is fixed, and not measured: a folder that was locked on a fast machine must open
//! on a slow or busy one. 2^17 takes 128 MiB and about half a second on a usual machine, a few seconds on a small one, and
//! is the least that OWASP's *Password Storage Cheat Sheet* asks of scrypt. What is unlocked is bounded by 2^22, as in
//! `age` itself: files of earlier versions of this program, and of `age`, stay below it.

use super::PAIR_HINT;
use crate::api::Failure;
use age::{DecryptError, scrypt, secrecy::SecretString};
use folkmoot_protocol::limits;
use std::path::Path;
use zeroize::Zeroizing;

const MAGIC: &[u8] = b"age-encryption.org/";
pub(super) const MAGIC_BYTES: usize = MAGIC.len();
const WRONG_HINT: &str = "type it again, or correct FOLKMOOT_PASSPHRASE; nobody can recover a forgotten one, but another of your machines can take this one in anew (`folkmoot device pair` in a fresh folder)";

/// Whether the bytes of a key file, or their beginning, are locked.
pub(super) fn is_locked(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Locks a key.
pub(super) fn lock(secret: &[u8], passphrase: &SecretString) -> Result<Vec<u8>, Failure> {
    lock_with(secret, passphrase, limits::PASSPHRASE_WORK)
}

fn lock_with(secret: &[u8], passphrase: &SecretString, work: u8) -> Result<Vec<u8>, Failure> {
    let mut recipient = scrypt::Recipient::new(passphrase.clone());
    // Without this, it follows from how fast this machine is just now: a slower or busier one could not unlock it.
    recipient.set_work_factor(work);
    age::encrypt(&recipient, secret).map_err(|error| Failure::new("passphrase", error, "try again"))
}

/// Unlocks the key of a file.
pub(super) fn unlock(file: &Path, bytes: &[u8], passphrase: &SecretString) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut identity = scrypt::Identity::new(passphrase.clone());
    // Without this, it is what this machine manages just now: a busy one would refuse the right passphrase.
    identity.set_max_work_factor(limits::MOST_PASSPHRASE_WORK);
    age::decrypt(&identity, bytes).map(Zeroizing::new).map_err(|error| refusal(file, &error))
}

fn refusal(file: &Path, error: &DecryptError) -> Failure {
    let damaged = |what: &str| Failure::new("keys", format!("{} is damaged ({what})", file.display()), PAIR_HINT);
    match error {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => Failure::new("passphrase", "wrong passphrase", WRONG_HINT),
        DecryptError::ExcessiveWork { required, .. } => {
            let most = limits::MOST_PASSPHRASE_WORK;
            let error = format!("{} takes 2^{required} units of work to unlock, and at most 2^{most} are done for a passphrase", file.display());
            Failure::new("keys", error, "lock it anew with less: decrypt it with `age --decrypt`, and encrypt what that gives with `age --passphrase`")
        }
        DecryptError::NoMatchingKeys => {
            let error = format!("{} is locked by something else than a passphrase", file.display());
            Failure::new("keys", error, "decrypt it with `age --decrypt`, and encrypt what that gives with `age --passphrase`")
        }
        DecryptError::InvalidMac => damaged("its heading was changed"),
        DecryptError::InvalidHeader | DecryptError::UnknownFormat => damaged("its heading cannot be read"),
        DecryptError::Io(_) => damaged("it ends too early, or was changed"),
        other => damaged(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 32] = [7; 32];

    fn sesame() -> SecretString {
        "open sesame".to_owned().into()
    }

    fn unlocked(bytes: &[u8], passphrase: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
        unlock(Path::new("device.key"), bytes, &passphrase.to_owned().into())
    }

    /// The work factor stands in the heading: `-> scrypt SALT 17`.
    fn work_of(bytes: &[u8]) -> u8 {
        let heading = String::from_utf8_lossy(bytes);
        heading.lines().nth(1).unwrap().rsplit(' ').next().unwrap().parse().unwrap()
    }

    #[test]
    fn the_work_is_the_same_on_every_machine() {
        let locked = lock(&SECRET, &sesame()).unwrap();
        assert_eq!((is_locked(&locked), work_of(&locked)), (true, limits::PASSPHRASE_WORK));
        assert_eq!(*unlocked(&locked, "open sesame").unwrap(), SECRET);
    }

    #[test]
    fn what_takes_too_much_work_is_not_called_a_wrong_passphrase() {
        let mut locked = lock_with(&SECRET, &sesame(), 1).unwrap();
        let line_ends = |n: usize| locked.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(n).unwrap().0;
        let work = line_ends(1) - 1;
        locked.splice(work..=work, (limits::MOST_PASSPHRASE_WORK + 1).to_string().bytes());
        let refused = unlocked(&locked, "open sesame").unwrap_err();
        assert!(refused.code == "keys" && refused.error.contains("takes 2^23 units of work"), "{refused:?}");
    }

    #[test]
    fn a_wrong_passphrase_and_a_damaged_file_are_told_apart() {
        let locked = lock_with(&SECRET, &sesame(), 1).unwrap();
        assert_eq!(unlocked(&locked, "guess").unwrap_err().error, "wrong passphrase");
        let mut changed = locked.clone();
        *changed.last_mut().unwrap() ^= 1;
        for bad in [&changed[..], &locked[..locked.len() - 20], &locked[..40], b"age-encryption.org/v9\n", b"age-encryption.org/"] {
            let refused = unlocked(bad, "open sesame").unwrap_err();
            assert!(refused.code == "keys" && refused.error.starts_with("device.key is damaged"), "{refused:?}");
        }
    }
}

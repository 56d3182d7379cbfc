//! A device's key and its person's public statement, at rest in the data folder.
//!
//! The folder is for its owner alone (0700), the key file too (0600); wider permissions are refused. With a
//! passphrase the key file is an `age` file (scrypt), which the `age` tool can open too.

mod lock;

use crate::{api::Failure, durable, reason::reason, store};
use age::secrecy::SecretString;
use data_encoding::HEXLOWER;
use ed25519_dalek::SigningKey;
use folkmoot_protocol::{
    id::*,
    identity::{Grant, Joining, Pairing, PersonKey, SignatureBytes, Statement, device_of},
    limits, text,
};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

const KEY_FILE: &str = "device.key";
const IDENTITY_FILE: &str = "identity.json";
/// Stands beside keys whose recovery words nobody has seen yet.
const UNSHOWN_FILE: &str = "words.unshown";
/// The version of `identity.json` that this program writes.
const VERSION: u32 = 1;
const CHMOD_HINT: &str = "make it yours alone: chmod -R go-rwx";
const PAIR_HINT: &str = "put it back if you have a copy; else pair this machine anew as a further device: `folkmoot device pair` in a fresh folder (--data DIR), then `folkmoot device add` on another of yours";

/// This device's key with its person's public statement.
pub struct Keystore {
    key: SigningKey,
    identity: Identity,
}

/// What stands in `identity.json`: whose the key beside it is, and nothing secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Identity {
    version: u32,
    name: String,
    device: DeviceId,
    /// Of a first device: the person's statement and grant, in hex. A further device has none.
    person: Option<OwnPerson>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct OwnPerson {
    key: String,
    nonce: String,
    grant: String,
}

impl Identity {
    /// Whose keys a folder holds; no passphrase is needed to know that.
    pub(crate) fn of(folder: &Path) -> Result<Self, Failure> {
        check_keys(folder)?;
        Self::read(&folder.join(IDENTITY_FILE))
    }

    /// The device.
    pub(crate) fn device(&self) -> DeviceId {
        self.device
    }

    /// The name given when the keys were made: a person's, or a further device's.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The person whose first device this is; a further device learns its person from the hall.
    pub(crate) fn person(&self) -> Option<PersonId> {
        self.parts().map(|(statement, _)| statement.person())
    }

    fn parts(&self) -> Option<(Statement, Grant)> {
        let own = self.person.as_ref()?;
        let statement = Statement { key: unhex(&own.key)?.try_into().ok()?, nonce: unhex(&own.nonce)?.try_into().ok()? };
        let signature = SignatureBytes(unhex(&own.grant)?.try_into().ok()?);
        Some((statement, Grant { device: self.device, signature }))
    }

    fn read(path: &Path) -> Result<Self, Failure> {
        /// What every version of the file has.
        #[derive(Deserialize)]
        struct Any {
            version: u32,
        }
        if !path.exists() {
            return Err(Failure::new("keys", format!("{} is missing: it says whose the key beside it is", path.display()), PAIR_HINT));
        }
        let damaged = |error: serde_json::Error| Failure::new("keys", format!("{} is damaged ({error})", path.display()), PAIR_HINT);
        let bytes = read(path)?;
        match serde_json::from_slice(&bytes).map_err(damaged)? {
            Any { version: VERSION } => serde_json::from_slice(&bytes).map_err(damaged),
            Any { version } => {
                let error = format!("{} is of version {version}, and this program knows version {VERSION}", path.display());
                Err(Failure::new("version", error, "use the version of Folkmoot that wrote it, or a newer one"))
            }
        }
    }
}

impl OwnPerson {
    fn of(person: &PersonKey, device: DeviceId) -> Self {
        let (statement, grant) = (person.statement(), person.grant(device));
        Self { key: HEXLOWER.encode(&statement.key), nonce: HEXLOWER.encode(&statement.nonce), grant: HEXLOWER.encode(&grant.signature.0) }
    }
}

/// What `init` shows.
pub struct NewPerson {
    /// The person.
    pub person: PersonId,
    /// Their first device.
    pub device: DeviceId,
    /// The 24 recovery words, shown once and kept nowhere.
    pub words: Zeroizing<String>,
}

impl Keystore {
    /// Makes keys for a new person in a folder. `entropy`: 64 fresh random bytes.
    pub fn create_person(folder: &Path, name: &str, passphrase: Option<&SecretString>, entropy: [u8; 64]) -> Result<NewPerson, Failure> {
        let entropy = Zeroizing::new(entropy);
        let (person_entropy, device_entropy) = entropy.split_at(32);
        let person = PersonKey::from_entropy(person_entropy.try_into().expect("32 of 64 bytes"));
        let key = SigningKey::from_bytes(device_entropy.try_into().expect("32 of 64 bytes"));
        Self::create(folder, name, &key, Some(OwnPerson::of(&person, device_of(&key))), passphrase)?;
        Ok(NewPerson { person: person.statement().person(), device: device_of(&key), words: person.words() })
    }

    /// Keys that live in memory alone, for simulations. A person's first device.
    pub fn in_memory(name: &str, entropy: [u8; 64]) -> Self {
        let (person_entropy, device_entropy) = entropy.split_at(32);
        let person = PersonKey::from_entropy(person_entropy.try_into().expect("32 of 64 bytes"));
        let key = SigningKey::from_bytes(device_entropy.try_into().expect("32 of 64 bytes"));
        let identity = Identity { version: VERSION, name: name.into(), device: device_of(&key), person: Some(OwnPerson::of(&person, device_of(&key))) };
        Self { key, identity }
    }

    /// A further device's key that lives in memory alone, for simulations.
    pub fn in_memory_device(name: &str, entropy: [u8; 32]) -> Self {
        let key = SigningKey::from_bytes(&entropy);
        Self { identity: Identity { version: VERSION, name: name.into(), device: device_of(&key), person: None }, key }
    }

    /// Makes the key of a further device in a folder. `entropy`: 32 fresh random bytes.
    pub fn create_device(folder: &Path, name: &str, passphrase: Option<&SecretString>, entropy: [u8; 32]) -> Result<(), Failure> {
        Self::create(folder, name, &SigningKey::from_bytes(&entropy), None, passphrase)
    }

    fn create(folder: &Path, name: &str, key: &SigningKey, person: Option<OwnPerson>, passphrase: Option<&SecretString>) -> Result<(), Failure> {
        check_name(name)?;
        make_private_folder(folder)?;
        if !Self::is_unshown(folder) {
            Self::check_unused(folder)?;
        } else if Self::exists(folder) {
            return Err(Self::there_already(folder));
        }
        let secret = Zeroizing::new(key.to_bytes());
        let bytes = match passphrase {
            Some(passphrase) => lock::lock(secret.as_slice(), passphrase)?,
            None => HEXLOWER.encode(secret.as_slice()).into_bytes(),
        };
        let identity = Identity { version: VERSION, name: name.into(), device: device_of(key), person };
        let json = serde_json::to_vec_pretty(&identity).map_err(|error| Failure::new("identity", error, ""))?;
        write_private(&folder.join(IDENTITY_FILE), &json)?;
        write_private(&folder.join(KEY_FILE), &bytes)
    }

    /// Prepares a folder for keys whose recovery words will be shown. Keys of an attempt that ended before it
    /// showed them, and with which nothing was done, are taken away: nobody has their words.
    pub fn begin_showing(folder: &Path, name: &str) -> Result<(), Failure> {
        check_name(name)?;
        make_private_folder(folder)?;
        if Self::is_unshown(folder) && Self::exists(folder) {
            fs::remove_file(folder.join(KEY_FILE)).map_err(|error| failed(folder, "write in", &error))?;
        }
        match Self::exists(folder) {
            true => Err(Self::there_already(folder)),
            false => write_private(&folder.join(UNSHOWN_FILE), b""),
        }
    }

    /// The recovery words were shown: from here on the keys stay.
    pub fn end_showing(folder: &Path) -> Result<(), Failure> {
        fs::remove_file(folder.join(UNSHOWN_FILE)).map_err(|error| failed(folder, "write in", &error))
    }

    /// Whether a folder's keys, if it holds any, are those of an attempt that ended before it showed their words.
    pub fn is_unshown(folder: &Path) -> bool {
        folder.join(UNSHOWN_FILE).exists() && !store::exists(folder)
    }

    /// Keys are never overwritten.
    pub fn there_already(folder: &Path) -> Failure {
        Failure::new("exists", format!("{} already holds keys", folder.display()), "use another folder with --data; keys are never overwritten")
    }

    /// Whether a folder holds keys.
    pub fn exists(folder: &Path) -> bool {
        folder.join(KEY_FILE).exists()
    }

    /// Refuses a folder that holds somebody's keys, or what is left of their things.
    pub fn check_unused(folder: &Path) -> Result<(), Failure> {
        if Self::exists(folder) {
            return Err(Self::there_already(folder));
        }
        if is_used(folder) { Err(no_key(folder)) } else { Ok(()) }
    }

    /// Whether a folder's keys are those of a further device, which its owner has to take in.
    pub fn is_further(folder: &Path) -> bool {
        Identity::read(&folder.join(IDENTITY_FILE)).is_ok_and(|identity| identity.person.is_none())
    }

    /// Whether a folder's key needs a passphrase.
    pub fn is_locked(folder: &Path) -> bool {
        let mut start = [0; lock::MAGIC_BYTES];
        let read = fs::File::open(folder.join(KEY_FILE)).and_then(|mut file| file.read_exact(&mut start));
        read.is_ok() && lock::is_locked(&start)
    }

    /// Opens the keys of a folder.
    pub fn open(folder: &Path, passphrase: Option<&SecretString>) -> Result<Self, Failure> {
        check_keys(folder)?;
        let bytes = Zeroizing::new(read(&folder.join(KEY_FILE))?);
        let damaged = |what: &str| Failure::new("keys", format!("{} is damaged ({what})", folder.join(KEY_FILE).display()), PAIR_HINT);
        let secret = if lock::is_locked(&bytes) {
            let passphrase = passphrase
                .ok_or_else(|| Failure::new("passphrase", "these keys are locked with a passphrase", "type it when asked, or set FOLKMOOT_PASSPHRASE"))?;
            lock::unlock(&folder.join(KEY_FILE), &bytes, passphrase)?
        } else {
            Zeroizing::new(unhex(std::str::from_utf8(&bytes).unwrap_or("")).ok_or_else(|| damaged("not hexadecimal"))?)
        };
        let key = SigningKey::from_bytes(secret.as_slice().try_into().map_err(|_| damaged("wrong length"))?);
        let identity = Identity::read(&folder.join(IDENTITY_FILE))?;
        if identity.device != device_of(&key) {
            return Err(damaged(&format!("it is not the key of which {IDENTITY_FILE} speaks")));
        }
        // Whoever goes on with the keys has seen to the words.
        let _ = fs::remove_file(folder.join(UNSHOWN_FILE));
        Ok(Self { key, identity })
    }

    /// Whose it is.
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The device's key.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The device.
    pub fn device(&self) -> DeviceId {
        self.identity.device
    }

    /// The name given when the keys were made: a person's, or a further device's.
    pub fn name(&self) -> &str {
        &self.identity.name
    }

    /// The person whose first device this is; a further device learns its person from the hall.
    pub fn person(&self) -> Option<PersonId> {
        self.identity.person()
    }

    /// Consents to joining a co-op (zeros: founding one).
    pub fn joining(&self, coop: CoopId) -> Option<Joining> {
        let (statement, grant) = self.identity.parts()?;
        Some(Joining::sign(coop, statement, grant, self.identity.name.clone(), &self.key))
    }

    /// Offers this device to its owner's other one.
    pub fn pairing(&self) -> Pairing {
        Pairing::sign(self.identity.name.clone(), &self.key)
    }
}

/// Refuses a folder without a key, or in which others can look.
fn check_keys(folder: &Path) -> Result<(), Failure> {
    if !Keystore::exists(folder) {
        return Err(no_key(folder));
    }
    check_private(folder)?;
    check_private(&folder.join(KEY_FILE))
}

fn check_name(name: &str) -> Result<(), Failure> {
    text::check_line("the name", name, limits::NAME_CHARS).map_err(|error| Failure::new("name", error, "choose another name"))
}

/// Whether a folder holds something of a node's beside the key.
fn is_used(folder: &Path) -> bool {
    folder.join(IDENTITY_FILE).exists() || folder.join(store::FILE_NAME).exists()
}

/// How a folder comes into a co-op: that of a person, or of a further device.
pub fn way_in(further: bool) -> &'static str {
    match further {
        false => "found one (`folkmoot found NAME`) or join one (`folkmoot join TICKET`)",
        true => {
            "this is a further device: give its offer (`folkmoot device pair` shows it again) to `folkmoot device add` on the machine that you have, and `folkmoot join` here what that answers"
        }
    }
}

/// Why nothing can be done in a folder that belongs to no co-op. `lost`: it did belong to one, and its store is gone.
pub fn no_coop(lost: bool, further: bool) -> Failure {
    if lost {
        return Failure::new(
            "no-coop",
            "which co-op this folder belongs to was lost with its store",
            "enter it again with an invitation that has not expired (`folkmoot join TICKET`): your keys are here, so you stay who you are",
        );
    }
    Failure::new("no-coop", "this folder belongs to no co-op yet", way_in(further))
}

/// Why there is no key in a folder, and what to do.
pub fn no_key(folder: &Path) -> Failure {
    if is_used(folder) {
        return Failure::new("keys", format!("{KEY_FILE} is missing from {}, which is in use", folder.display()), PAIR_HINT);
    }
    let hint = "make them with `folkmoot init --name NAME`, or point to another folder with --data";
    Failure::new("no-keys", format!("{} holds no keys", folder.display()), hint)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    (text.len().is_multiple_of(2) && text.is_ascii()).then_some(())?;
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok()).collect()
}

fn failed(path: &Path, what: &str, error: &std::io::Error) -> Failure {
    let hint = match error.kind() {
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => "make the folder writable for you, or choose another with --data",
        std::io::ErrorKind::StorageFull => "free some space and try again",
        _ => "check the folder",
    };
    Failure::new("folder", format!("cannot {what} {}: {}", path.display(), reason(error)), hint)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| failed(path, "read", &error))
}

/// Makes a folder that only its owner can look into.
pub fn make_private_folder(folder: &Path) -> Result<(), Failure> {
    durable::create_folder(folder).map_err(|error| failed(folder, "make", &error))?;
    // An empty folder holds nothing that others might have been meant to see.
    let fresh = fs::read_dir(folder).map_err(|error| failed(folder, "read", &error))?.next().is_none();
    #[cfg(unix)]
    if fresh {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(|error| failed(folder, "protect", &error))?;
    }
    check_private(folder)
}

/// Refuses a folder or file that others can look into.
pub fn check_private(path: &Path) -> Result<(), Failure> {
    let metadata = fs::metadata(path).map_err(|error| failed(path, "read", &error))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(Failure::new("permissions", format!("{} is open to others (mode {mode:03o})", path.display()), CHMOD_HINT));
        }
    }
    let _ = metadata;
    Ok(())
}

/// Writes a file for its owner alone: whole or not at all, and for good.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let write = || -> std::io::Result<()> {
        let folder: PathBuf = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let mut file = tempfile::NamedTempFile::new_in(&folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        durable::sync_folder(&folder)
    };
    write().map_err(|error| failed(path, "write", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn keys_come_back_and_are_never_overwritten() {
        let folder = folder();
        let new = Keystore::create_person(folder.path(), "Alice", None, [7; 64]).unwrap();
        let keys = Keystore::open(folder.path(), None).unwrap();
        assert_eq!((keys.device(), keys.person()), (new.device, Some(new.person)));
        assert_eq!(Keystore::create_person(folder.path(), "Bob", None, [8; 64]).err().unwrap().code, "exists");
    }

    #[test]
    fn what_is_left_of_somebodys_things_is_not_overwritten() {
        let folder = folder();
        Keystore::create_person(folder.path(), "Alice", None, [7; 64]).unwrap();
        let identity = fs::read(folder.path().join(IDENTITY_FILE)).unwrap();
        fs::remove_file(folder.path().join(KEY_FILE)).unwrap();
        let refused = Keystore::create_person(folder.path(), "Eve", None, [8; 64]).err().unwrap();
        assert!(refused.error.contains("device.key is missing") && refused.hint.contains("device pair"), "{refused:?}");
        assert_eq!(Keystore::open(folder.path(), None).err(), Some(refused));
        assert_eq!(fs::read(folder.path().join(IDENTITY_FILE)).unwrap(), identity);
        // A store alone is somebody's too.
        fs::rename(folder.path().join(IDENTITY_FILE), folder.path().join(store::FILE_NAME)).unwrap();
        assert_eq!(Keystore::create_device(folder.path(), "laptop", None, [8; 32]).err().unwrap().code, "keys");
    }

    #[test]
    fn an_identity_that_is_missing_damaged_or_newer_is_blamed_itself() {
        let folder = folder();
        Keystore::create_person(folder.path(), "Alice", None, [7; 64]).unwrap();
        let path = folder.path().join(IDENTITY_FILE);
        let good = fs::read_to_string(&path).unwrap();
        let refused = |text: &str| {
            fs::write(&path, text).unwrap();
            let failure = Keystore::open(folder.path(), None).err().unwrap();
            assert!(failure.error.contains("identity.json") && !failure.error.contains("device.key"), "{failure:?}");
            failure
        };
        assert!(refused(&good[..40]).error.contains("damaged"));
        assert_eq!(refused(&good.replacen("\"version\": 1", "\"version\": 99", 1)).code, "version");
        assert_eq!(refused("{\"version\": 99}").code, "version", "whatever else a newer one says");
        fs::remove_file(&path).unwrap();
        assert!(Keystore::open(folder.path(), None).err().unwrap().error.contains("missing"));
    }

    #[test]
    fn a_passphrase_locks_them() {
        let folder = folder();
        let secret = SecretString::from("open sesame".to_owned());
        Keystore::create_person(folder.path(), "Alice", Some(&secret), [7; 64]).unwrap();
        assert!(Keystore::is_locked(folder.path()));
        assert_eq!(Keystore::open(folder.path(), None).err().unwrap().code, "passphrase");
        assert_eq!(Keystore::open(folder.path(), Some(&SecretString::from("guess".to_owned()))).err().unwrap().error, "wrong passphrase");
        assert!(Keystore::open(folder.path(), Some(&secret)).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn wider_permissions_are_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder();
        Keystore::create_person(folder.path(), "Alice", None, [7; 64]).unwrap();
        fs::set_permissions(folder.path().join(KEY_FILE), fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(Keystore::open(folder.path(), None).err().unwrap().code, "permissions");
    }
}

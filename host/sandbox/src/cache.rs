//! Compiled plugins on disk, and what else is known of what was compiled, from one start of a host to the next.
//!
//! What lies here is machine code, so only what this host wrote itself is read: the folder belongs to its user and
//! nobody else may write into it. A file is named by all that its content depends on, is written whole before it
//! gets its name, and carries its checksum; so two hosts may share a folder, and a torn file is no more than a miss.
//! What was not used for longest goes when there is too much.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use insula_domain::Digest;
use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::check::Checked;
use crate::contract::RELEASES;

/// What a file begins with. After it come the checksum of the rest; and of a plugin a line of what the contract check found,
/// and the machine code.
const MAGIC: &[u8] = b"insula compiled plugin 1\n";
const CHECKSUM: usize = 32;
/// What every file's name ends with.
const END: &str = "cwasm";

/// What the names of files begin with that are still being written; or were, by a host that was killed.
const UNFINISHED: &str = ".tmp";

/// The most that a folder holds: some hundred plugins. Who edits one makes another plugin at each build.
const LARGEST: u64 = 512 << 20;

/// How exactly it is known when a plugin was used last.
const USED: Duration = Duration::from_secs(3600);

/// A folder of compiled plugins. What is in it has passed the contract check.
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Opens the folder, making it where there is none. `None`, with a warning, where it cannot be trusted.
    pub(crate) fn open(folder: &Path) -> Option<Self> {
        match prepare(folder) {
            Ok(()) => Some(Self { folder: folder.to_owned() }),
            Err(reason) => {
                tracing::warn!(
                    folder = %folder.display(), %reason,
                    "compiled plugins are not kept: the folder must be the host's own, and only writable by it (chmod 700)"
                );
                None
            }
        }
    }

    /// The compiled plugin, if it is there and whole.
    pub(crate) fn read(&self, engine: &Engine, plugin: Digest) -> Option<(Checked, Component)> {
        let path = self.path(engine, &plugin.to_string());
        let bytes = fs::read(&path).ok()?;
        let rest = whole(&bytes)?;
        let (line, compiled) = rest.split_at_checked(rest.iter().position(|&byte| byte == b'\n')? + 1)?;
        let checked = parse(std::str::from_utf8(line).ok()?)?;
        #[expect(
            unsafe_code,
            reason = "machine code cannot be checked; this host wrote it, as the module says"
        )]
        // SAFETY: the bytes are those that `write` got from this engine's settings, by name and checksum, in a
        // folder into which nobody else can write.
        let component = unsafe { Component::deserialize(engine, compiled) };
        let component = component
            .inspect_err(
                |reason| tracing::warn!(%reason, "a compiled plugin cannot be used, so it is compiled again"),
            )
            .ok()?;
        mark_used(&path);
        Some((checked, component))
    }

    /// Keeps a compiled plugin. A host that cannot write compiles again the next time.
    pub(crate) fn write(&self, engine: &Engine, plugin: Digest, checked: &Checked, component: &Component) {
        let path = self.path(engine, &plugin.to_string());
        let written = component.serialize().map_err(io::Error::other).and_then(|compiled| {
            let line = format!("{} {}\n", checked.release.version, checked.imports.join(" "));
            self.replace(&path, &[line.as_bytes(), &compiled])
        });
        if let Err(reason) = written {
            tracing::warn!(path = %path.display(), %reason, "a compiled plugin could not be kept");
        }
    }

    /// What else is kept, if it is there and whole.
    pub(crate) fn kept(path: &Path) -> Option<Vec<u8>> {
        let bytes = fs::read(path).ok()?;
        let kept = whole(&bytes)?.to_vec();
        mark_used(path);
        Some(kept)
    }

    /// Keeps something else, in the place of what was kept before.
    pub(crate) fn keep(&self, path: &Path, bytes: &[u8]) {
        if let Err(reason) = self.replace(path, &[bytes]) {
            tracing::warn!(path = %path.display(), %reason, "what was compiled could not be kept");
        }
    }

    /// Writes a file, with its checksum.
    fn replace(&self, path: &Path, parts: &[&[u8]]) -> io::Result<()> {
        let checksum = parts.iter().fold(Sha256::new(), Sha256::chain_update).finalize();
        let head = [MAGIC, checksum.as_slice()];
        replace(path, head.iter().chain(parts))?;
        prune(&self.folder, LARGEST)
    }

    /// Where something is kept that depends on the engine.
    pub(crate) fn path(&self, engine: &Engine, what: &str) -> PathBuf {
        let mut key = Key(Sha256::new());
        engine.precompile_compatibility_hash().hash(&mut key);
        for release in RELEASES {
            release.wit.hash(&mut key);
        }
        self.folder.join(format!("{what}-{}.{END}", hex::encode(&key.0.finalize()[..8])))
    }
}

/// What a file holds, if it is as it was written.
fn whole(bytes: &[u8]) -> Option<&[u8]> {
    let (checksum, rest) = bytes.strip_prefix(MAGIC)?.split_at_checked(CHECKSUM)?;
    (checksum == Sha256::digest(rest).as_slice()).then_some(rest)
}

fn parse(line: &str) -> Option<Checked> {
    let mut words = line.split_whitespace();
    let version = words.next()?;
    let release = RELEASES.iter().find(|release| release.version == version)?;
    Some(Checked { release, imports: words.map(str::to_owned).collect() })
}

/// A hasher whose result does not change with the standard library.
struct Key(Sha256);

impl Hasher for Key {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    fn finish(&self) -> u64 {
        self.0.clone().finalize().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}

/// A folder in which no times can be set forgets the oldest instead of the least used: nothing more is lost.
fn mark_used(path: &Path) {
    let marked = fs::File::options().append(true).open(path).and_then(|file| {
        let before = file.metadata()?.modified()?;
        let age = before.elapsed().unwrap_or_default();
        if age > USED { file.set_modified(SystemTime::now()) } else { Ok(()) }
    });
    if let Err(reason) = marked {
        tracing::debug!(path = %path.display(), %reason, "when a compiled plugin was used is not kept");
    }
}

/// Removes what was not used for longest until the rest is no more than `largest` bytes. Another host may do the same.
fn prune(folder: &Path, largest: u64) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let Ok(found) = entry.metadata() else { continue };
        let modified = found.modified()?;
        if path.extension().is_some_and(|end| end == END) {
            files.push((modified, found.len(), path));
        } else if entry.file_name().to_string_lossy().starts_with(UNFINISHED)
            && modified.elapsed().is_ok_and(|age| age > USED)
        {
            remove(&path)?;
        }
    }
    files.sort();
    let mut held: u64 = files.iter().map(|(_, length, _)| length).sum();
    for (_, length, path) in files {
        if held <= largest {
            break;
        }
        remove(&path)?;
        held -= length;
    }
    Ok(())
}

/// Another host may have been faster.
fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path).or_else(|reason| match reason.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(reason),
    })
}

fn replace<'a>(path: &Path, parts: impl Iterator<Item = &'a &'a [u8]>) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.persist(path)?;
    Ok(())
}

#[cfg(unix)]
fn prepare(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt};

    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let found = fs::metadata(folder)?;
    if found.mode() & 0o022 != 0 {
        return Err(io::Error::other("others can write into it"));
    }
    // A file that was just made belongs to whom this host runs as.
    if tempfile::NamedTempFile::new_in(folder)?.as_file().metadata()?.uid() != found.uid() {
        return Err(io::Error::other("it belongs to somebody else"));
    }
    Ok(())
}

#[cfg(not(unix))]
fn prepare(folder: &Path) -> io::Result<()> {
    // Where there are no such modes, a user's own folders are closed to others by default.
    fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check;
    use insula_test_guests::guest;

    struct Fixture {
        folder: tempfile::TempDir,
        engine: Engine,
        plugin: Digest,
        cache: Cache,
    }

    impl Fixture {
        /// A cache that holds the good guest.
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let engine = Engine::default();
            let wasm = guest("good");
            let plugin = Digest::of(&wasm);
            let cache = Cache::open(folder.path()).unwrap();
            let component = Component::from_binary(&engine, &wasm).unwrap();
            cache.write(&engine, plugin, &check(&wasm).unwrap(), &component);
            Self { folder, engine, plugin, cache }
        }

        fn change(&self, change: impl FnOnce(&mut Vec<u8>)) -> bool {
            let path = self.cache.path(&self.engine, &self.plugin.to_string());
            let mut bytes = fs::read(&path).unwrap();
            change(&mut bytes);
            fs::write(&path, bytes).unwrap();
            self.cache.read(&self.engine, self.plugin).is_some()
        }
    }

    #[test]
    fn what_was_written_is_read_back() {
        let fixture = Fixture::new();
        let (checked, _) = fixture.cache.read(&fixture.engine, fixture.plugin).unwrap();
        assert_eq!(checked.release.version, "0.1.0");
        assert_eq!(checked.imports, check(&guest("good")).unwrap().imports);
        assert_eq!(fs::read_dir(&fixture.folder).unwrap().count(), 1, "no temporary file is left");
    }

    #[test]
    fn a_torn_a_changed_and_a_foreign_file_are_misses() {
        assert!(!Fixture::new().change(|bytes| bytes.truncate(bytes.len() / 2)));
        assert!(!Fixture::new().change(|bytes| *bytes.last_mut().unwrap() ^= 1));
        assert!(!Fixture::new().change(|bytes| bytes[MAGIC.len() + CHECKSUM] ^= 1));
        assert!(!Fixture::new().change(|bytes| *bytes = b"\x7fELF".to_vec()));
        assert!(!Fixture::new().change(Vec::clear));
        assert!(Fixture::new().change(|_| ()), "unchanged, it is there");
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let hours_ago = |hours: u64| SystemTime::now() - Duration::from_secs(3600 * hours);
        let make = |name: &str, hours: u64| {
            let file = fs::File::create(folder.path().join(name)).unwrap();
            file.set_len(10).unwrap();
            file.set_modified(hours_ago(hours)).unwrap();
        };
        for (name, hours) in
            [("a.cwasm", 2), ("b.cwasm", 9), ("c.cwasm", 5), ("notes", 99), (".tmpOld", 2), (".tmpNew", 0)]
        {
            make(name, hours);
        }
        mark_used(&folder.path().join("b.cwasm"));
        prune(folder.path(), 20).unwrap();
        let mut left: Vec<_> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".tmpNew", "a.cwasm", "b.cwasm", "notes"]);
    }

    #[test]
    fn another_engine_does_not_see_it() {
        let fixture = Fixture::new();
        let other = Engine::new(wasmtime::Config::new().consume_fuel(true)).unwrap();
        assert!(fixture.cache.read(&other, fixture.plugin).is_none());
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_others_can_write_is_not_used() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o770)).unwrap();
        assert!(Cache::open(folder.path()).is_none());
        let made = folder.path().join("new/and/deep");
        Cache::open(&made).unwrap();
        assert_eq!(fs::metadata(&made).unwrap().permissions().mode() & 0o777, 0o700);
    }
}

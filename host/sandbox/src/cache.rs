//! Compiled plugins on disk, from one start of a host to the next.
//!
//! What lies here is machine code, so only what this host wrote itself is read: the folder belongs to its user and
//! nobody else may write into it. A file is named by all that its content depends on, is written whole before it
//! gets its name, and carries its checksum; so two hosts may share a folder, and a torn file is no more than a miss.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use insula_domain::Digest;
use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::contract::RELEASES;

/// What a file begins with, before its checksum.
const MAGIC: &[u8] = b"insula compiled plugin 1\n";
const CHECKSUM: usize = 32;

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
    pub(crate) fn read(&self, engine: &Engine, plugin: Digest) -> Option<Component> {
        let bytes = fs::read(self.path(engine, plugin)).ok()?;
        let (checksum, compiled) = bytes.strip_prefix(MAGIC)?.split_at_checked(CHECKSUM)?;
        if checksum != Sha256::digest(compiled).as_slice() {
            return None;
        }
        #[expect(
            unsafe_code,
            reason = "machine code cannot be checked; this host wrote it, as the module says"
        )]
        // SAFETY: the bytes are those that `write` got from this engine's settings, by name and checksum, in a
        // folder into which nobody else can write.
        let component = unsafe { Component::deserialize(engine, compiled) };
        component.inspect_err(|reason| tracing::warn!(%reason, "a compiled plugin cannot be used")).ok()
    }

    /// Keeps a compiled plugin. A host that cannot write compiles again the next time.
    pub(crate) fn write(&self, engine: &Engine, plugin: Digest, component: &Component) {
        let path = self.path(engine, plugin);
        let written = component.serialize().map_err(|reason| reason.to_string()).and_then(|compiled| {
            replace(&path, &[MAGIC, Sha256::digest(&compiled).as_slice(), &compiled])
                .map_err(|reason| reason.to_string())
        });
        if let Err(reason) = written {
            tracing::warn!(path = %path.display(), %reason, "a compiled plugin could not be kept");
        }
    }

    fn path(&self, engine: &Engine, plugin: Digest) -> PathBuf {
        let mut key = Key(Sha256::new());
        engine.precompile_compatibility_hash().hash(&mut key);
        for release in RELEASES {
            release.wit.hash(&mut key);
        }
        self.folder.join(format!("{plugin}-{}.cwasm", hex::encode(&key.0.finalize()[..8])))
    }
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

fn replace(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
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

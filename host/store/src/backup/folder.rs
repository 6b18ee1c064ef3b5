//! The folder of backups: a record and, mostly, a file for each.
//!
//! A record is written last and goes last, so a backup is there whole or not at all. Whatever was killed in between leaves
//! files whose names say so, and which the next one removes.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::record::{Backup, BackupName};
use crate::error::StoreError;

/// How a record's file ends.
const RECORD: &str = ".backup.json";
/// How files end that are not finished: those of nobody else, who may use the folder as well.
const PARTIAL: &str = ".insula-partial";
/// What stands beside a file that is finished, until it has its record.
const NO_RECORD: &str = ".no-record.insula-partial";

/// The folder.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

/// Whoever has it may change the folder; it is let go when this is dropped, or the process ends.
#[derive(Debug)]
pub(super) struct Turn(#[expect(dead_code, reason = "it is locked for as long as it is open")] File);

/// Records by name, or why one cannot be read.
type Records = Vec<(BackupName, Result<Backup, String>)>;

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    /// Where a file is written before it has its name.
    pub(super) fn partial(&self, file: &str) -> PathBuf {
        self.0.join(format!("{file}{PARTIAL}"))
    }

    /// Makes the folder, waits until nobody else changes it, and clears away what was left unfinished.
    pub(super) fn turn(&self) -> Result<Turn, StoreError> {
        let make = || {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(&self.0)?;
            let lock = File::options().create(true).truncate(false).write(true).open(self.path(".lock"))?;
            lock.lock()?;
            Ok(lock)
        };
        let lock = make().map_err(|reason| cannot("write to the folder of backups", &self.0, &reason))?;
        self.clear().map_err(|reason| cannot("write to the folder of backups", &self.0, &reason))?;
        Ok(Turn(lock))
    }

    fn clear(&self) -> io::Result<()> {
        for name in self.names()? {
            if let Some(file) = name.strip_suffix(NO_RECORD)
                && let Some((backup, _)) = file.rsplit_once('.')
                && !self.path(&format!("{backup}{RECORD}")).exists()
                && self.path(file).exists()
            {
                fs::remove_file(self.path(file))?;
            }
            // SQLite may have left something beside one.
            let unfinished = ["", "-journal", "-wal", "-shm"]
                .iter()
                .any(|ending| name.strip_suffix(ending).is_some_and(|name| name.ends_with(PARTIAL)));
            if unfinished {
                fs::remove_file(self.path(&name))?;
            }
        }
        Ok(())
    }

    fn names(&self) -> io::Result<BTreeSet<String>> {
        match fs::read_dir(&self.0) {
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(reason) => Err(reason),
            Ok(entries) => entries
                .filter_map(|entry| entry.map(|entry| entry.file_name().into_string().ok()).transpose())
                .collect(),
        }
    }

    /// The records.
    pub(super) fn records(&self) -> Result<Records, StoreError> {
        let names = self.names().map_err(|reason| cannot("read the folder of backups", &self.0, &reason))?;
        let records = names.iter().filter_map(|file| {
            let name: BackupName = file.strip_suffix(RECORD)?.parse().ok()?;
            let record = self.record(&name, file);
            Some((name, record))
        });
        Ok(records.collect())
    }

    fn record(&self, name: &BackupName, file: &str) -> Result<Backup, String> {
        let text =
            fs::read(self.path(file)).map_err(|reason| format!("its record cannot be read: {reason}"))?;
        let backup: Backup =
            serde_json::from_slice(&text).map_err(|reason| format!("its record cannot be read: {reason}"))?;
        // What a record names is removed with it.
        let own = |file: &str| files(name).iter().any(|own| own == file);
        if backup.name != *name || !backup.form.file().is_none_or(own) {
            return Err("its record names what is not its own".to_owned());
        }
        Ok(backup)
    }

    /// Whether there is a record of this name.
    pub(super) fn has(&self, name: &BackupName) -> bool {
        self.path(&record_file(name)).exists()
    }

    /// Writes a record, in place of the one that may be there.
    pub(super) fn write(&self, backup: &Backup) -> Result<(), StoreError> {
        let file = record_file(&backup.name);
        let (partial, path) = (self.partial(&file), self.path(&file));
        let write = || {
            let text = serde_json::to_vec_pretty(backup)?;
            File::create(&partial)?.write_all(&text)?;
            self.finish(&partial, &path)?;
            match backup.form.file().map(|file| fs::remove_file(self.path(&format!("{file}{NO_RECORD}")))) {
                Some(Err(reason)) if reason.kind() != io::ErrorKind::NotFound => Err(reason),
                _ => Ok(()),
            }
        };
        write().map_err(|reason| cannot("write", &path, &reason))
    }

    /// Gives the file of a backup its name. It counts when its record is written.
    pub(super) fn place(&self, file: &str) -> io::Result<()> {
        File::create(self.path(&format!("{file}{NO_RECORD}")))?;
        self.finish(&self.partial(file), &self.path(file))
    }

    /// Gives a file that is complete its name, so that it is there whole after a crash as well.
    fn finish(&self, partial: &Path, path: &Path) -> io::Result<()> {
        File::open(partial)?.sync_all()?;
        fs::rename(partial, path)?;
        File::open(&self.0)?.sync_all()
    }

    /// Removes a backup's file and its record.
    pub(super) fn remove(&self, name: &BackupName) -> Result<(), StoreError> {
        for file in files(name).into_iter().chain([record_file(name)]) {
            let path = self.path(&file);
            match fs::remove_file(&path) {
                Err(reason) if reason.kind() != io::ErrorKind::NotFound => {
                    return Err(cannot("remove", &path, &reason));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// What a backup's file is called: a copy of SQLite's, or what `pg_dump` wrote.
fn files(name: &BackupName) -> [String; 2] {
    [".db", ".dump"].map(|ending| format!("{name}{ending}"))
}

fn record_file(name: &BackupName) -> String {
    format!("{name}{RECORD}")
}

/// The SHA-256 of a file, in hexadecimal, and its length.
pub(super) fn checksum(path: &Path) -> io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut length = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            let hash = hash.finalize();
            return Ok((hash.iter().map(|byte| format!("{byte:02x}")).collect(), length));
        }
        hash.update(&buffer[..read]);
        length += read as u64;
    }
}

/// A file or folder that cannot be used.
pub(crate) fn cannot(what: &str, path: &Path, reason: &io::Error) -> StoreError {
    StoreError::Backup { problem: format!("cannot {what} {}: {reason}", path.display()) }
}

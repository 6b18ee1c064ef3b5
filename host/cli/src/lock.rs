//! The lock file: which plugin each version of a scenario is, so that everybody who adds it gets the same one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::failure::{Exit, Failure};
use crate::generated;

/// The form of the file.
const FORM: u32 = 1;

/// A lock file.
#[derive(Clone, Debug)]
pub struct Lock {
    path: PathBuf,
    content: Content,
    changed: bool,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    /// The form of the file.
    insula_lock: u32,
    scenarios: Vec<Locked>,
}

/// A version of a scenario, and which plugin it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    pub name: String,
    pub version: String,
    /// The SHA-256 of the component.
    pub digest: String,
    /// The path or address that it was added from.
    pub from: String,
}

/// What to do about what the file does not have, or has otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// What is new goes into the file, and what differs is refused.
    Keep,
    /// What is new is refused as well.
    Locked,
    /// What is new and what differs goes into the file.
    Update,
}

impl Lock {
    /// Reads the file, where there is one.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let unusable = |reason: &(dyn std::error::Error + 'static)| {
            Failure::because(Exit::Usage, format!("the lock file {} cannot be used", path.display()), reason)
        };
        let content = match fs::read(path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|reason| unusable(&reason))?,
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => {
                Content { insula_lock: FORM, ..Content::default() }
            }
            Err(reason) => return Err(unusable(&reason)),
        };
        if content.insula_lock != FORM {
            let what = format!("the lock file {} is of a form that is not known here", path.display());
            return Err(Failure::new(Exit::Usage, what).mend("use the Insula that wrote it, or a newer one"));
        }
        Ok(Self { path: path.to_owned(), content, changed: false })
    }

    /// What it has.
    pub fn scenarios(&self) -> &[Locked] {
        &self.content.scenarios
    }

    /// Takes a plugin down, or refuses it.
    pub fn take(&mut self, plugin: Locked, policy: Policy) -> Result<(), Failure> {
        let Locked { name, version, digest, .. } = &plugin;
        let shown = self.path.display();
        let place =
            self.content.scenarios.iter().position(|known| (&known.name, &known.version) == (name, version));
        match (place, policy) {
            (Some(place), _) if self.content.scenarios[place].digest == *digest => return Ok(()),
            (Some(place), Policy::Update) => self.content.scenarios[place] = plugin,
            (None, Policy::Keep | Policy::Update) => self.content.scenarios.push(plugin),
            (Some(place), _) => {
                let known = &self.content.scenarios[place];
                let what = format!(
                    "{name} {version} is not the plugin that {shown} has: it has the digest {digest}, and there stands \
                     {} (from {})",
                    known.digest, known.from
                );
                return Err(Failure::new(Exit::Failed, what)
                    .mend("raise the version; or, if you trust it, say so with --update"));
            }
            (None, Policy::Locked) => {
                let what = format!("{name} {version} is not in {shown}, and --locked takes nothing else");
                return Err(Failure::new(Exit::Failed, what)
                    .mend("add it without --locked, and commit the lock file"));
            }
        }
        self.changed = true;
        Ok(())
    }

    /// Takes a version out.
    pub fn forget(&mut self, name: &str, version: &str) {
        let before = self.content.scenarios.len();
        self.content
            .scenarios
            .retain(|known| (known.name.as_str(), known.version.as_str()) != (name, version));
        self.changed |= self.content.scenarios.len() != before;
    }

    /// Writes the file, whole or not at all; not where nothing has changed.
    pub fn write(mut self) -> Result<(), Failure> {
        if !self.changed {
            return Ok(());
        }
        self.content
            .scenarios
            .sort_by(|one, other| (&one.name, &one.version).cmp(&(&other.name, &other.version)));
        let replace = || {
            let mut text = serde_json::to_vec_pretty(&self.content)?;
            text.push(b'\n');
            generated::replace(&self.path, &text)
        };
        replace().map_err(|reason: io::Error| {
            Failure::because(
                Exit::Failed,
                format!("cannot write the lock file {}", self.path.display()),
                &reason,
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(version: &str, digest: &str) -> Locked {
        Locked {
            name: "ward".to_owned(),
            version: version.to_owned(),
            digest: digest.to_owned(),
            from: "ward.wasm".to_owned(),
        }
    }

    #[test]
    fn what_differs_is_refused_until_somebody_says_that_it_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("insula.lock");
        let mut lock = Lock::read(&path).unwrap();
        assert!(lock.take(plugin("1.0.0", "a"), Policy::Locked).is_err());
        lock.take(plugin("1.0.0", "a"), Policy::Keep).unwrap();
        lock.write().unwrap();

        let mut lock = Lock::read(&path).unwrap();
        lock.take(plugin("1.0.0", "a"), Policy::Locked).unwrap();
        for policy in [Policy::Keep, Policy::Locked] {
            let failure = lock.take(plugin("1.0.0", "b"), policy).unwrap_err().to_text();
            assert!(failure.contains("--update") && failure.contains("ward.wasm"), "{failure}");
        }
        lock.take(plugin("1.0.0", "b"), Policy::Update).unwrap();
        lock.take(plugin("0.9.0", "c"), Policy::Keep).unwrap();
        lock.write().unwrap();
        assert_eq!(Lock::read(&path).unwrap().scenarios(), [plugin("0.9.0", "c"), plugin("1.0.0", "b")]);

        let mut lock = Lock::read(&path).unwrap();
        lock.forget("ward", "0.9.0");
        lock.write().unwrap();
        assert_eq!(Lock::read(&path).unwrap().scenarios(), [plugin("1.0.0", "b")]);
    }

    #[test]
    fn a_file_of_another_form_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("insula.lock");
        for text in ["", "{}", r#"{"insula_lock": 2, "scenarios": []}"#] {
            fs::write(&path, text).unwrap();
            assert_eq!(Lock::read(&path).unwrap_err().exit, Exit::Usage, "{text}");
        }
    }
}

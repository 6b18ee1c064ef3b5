//! Which backup a restore takes, and what is said of those that it does not.

use super::{Backup, BackupName, Backups, ListedBackup, PassedOver, Reason, blocking};
use crate::error::StoreError;

/// What there is to restore.
pub(super) struct Choice {
    /// Those that a restore may take, in the order in which it tries them.
    pub candidates: Vec<Backup>,
    /// Those that it cannot take, and that are of this database, or may be.
    pub passed_over: Vec<PassedOver>,
    /// Those that it takes only by their names.
    pub others: Vec<PassedOver>,
}

impl Backups {
    /// Of those listed, the one that a restore takes where none is named: the last good one of this database.
    pub fn last_good<'a>(&self, listed: &'a [ListedBackup]) -> Option<&'a Backup> {
        let mut good = listed.iter().filter(|listed| listed.good).filter_map(|listed| listed.backup.as_ref());
        good.find(|backup| self.is_candidate(backup))
    }

    /// Whether a restore takes it that was not told which. Those that another restore took, of what it replaced, it does not.
    fn is_candidate(&self, backup: &Backup) -> bool {
        backup.database == self.database && backup.reason != Reason::Before
    }

    /// What is known of a backup.
    ///
    /// # Errors
    /// When there is none of that name, or its record is damaged.
    pub async fn find(&self, name: &BackupName) -> Result<Backup, StoreError> {
        let folder = self.folder.clone();
        let records = blocking(move || folder.records()).await?;
        match records.into_iter().find(|(found, _)| found == name) {
            Some((_, Ok(backup))) => Ok(backup),
            Some((name, Err(problem))) => Err(StoreError::DamagedBackup { name, problem }),
            None => Err(StoreError::NoBackup { what: format!("called {name}") }),
        }
    }

    /// The backup that a restore would take: the last good one of this database, unless it is named.
    ///
    /// # Errors
    /// When there is none, or the named one is damaged.
    pub async fn choose(&self, name: Option<&BackupName>) -> Result<Backup, StoreError> {
        let choice = self.choice(name).await?;
        match choice.candidates.first() {
            Some(backup) => Ok(backup.clone()),
            None => Err(self.none(&choice.nothing(), false)),
        }
    }

    /// What there is to restore.
    pub(super) async fn choice(&self, name: Option<&BackupName>) -> Result<Choice, StoreError> {
        let (mut candidates, mut passed_over, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for ListedBackup { name: found, problem, backup, .. } in self.list().await? {
            if let Some(name) = name {
                match (problem, backup) {
                    _ if *name != found => {}
                    (Some(problem), _) => return Err(StoreError::DamagedBackup { name: found, problem }),
                    (None, backup) => candidates.extend(backup),
                }
                continue;
            }
            // One whose record cannot be read may be of this database.
            let is_other = backup.as_ref().is_some_and(|backup| !self.is_candidate(backup));
            match (problem, backup) {
                (Some(problem), _) => {
                    let passed = PassedOver { name: found, good: false, problem };
                    if is_other { &mut others } else { &mut passed_over }.push(passed);
                }
                (None, Some(backup)) if is_other => {
                    let problem = if backup.database == self.database {
                        "it is what a restore replaced".to_owned()
                    } else {
                        format!("it is of {}", backup.database)
                    };
                    others.push(PassedOver { name: found, good: true, problem });
                }
                (None, backup) => candidates.extend(backup),
            }
        }
        match name {
            Some(name) if candidates.is_empty() => {
                Err(StoreError::NoBackup { what: format!("called {name}") })
            }
            _ => Ok(Choice { candidates, passed_over, others }),
        }
    }

    /// That there is no backup to restore, and which there are else.
    pub(super) fn none(&self, passed_over: &[PassedOver], sound: bool) -> StoreError {
        const SHOWN: usize = 5;
        let mut what = format!("of {} that is good", self.database);
        if sound {
            what.push_str(", and the database is sound: it stays as it is");
        }
        let mut some: Vec<String> = passed_over
            .iter()
            .take(SHOWN)
            .map(|PassedOver { name, good, problem }| match good {
                true => format!("{name}: {problem}, and `insula restore {name} --yes` restores it"),
                false => format!("{name} is damaged: {problem}"),
            })
            .collect();
        if passed_over.len() > SHOWN {
            some.push("…".to_owned());
        }
        if !some.is_empty() {
            what.push_str(&format!(" ({})", some.join("; ")));
        }
        StoreError::NoBackup { what }
    }
}

impl Choice {
    /// Goes on without a backup that turned out to be damaged.
    pub(super) fn pass_over(&mut self, backup: Backup, problem: String) {
        self.passed_over.push(PassedOver { name: backup.name, good: false, problem });
    }

    /// What is to be said where nothing can be restored: what can be by its name comes first.
    pub(super) fn nothing(self) -> Vec<PassedOver> {
        let mut passed_over = self.passed_over;
        passed_over.extend(self.others);
        passed_over.sort_by_key(|passed| !passed.good);
        passed_over
    }
}

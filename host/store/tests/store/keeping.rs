//! Backups that are too many, and those that nobody wants any more.

use std::fs;

use insula_store::{Backup, BackupName, NewBackup, Reason, Restore, StoreError};

use crate::backup::{Kept, file, last_good, named};
use crate::support::{Place, both};

both!(
    old_backups_go_but_never_the_last_good_one,
    a_backup_that_somebody_named_stays,
    one_that_is_not_wanted_goes_and_leaves_the_others,
    one_that_is_damaged_goes_too,
    what_a_session_will_restore_stays,
);

/// The files of all backups that are not of restores.
fn files(kept: &Kept) -> Vec<String> {
    let names = fs::read_dir(kept.folder.path()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.starts_with("before-") && name != ".lock").collect()
}

async fn old_backups_go_but_never_the_last_good_one(place: Place) {
    let kept = Kept::of(&place);
    let store = kept.open().await;
    let backups = store.backups().unwrap();
    let take = async |keep| backups.take(NewBackup { keep, ..NewBackup::default() }).await.unwrap();
    let session = NewBackup { reason: Reason::Session, ..NewBackup::default() };
    let session = backups.take(session).await.unwrap();
    take(2).await;
    let (b, c) = (take(2).await, take(2).await);
    let names = async || {
        let listed = backups.list().await.unwrap();
        listed.into_iter().map(|listed| listed.name).collect::<Vec<_>>()
    };
    let left = [c.name.clone(), b.name.clone(), session.name.clone()];
    assert_eq!(names().await, left, "a session that has not ended needs its own");
    let ended = backups.end_session(session).await.unwrap();
    assert!(ended.ended_at.is_some());
    fs::write(file(&kept, &c).unwrap(), "gone").unwrap();
    // Restores keep what was there before; that does not count.
    backups.restore(Restore::of(b.name, "a test")).await.unwrap();
    let d = take(1).await;
    assert_eq!(names().await.first(), Some(&d.name));
    fs::remove_file(file(&kept, &d).unwrap()).unwrap();
    let last = take(1).await;
    fs::remove_file(file(&kept, &last).unwrap()).unwrap();
    backups.restore(last_good()).await.unwrap_err();
    assert_eq!(files(&kept), [format!("{}.backup.json", last.name)], "nothing else is left over");
}

async fn a_backup_that_somebody_named_stays(place: Place) {
    let kept = Kept::of(&place);
    let backups = kept.open().await.backups().unwrap();
    backups.take(NewBackup { keep: 1, ..named("golden") }).await.unwrap();
    let mut sessions = Vec::new();
    for _ in 0..3 {
        let session = NewBackup { reason: Reason::Session, keep: 2, ..NewBackup::default() };
        sessions.insert(0, backups.end_session(backups.take(session).await.unwrap()).await.unwrap().name);
    }
    // It takes the place of none either.
    let other = backups.take(NewBackup { keep: 2, ..named("other") }).await.unwrap().name;
    let listed = backups.list().await.unwrap();
    let names: Vec<_> = listed.into_iter().map(|listed| listed.name).collect();
    assert_eq!(names, [other, sessions[0].clone(), sessions[1].clone(), "golden".parse().unwrap()]);
}

async fn one_that_is_not_wanted_goes_and_leaves_the_others(place: Place) {
    let kept = Kept::of(&place);
    let backups = kept.open().await.backups().unwrap();
    let mine = backups.take(named("mine")).await.unwrap();
    // Its files begin with the same letters.
    let other = backups.take(named("mine.2")).await.unwrap();
    assert_eq!(backups.remove(&mine.name).await.unwrap().as_ref(), Some(&mine));
    assert!(matches!(backups.find(&mine.name).await, Err(StoreError::NoBackup { .. })));
    assert_eq!(files(&kept).len(), 2, "{:?}", files(&kept));
    backups.restore(Restore::of(other.name, "a test")).await.unwrap();
    let again = backups.remove(&mine.name).await.unwrap_err();
    assert!(matches!(again, StoreError::NoBackup { .. }), "{again}");
    backups.take(named("mine")).await.unwrap();
}

async fn one_that_is_damaged_goes_too(place: Place) {
    let kept = Kept::of(&place);
    let backups = kept.open().await.backups().unwrap();
    let names: Vec<BackupName> = ["no-record", "foreign", "gone"].map(|name| name.parse().unwrap()).into();
    let mut taken: Vec<Backup> = Vec::new();
    for name in ["stays", "no-record", "foreign", "gone"] {
        taken.push(backups.take(named(name)).await.unwrap());
    }
    fs::write(kept.path("no-record.backup.json"), "{").unwrap();
    // It must not take the file of another one along.
    let stays = taken[0].form.clone();
    kept.rewrite("foreign", |record| record["file"] = serde_json::to_value(&stays).unwrap()["file"].clone());
    fs::remove_file(file(&kept, &taken[3]).unwrap()).unwrap();
    for (name, known) in names.iter().zip([false, false, true]) {
        assert_eq!(backups.remove(name).await.unwrap().is_some(), known, "{name}");
    }
    let listed = backups.list().await.unwrap();
    assert!(matches!(&listed[..], [one] if one.good && one.name == taken[0].name), "{listed:?}");
    assert_eq!(files(&kept).len(), 2, "nothing of the others is left: {:?}", files(&kept));
}

async fn what_a_session_will_restore_stays(place: Place) {
    let kept = Kept::of(&place);
    let backups = kept.open().await.backups().unwrap();
    let session = NewBackup { reason: Reason::Session, ..NewBackup::default() };
    let session = backups.take(session).await.unwrap();
    let refused = backups.remove(&session.name).await.unwrap_err();
    let way = format!("insula session end {}", session.name);
    assert!(refused.to_string().contains(&way), "{refused}");
    assert_eq!(backups.find(&session.name).await.unwrap(), session);
    let ended = backups.end_session(session).await.unwrap();
    assert_eq!(backups.remove(&ended.name).await.unwrap(), Some(ended));
    assert!(files(&kept).is_empty());
}

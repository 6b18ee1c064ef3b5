//! Drafts to commit, and stores to commit them to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use insula_domain::{
    Allocation, AnyHandle, AppointmentType, Cents, Clinic, Defaults, Draft, DraftLimits, Every, Gender,
    Handle, LocalTime, NewAppointment, NewAppointmentType, NewAvailability, NewBillingScenario, NewClinic,
    NewMembership, NewOffering, NewPatient, NewResource, NewResourceRequirement, NewResourceType, NewSeries,
    NewServiceTypeGroup, NewTimeOff, NewUser, Object, Patient, PatientCreator, Role, Setup, Subscription,
    User, Weekday,
};
use insula_store::{Commit, Ending, NewIsland, NewKey, NewRun, Removal, Store, StoreConfig, StoreError};
use jiff::Timestamp;
use jiff::civil::{Date, Time, date, time};
use serde_json::json;

/// What a clinic with one practitioner has.
#[derive(Clone, Copy)]
pub struct Standard {
    pub clinic: Handle<Clinic>,
    pub practitioner: Handle<User>,
    pub appointment_type: Handle<AppointmentType>,
    pub patient: Handle<Patient>,
}

pub fn empty() -> Draft {
    static SETUP: OnceLock<Arc<Setup>> = OnceLock::new();
    let setup = SETUP.get_or_init(|| Arc::new(Setup::builtin(Defaults::default()).unwrap()));
    Draft::new(Arc::clone(setup), DraftLimits::default())
}

/// A draft that adds to an island.
pub fn onto(island: insula_domain::Island) -> Draft {
    let setup = Arc::new(Setup::builtin(Defaults::default()).unwrap());
    Draft::onto(setup, DraftLimits::default(), island).unwrap()
}

pub fn clinic(draft: &mut Draft, name: &str) -> Handle<Clinic> {
    let new = NewClinic { time_zone: Some("Europe/Berlin".to_owned()), ..NewClinic::named(name) };
    draft.create_clinic(new).unwrap()
}

pub fn member(draft: &mut Draft, clinic: Handle<Clinic>, name: &str, roles: &[Role]) -> Handle<User> {
    let email = Some(format!("{name}@example.test"));
    let user = draft.create_user(NewUser { email, subject: None }).unwrap();
    let new = NewMembership {
        clinic,
        user,
        roles: roles.to_vec(),
        full_name: name.to_owned(),
        title: None,
        is_active: None,
        settings: None,
    };
    draft.create_membership(new).unwrap();
    user
}

pub fn appointment_type(draft: &mut Draft, clinic: Handle<Clinic>, name: &str) -> Handle<AppointmentType> {
    let new = NewAppointmentType {
        clinic,
        name: name.to_owned(),
        duration_minutes: 30,
        buffer_minutes: None,
        group: None,
        receipt_name: None,
        description: None,
        display_order: None,
        bookable_by_new_patients: None,
        bookable_by_existing_patients: None,
        patient_chooses_practitioner: None,
        confirmation_message: None,
        reminder_message: None,
    };
    draft.create_appointment_type(new).unwrap()
}

pub fn patient(draft: &mut Draft, clinic: Handle<Clinic>, name: &str) -> Handle<Patient> {
    let new = new_patient(clinic, name, Vec::new());
    draft.create_patients([new]).unwrap()[0]
}

pub fn new_patient(
    clinic: Handle<Clinic>,
    name: &str,
    assigned_practitioners: Vec<Handle<User>>,
) -> NewPatient {
    NewPatient {
        clinic,
        full_name: name.to_owned(),
        phone: Some("+49 30 1234".to_owned()),
        email: None,
        birthday: None,
        gender: None,
        notes: None,
        created_by: None,
        assigned_practitioners,
    }
}

pub fn at(of: Standard, date: Date, start: Time) -> NewAppointment {
    NewAppointment {
        clinic: of.clinic,
        practitioner: of.practitioner,
        patient: of.patient,
        appointment_type: of.appointment_type,
        starts: LocalTime::new(date, start),
        minutes: None,
        status: None,
        notes: None,
        clinic_notes: None,
        is_auto_assigned: false,
        resources: Allocation::Automatic,
        allow_overlap: false,
    }
}

/// Ends an island.
pub async fn end(store: &Store, island: insula_domain::IslandId) -> Result<Removal, StoreError> {
    let ending = Ending { island, actor: "a test".into(), overdue_only: false };
    Ok(store.end(ending).await?.unwrap())
}

/// One clinic, an admin, a practitioner who works and offers something, and a patient: 13 rows.
pub fn standard(draft: &mut Draft) -> Standard {
    let clinic = clinic(draft, "Northside");
    member(draft, clinic, "admin", &[Role::Admin]);
    let practitioner = member(draft, clinic, "practitioner", &[Role::Practitioner]);
    let appointment_type = appointment_type(draft, clinic, "Consultation");
    draft.create_offerings([NewOffering { practitioner, appointment_type }]).unwrap();
    let hours = Weekday::ALL[..5].iter().map(|&day_of_week| NewAvailability {
        practitioner,
        clinic,
        day_of_week,
        start_time: time(9, 0, 0, 0),
        end_time: time(17, 0, 0, 0),
    });
    draft.create_availabilities(hours).unwrap();
    let patient = patient(draft, clinic, "Anna Schmidt");
    Standard { clinic, practitioner, appointment_type, patient }
}

/// The same with so many appointments.
pub fn busy(draft: &mut Draft, appointments: u32) -> Standard {
    let standard = standard(draft);
    let news = (0..appointments).map(|number| {
        let day = date(2026, 1, 5).checked_add(jiff::Span::new().days(i64::from(number / 16))).unwrap();
        let slot = i8::try_from(number % 16).unwrap();
        at(standard, day, time(9 + slot / 2, slot % 2 * 30, 0, 0))
    });
    draft.create_appointments(news).unwrap();
    standard
}

/// Something of every kind, with every field filled in and lists of references.
pub fn full(draft: &mut Draft) -> Standard {
    let object = |value: serde_json::Value| Some(Object(value.as_object().unwrap().clone()));
    let clinic = draft
        .create_clinic(NewClinic {
            name: "北區診所 \"Nord\"".to_owned(),
            time_zone: Some("Asia/Taipei".to_owned()),
            locale: Some("zh-TW".to_owned()),
            address: Some("1 Main St\n'; DROP TABLE users; --".to_owned()),
            phone: Some("+886 2 1234".to_owned()),
            settings: object(json!({ "z": [1, 2.5, null], "a": { "deep": true }, "ü": "\u{1f600}" })),
            subscription_status: Some(Subscription::PastDue),
            is_active: Some(false),
        })
        .unwrap();
    let practitioner = member(draft, clinic, "doctor", &[Role::Practitioner, Role::Admin]);
    let other = member(draft, clinic, "nurse", &[Role::Practitioner]);
    let group = NewServiceTypeGroup { clinic, name: "Surgery".to_owned(), display_order: Some(3) };
    let group = draft.create_service_type_group(group).unwrap();
    let appointment_type = draft
        .create_appointment_type(NewAppointmentType {
            clinic,
            name: "Extraction".to_owned(),
            duration_minutes: 45,
            buffer_minutes: Some(15),
            group: Some(group),
            receipt_name: Some("EXT".to_owned()),
            description: Some(String::new()),
            display_order: Some(7),
            bookable_by_new_patients: Some(false),
            bookable_by_existing_patients: Some(true),
            patient_chooses_practitioner: Some(false),
            confirmation_message: object(json!({ "text": "ok" })),
            reminder_message: object(json!({ "hours": 24 })),
        })
        .unwrap();
    draft.create_offerings([NewOffering { practitioner, appointment_type }]).unwrap();
    let mut types = Vec::new();
    for name in ["room", "chair"] {
        let resource_type =
            draft.create_resource_type(NewResourceType { clinic, name: name.to_owned() }).unwrap();
        for number in 1..=2 {
            let name = format!("{name} {number}");
            draft.create_resource(NewResource { resource_type, name, description: None }).unwrap();
        }
        types.push(resource_type);
    }
    // The second type is required first, so that what is allocated is not in the order of the handles by itself.
    for resource_type in types.into_iter().rev() {
        let new = NewResourceRequirement { appointment_type, resource_type, quantity: Some(1) };
        draft.create_resource_requirement(new).unwrap();
    }
    let billing = NewBillingScenario {
        practitioner,
        appointment_type,
        name: "Private".to_owned(),
        amount: Cents(12_345),
        revenue_share: Some(Cents(5_000)),
        is_default: true,
    };
    draft.create_billing_scenario(billing).unwrap();
    let hours = NewAvailability {
        practitioner,
        clinic,
        day_of_week: Weekday::Sunday,
        start_time: time(0, 1, 0, 0),
        end_time: time(23, 59, 0, 0),
    };
    draft.create_availabilities([hours]).unwrap();
    let off = |hours, name: Option<&str>| NewTimeOff {
        clinic,
        practitioner,
        date: date(2026, 3, 30),
        hours,
        name: name.map(str::to_owned),
    };
    let morning = Some((time(9, 0, 0, 0), time(12, 0, 0, 0)));
    draft.create_time_off([off(None, None), off(morning, Some("Training"))]).unwrap();
    let patient = NewPatient {
        phone: None,
        email: Some("anna@example.test".to_owned()),
        birthday: Some(date(1931, 2, 28)),
        gender: Some(Gender::Unknown),
        notes: Some("allergic".to_owned()),
        created_by: Some(PatientCreator::Patient),
        ..new_patient(clinic, "王小明", vec![other, practitioner])
    };
    let patient = draft.create_patients([patient]).unwrap()[0];
    let standard = Standard { clinic, practitioner, appointment_type, patient };
    let first = NewAppointment {
        notes: Some("hurts".to_owned()),
        clinic_notes: Some("urgent".to_owned()),
        is_auto_assigned: true,
        ..at(standard, date(2026, 1, 5), time(9, 0, 0, 0))
    };
    let series = draft.create_series(NewSeries { first, every: Every::Weeks(1), count: 3 }).unwrap();
    draft.name(AnyHandle::from(series[1]), "second").unwrap();
    draft.name(AnyHandle::from(patient), "the patient").unwrap();
    standard
}

pub fn commit(draft: Draft) -> Commit {
    let digest = draft.digest();
    let run = NewRun {
        scenario: "standard".to_owned(),
        version: "1.0.0".to_owned(),
        plugin: Some(insula_domain::Digest::of(b"plugin")),
        params: json!({ "appointments": 1 }),
        seed: u64::MAX,
        clock: "2026-01-05T09:00:00Z".parse().unwrap(),
        digest,
        outputs: json!({ "said": "hello" }),
        cost: json!({ "fuel": 1 }),
        logs: json!([]),
        key: None,
        actor: "a test".into(),
        steps: serde_json::Value::Null,
    };
    Commit { draft, island: NewIsland::default(), run, revision: None }
}

/// A draft that adds to the island of a commit, ready to be committed.
pub fn added(draft: Draft, to: &insula_store::Committed) -> Commit {
    Commit { revision: Some(to.record.revision), ..commit(draft) }
}

pub fn labelled(draft: Draft, label: &str) -> Commit {
    let island = NewIsland { label: Some(label.to_owned()), expires_at: None };
    Commit { island, ..commit(draft) }
}

pub fn keyed(draft: Draft, key: &str) -> Commit {
    let mut commit = commit(draft);
    commit.run.key = Some(NewKey { key: key.to_owned(), request_hash: format!("hash of {key}") });
    commit
}

pub fn expiring(draft: Draft, expires_at: Timestamp) -> Commit {
    let island = NewIsland { label: None, expires_at: Some(expires_at) };
    Commit { island, ..commit(draft) }
}

/// A standard island, ready to be committed.
pub fn standard_commit() -> Commit {
    let mut draft = empty();
    standard(&mut draft);
    commit(draft)
}

/// Runs tests on each database: each is a function of the place where its database is.
#[allow(unused_macros, reason = "benches use this file as well")]
macro_rules! both {
    ($flavor:tt: $($name:ident),* $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = $flavor)]
            async fn sqlite() {
                super::$name(crate::support::Place::sqlite()).await;
            }
            #[tokio::test(flavor = $flavor)]
            async fn postgres() {
                super::$name(crate::support::Place::postgres()).await;
            }
        }
    )*};
    ($($name:ident),* $(,)?) => { crate::support::both!("current_thread": $($name),*); };
}
#[allow(unused_imports, reason = "benches use this file as well")]
pub(crate) use both;

/// Where a database is; it goes away with this.
pub enum Place {
    Sqlite { path: PathBuf, _directory: tempfile::TempDir },
    Postgres(insula_test_postgres::Database),
}

impl Place {
    pub fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self::Sqlite { path: directory.path().join("test.db"), _directory: directory }
    }

    /// A copy of one that is migrated.
    pub fn postgres() -> Self {
        static TEMPLATE: OnceLock<insula_test_postgres::Database> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let database = insula_test_postgres::Database::fresh();
            let config = StoreConfig::new(database.url());
            // The thread of the test that comes first has a runtime of its own.
            let migrate = async { Store::open(config).await.unwrap().close().await.unwrap() };
            std::thread::scope(|scope| {
                scope.spawn(|| tokio::runtime::Runtime::new().unwrap().block_on(migrate)).join().unwrap();
            });
            database
        });
        Self::Postgres(template.copy())
    }

    /// Another one, of the same kind.
    pub fn another(&self) -> Self {
        if self.is_postgres() { Self::postgres() } else { Self::sqlite() }
    }

    pub fn config(&self) -> StoreConfig {
        match self {
            Self::Sqlite { path, .. } => config(path),
            Self::Postgres(database) => StoreConfig::new(database.url()),
        }
    }

    pub async fn open(&self) -> Store {
        Store::open(self.config()).await.unwrap()
    }

    /// How many rows each table has that has any, as another program sees it.
    pub async fn rows(&self) -> BTreeMap<String, u64> {
        match self {
            Self::Sqlite { path, .. } => rows(path).await,
            Self::Postgres(database) => {
                let tables = database.sql(
                    "SELECT CASE WHEN s.nspname = 'public' THEN c.relname ELSE s.nspname || '.' || c.relname END \
                     FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') \
                     AND NOT c.relispartition AND c.relpersistence <> 't' AND s.nspname NOT IN ('pg_catalog', 'information_schema')",
                );
                let counts = tables.lines().map(|table| format!("SELECT '{table}', count(*) FROM {table}"));
                let counts = database.sql(&counts.collect::<Vec<_>>().join(" UNION ALL "));
                let counts = counts.lines().filter_map(|line| line.split_once('|'));
                let counts = counts.map(|(table, count)| (table.to_owned(), count.parse().unwrap()));
                counts.filter(|(_, count)| *count > 0).collect()
            }
        }
    }

    /// Takes the whole database away.
    pub fn remove(&self) {
        match self {
            Self::Sqlite { path, .. } => std::fs::remove_file(path).unwrap(),
            Self::Postgres(database) => database.remove(),
        }
    }

    /// Has another program run some SQL.
    pub async fn sql(&self, text: &str) -> Result<(), String> {
        match self {
            Self::Sqlite { path, .. } => sql(path, text).await.map_err(|error| error.to_string()),
            Self::Postgres(database) => database.try_sql(text).map(drop),
        }
    }

    /// What another program's statement finds: the first column of each row.
    pub async fn found(&self, text: &str) -> Vec<String> {
        match self {
            Self::Sqlite { path, .. } => {
                let text = sqlx::AssertSqlSafe(text.to_owned());
                sqlx::query_scalar(text).fetch_all(&mut raw(path).await).await.unwrap()
            }
            Self::Postgres(database) => database.sql(text).lines().map(str::to_owned).collect(),
        }
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// The same SQL in the words of the one or the other.
    pub fn either<'a>(&self, sqlite: &'a str, postgres: &'a str) -> &'a str {
        if self.is_postgres() { postgres } else { sqlite }
    }
}

/// A store in a file of a directory that goes away with it.
pub struct Temporary {
    pub store: Store,
    pub path: PathBuf,
    _directory: tempfile::TempDir,
}

impl Temporary {
    pub async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.db");
        let store = open(&path).await;
        Self { store, path, _directory: directory }
    }
}

pub fn config(path: &Path) -> StoreConfig {
    StoreConfig::new(path.to_str().unwrap())
}

pub async fn open(path: &Path) -> Store {
    Store::open(config(path)).await.unwrap()
}

pub async fn memory() -> Store {
    Store::open(StoreConfig::new("sqlite::memory:")).await.unwrap()
}

/// How many rows each table has that has any, as another program sees it.
pub async fn rows(path: &Path) -> BTreeMap<String, u64> {
    let mut db = raw(path).await;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .fetch_all(&mut db)
    .await
    .unwrap();
    let mut rows = BTreeMap::new();
    for table in tables {
        let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM \"{table}\""));
        let count: i64 = sqlx::query_scalar(count).fetch_one(&mut db).await.unwrap();
        if count > 0 {
            rows.insert(table, count.unsigned_abs());
        }
    }
    rows
}

/// A connection of another program.
pub async fn raw(path: &Path) -> sqlx::SqliteConnection {
    use sqlx::ConnectOptions;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    options.connect().await.unwrap()
}

/// Has another program run some SQL.
pub async fn sql(path: &Path, text: &str) -> Result<(), sqlx::Error> {
    let mut db = raw(path).await;
    let done = sqlx::raw_sql(sqlx::AssertSqlSafe(text.to_owned())).execute(&mut db).await.map(drop);
    sqlx::Connection::close(db).await.unwrap();
    done
}

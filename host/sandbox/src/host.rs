//! The host as one run sees it: its draft, its clock, its randomness, its log, and the counters of its quotas.
//!
//! Nothing here knows a version of the contract; the modules of `contract` translate theirs into these calls.

use std::time::Instant;

use insula_domain::{Clinic, Draft, Fold, Handle, LocalTime, Refusal, Rejection};
use jiff::Timestamp;
use jiff::civil::Time;
use serde::Serialize;
use wasmtime::{Error, ResourceLimiter, Result};

use crate::journal::Journal;
use crate::log::{Log, LogLevel};
use crate::person::Person;
use crate::quotas::{QuotaExceeded, Quotas};
use crate::random::Randomness;

/// Core instances in one sandbox: a plugin's own module, and the shims that its tools put around it. Those of
/// Python, which links its libraries at run time, have about thirty.
pub(crate) const MAX_INSTANCES: usize = 48;
/// Tables in one sandbox: Rust's plugins have two, those of tools that link at run time a few more.
pub(crate) const MAX_TABLES: usize = 8;
/// Elements of a table: one for each function that is called through a pointer, CPython's 10,000 included.
pub(crate) const MAX_TABLE_ELEMENTS: usize = 20_000;
/// Linear memories in one sandbox: a plugin's own, and those of the two stubs that tools for scripting languages put in
/// the place of WASI. The quota counts their sum.
pub(crate) const MAX_MEMORIES: usize = 3;

/// Why a call was not done.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The scenario hears why, and may go on.
    Rejected(Box<Rejection>),
    /// The run is over.
    Over(Error),
}

impl From<Rejection> for Refused {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(Box::new(rejection))
    }
}
impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Over(error)
    }
}
impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Rejected(rejection) => rejection.into(),
            Refusal::Full { quota, limit } => Self::Over(QuotaExceeded { quota, limit }.into()),
        }
    }
}

/// A plugin called the host while it described itself, or made params for its base.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` was called, but nothing of the host can be called in `describe`, in `base-params` or while the plugin starts"
)]
pub(crate) struct NotInDescribe(pub(crate) &'static str);

/// A plugin is built for more than a sandbox has. That is no quota: nobody can raise it.
#[derive(Debug, thiserror::Error)]
#[error("it wants a table of {0} elements, and in a sandbox none has more than {MAX_TABLE_ELEMENTS}")]
struct TableTooLarge(usize);

/// What a build works with; there is none while a plugin describes itself.
pub(crate) struct Work {
    pub(crate) draft: Draft,
    pub(crate) clock: Timestamp,
    pub(crate) randomness: Randomness,
}

impl Work {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub(crate) fn now(&self) -> i64 {
        self.clock.as_second()
    }

    pub(crate) fn local_now(&self, clinic: Handle<Clinic>) -> Result<LocalTime, Rejection> {
        let zone = self.draft.zone(clinic)?;
        let local = self.clock.to_zoned(zone.clone());
        let (date, time) = (local.date(), local.time());
        let minute = Time::new(time.hour(), time.minute(), 0, 0).unwrap_or(Time::midnight());
        // Of a time that happens twice it is the later one when the clock is past the earlier.
        let earlier = LocalTime::new(date, minute);
        let started = earlier.instant(zone, "clock").unwrap_or(self.clock);
        let past = self.clock.duration_since(started).as_mins() >= 1;
        Ok(LocalTime { fold: if past { Fold::Later } else { Fold::Earlier }, ..earlier })
    }

    pub(crate) fn random(&self, path: &str) -> u64 {
        self.randomness.number(path)
    }

    pub(crate) fn person(&self, path: &str, locale: Option<&str>) -> Person {
        let locale = locale.unwrap_or(&self.draft.defaults().locale);
        Person::draw(&mut self.randomness.stream(path), locale)
    }
}

/// The data of a store.
pub(crate) struct Host {
    quotas: Quotas,
    until: Instant,
    work: Option<Work>,
    host_calls: u64,
    memory: usize,
    peak_memory: usize,
    pub(crate) log: Log,
    /// Where each call is written down, if it is.
    pub(crate) journal: Option<Journal>,
}

impl Host {
    pub(crate) fn new(quotas: Quotas, until: Instant, work: Option<Work>) -> Self {
        let log = Log::new(quotas.log_lines, quotas.log_line_bytes);
        Self { quotas, until, work, host_calls: 0, memory: 0, peak_memory: 0, log, journal: None }
    }

    /// The beginning of every call of the host.
    pub(crate) fn enter(&mut self, function: &'static str) -> Result<&mut Work> {
        self.host_calls += 1;
        if self.host_calls > self.quotas.host_calls {
            return Err(QuotaExceeded { quota: "host_calls", limit: self.quotas.host_calls }.into());
        }
        self.work.as_mut().ok_or_else(|| NotInDescribe(function).into())
    }

    /// A call that may be refused; the journal, where there is one, has it with what came of it.
    pub(crate) fn call<I: Serialize, T: Serialize>(
        &mut self,
        function: &'static str,
        input: I,
        call: impl FnOnce(&mut Work, I) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let entry = self.journal.as_mut().map(|journal| journal.begin(function, &input));
        let returned = self.enter(function).map_err(Refused::Over).and_then(|work| call(work, input));
        if let (Some(journal), Some(entry)) = (&mut self.journal, entry) {
            journal.end(entry, &returned);
        }
        returned
    }

    /// A call that is never refused.
    pub(crate) fn look<I: Serialize, T: Serialize>(
        &mut self,
        function: &'static str,
        input: I,
        call: impl FnOnce(&mut Work, I) -> T,
    ) -> Result<T> {
        self.call(function, input, |work, input| Ok(call(work, input))).map_err(|refused| match refused {
            Refused::Over(error) => error,
            Refused::Rejected(rejection) => Error::msg(rejection.message),
        })
    }

    /// A call that changes the draft.
    pub(crate) fn change<I: Serialize, T: Serialize>(
        &mut self,
        function: &'static str,
        input: I,
        call: impl FnOnce(&mut Draft, I) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        self.call(function, input, |work, input| call(&mut work.draft, input))
    }

    pub(crate) fn write_log(&mut self, level: LogLevel, message: &str) -> Result<()> {
        self.enter("log")?;
        Ok(self.log.write(level, message)?)
    }

    /// Whether the run is out of time.
    pub(crate) fn check_wall(&self) -> Result<(), QuotaExceeded> {
        if Instant::now() < self.until {
            return Ok(());
        }
        let limit = u64::try_from(self.quotas.wall.as_millis()).unwrap_or(u64::MAX);
        Err(QuotaExceeded { quota: "wall_ms", limit })
    }

    pub(crate) fn host_calls(&self) -> u64 {
        self.host_calls
    }

    pub(crate) fn peak_memory(&self) -> u64 {
        self.peak_memory as u64
    }

    pub(crate) fn take_draft(&mut self) -> Option<Draft> {
        self.work.take().map(|work| work.draft)
    }
}

impl ResourceLimiter for Host {
    // An error is a trap that names the quota; `false` would only tell the guest that there is no memory.
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        let memory = self.memory.saturating_sub(current).saturating_add(desired);
        if memory as u64 > self.quotas.memory {
            return Err(QuotaExceeded { quota: "memory_bytes", limit: self.quotas.memory }.into());
        }
        self.memory = memory;
        self.peak_memory = self.peak_memory.max(memory);
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        if desired > MAX_TABLE_ELEMENTS {
            return Err(TableTooLarge(desired).into());
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        MAX_INSTANCES
    }

    fn tables(&self) -> usize {
        MAX_TABLES
    }

    fn memories(&self) -> usize {
        MAX_MEMORIES
    }
}

#[cfg(test)]
impl Host {
    /// A host that lets a test build on a draft.
    pub(crate) fn for_tests(draft: Draft) -> Self {
        let quotas = Quotas::default();
        let work = Work { draft, clock: Timestamp::UNIX_EPOCH, randomness: Randomness::new(42) };
        Self::new(quotas, Instant::now() + quotas.wall, Some(work))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use insula_domain::{Defaults, DraftLimits, NewClinic, Setup};

    use super::*;

    fn host(zone: &str, clock: &str) -> Host {
        let setup = Arc::new(Setup::builtin(Defaults::default()).unwrap());
        let mut draft = Draft::new(setup, DraftLimits::default());
        let clinic = NewClinic { time_zone: Some(zone.to_owned()), ..NewClinic::named("Northside") };
        draft.create_clinic(clinic).unwrap();
        let mut host = Host::for_tests(draft);
        host.work.as_mut().unwrap().clock = clock.parse().unwrap();
        host
    }

    #[test]
    fn the_clock_on_the_clinics_wall_knows_odd_zones_midnight_and_the_hour_that_happens_twice() {
        let at = |zone, clock| {
            let local = host(zone, clock).work.unwrap().local_now(Handle::new(0)).unwrap();
            format!("{} {} {:?}", local.date, local.time, local.fold)
        };
        assert_eq!(at("Asia/Kolkata", "2026-01-04T18:31:59Z"), "2026-01-05 00:01:00 Earlier");
        assert_eq!(at("Asia/Kathmandu", "2026-01-05T18:14:00Z"), "2026-01-05 23:59:00 Earlier");
        assert_eq!(at("Europe/Berlin", "2026-10-25T00:30:30Z"), "2026-10-25 02:30:00 Earlier");
        assert_eq!(at("Europe/Berlin", "2026-10-25T01:30:30Z"), "2026-10-25 02:30:00 Later");
        assert_eq!(at("Europe/Berlin", "2026-03-29T01:00:00Z"), "2026-03-29 03:00:00 Earlier");
    }

    #[test]
    fn nothing_answers_while_a_plugin_describes_itself() {
        let mut host = Host::new(Quotas::default(), Instant::now(), None);
        let error = host.look("random", "path", |work, path| work.random(path)).unwrap_err();
        assert_eq!(error.downcast_ref::<NotInDescribe>().unwrap().0, "random");
    }

    #[test]
    fn memory_is_counted_over_all_growth() {
        let quotas = Quotas { memory: 100, ..Quotas::default() };
        let mut host = Host::new(quotas, Instant::now(), None);
        assert!(host.memory_growing(0, 60, None).unwrap());
        assert!(host.memory_growing(60, 90, None).unwrap());
        assert!(host.memory_growing(90, 101, None).is_err());
        assert_eq!(host.peak_memory(), 90);
    }
}

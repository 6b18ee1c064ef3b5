//! `interface context`.

use super::bindings::insula::scenario::context::{Host as Context, Level, Persona};
use super::bindings::insula::scenario::types::{Clinic, Host as Types, LocalTime, Rejection};
use crate::host::{Host, Refused};

impl Context for Host {
    fn now(&mut self) -> wasmtime::Result<i64> {
        self.look("now", (), |work, ()| work.now())
    }

    fn local_now(&mut self, clinic: Clinic) -> Result<LocalTime, Refused> {
        self.call("local-now", clinic, |work, clinic| Ok(work.local_now(clinic.into())?.into()))
    }

    fn random(&mut self, path: String) -> wasmtime::Result<u64> {
        self.look("random", path, |work, path| work.random(&path))
    }

    fn person(&mut self, path: String, locale: Option<String>) -> wasmtime::Result<Persona> {
        self.look("person", (path, locale), |work, (path, locale)| {
            work.person(&path, locale.as_deref()).into()
        })
    }

    fn log(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        self.write_log(level.into(), &message)
    }
}

impl Types for Host {
    fn convert_rejection(&mut self, refused: Refused) -> wasmtime::Result<Rejection> {
        match refused {
            Refused::Rejected(rejection) => Ok((*rejection).into()),
            Refused::Over(error) => Err(error),
        }
    }
}

//! The released versions of the contract. Each is a module that translates its own types into those of the domain;
//! a new version is a new module and one line in [`RELEASES`].

mod v0_1_0;

use std::pin::Pin;

use insula_domain::{RawManifest, Rejection};
use wasmtime::component::Component;
use wasmtime::{Engine, Result, Store};

use crate::host::Host;

/// The interface that a plugin exports, without its version.
pub(crate) const PLUGIN: &str = "insula:scenario/plugin";

/// A released version of the contract.
pub(crate) struct Release {
    pub(crate) version: &'static str,
    /// Its text, frozen.
    pub(crate) wit: &'static str,
    /// Ties a component to the host's functions.
    pub(crate) bind: fn(&Engine, &Component) -> Result<Box<dyn Bound>>,
}

/// All of them, the newest last.
pub(crate) static RELEASES: &[Release] = &[v0_1_0::RELEASE];

/// A component that is tied to the host's functions, whatever version of the contract it was made for.
pub(crate) trait Bound: Send + Sync {
    /// Starts it in a fresh store and asks what it is.
    fn describe<'a>(&'a self, store: &'a mut Store<Host>) -> Called<'a, RawManifest>;
    /// Starts it in a fresh store and asks for the params of its base, as JSON.
    fn base_params<'a>(
        &'a self,
        store: &'a mut Store<Host>,
        params: &'a str,
    ) -> Called<'a, Result<String, Failure>>;
    /// Starts it in a fresh store and lets it build. What it gives back is its outputs, as JSON.
    fn build<'a>(
        &'a self,
        store: &'a mut Store<Host>,
        params: &'a str,
    ) -> Called<'a, Result<String, Failure>>;
}

/// What comes of a call into a plugin; an error of wasmtime is a trap.
pub(crate) type Called<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// A scenario said that it could not build.
#[derive(Debug)]
pub(crate) enum Failure {
    /// For a reason that the params, or a call that was refused, give.
    Rejected(Rejection),
    /// By its own fault.
    Failed(String),
}

//! An application under test: a small, real clinic API over the tables that hold the islands.
//!
//! It stands where a team's own application would stand: it reads and writes rows, it knows users by the tokens that islands
//! carry, and it knows nothing of scenarios. The proof of isolation, the clients' tests and the demo talk to it.
//!
//! What a request may touch follows from its token alone: the island, and in it the active clinic. A handler gets at
//! either only through [`May`](session::May), which has checked the token, the membership and the role. What it writes
//! is checked by the domain's own rules, on a draft onto the part of the island that these rules look at.

#![allow(unexpected_cfgs, reason = "a crate for tests declares the feature `broken`; see the checks")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[cfg(feature = "broken")]
pub mod broken;
mod change;
mod checks;
mod permissions;
mod router;
mod routes;
mod session;
mod shown;
mod told;
mod words;

pub use permissions::{Action, PERMISSIONS};
pub use router::{openapi, router};

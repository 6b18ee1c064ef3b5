//! The versions of one scenario, and which of them a caller gets.

use std::sync::Arc;

use semver::{Version, VersionReq};

use super::Scenario;

/// A version of a scenario.
pub(crate) struct Offered {
    pub(crate) scenario: Arc<Scenario>,
    /// Whether it is passed over.
    pub(crate) rolled_back: bool,
}

impl Offered {
    pub(crate) fn version(&self) -> &Version {
        &self.scenario.manifest().version
    }
}

/// The versions of a scenario, the newest first.
#[derive(Default)]
pub(crate) struct Versions(Vec<Offered>);

/// What makes a version newer than another: a pre-release comes after all releases, so that nobody gets one who has not
/// asked for it.
fn rank(version: &Version) -> (bool, &Version) {
    (version.pre.is_empty(), version)
}

impl Versions {
    pub(crate) fn add(&mut self, scenario: Arc<Scenario>, rolled_back: bool) {
        self.0.push(Offered { scenario, rolled_back });
        self.0.sort_by(|one, other| rank(other.version()).cmp(&rank(one.version())));
    }

    /// All of them, the newest first.
    pub(crate) fn all(&self) -> &[Offered] {
        &self.0
    }

    pub(crate) fn get(&self, version: &Version) -> Option<&Offered> {
        self.0.iter().find(|offered| offered.version() == version)
    }

    /// What who asks for no version gets: the newest that was not rolled back.
    pub(crate) fn default(&self) -> Option<&Offered> {
        self.newest(|_| true)
    }

    /// The newest that fits and was not rolled back; or else the newest that fits.
    pub(crate) fn find(&self, requirement: &VersionReq) -> Option<&Offered> {
        self.newest(|offered| requirement.matches(offered.version()))
    }

    fn newest(&self, fits: impl Fn(&Offered) -> bool) -> Option<&Offered> {
        let sound = self.0.iter().find(|offered| !offered.rolled_back && fits(offered));
        sound.or_else(|| self.0.iter().find(|offered| fits(offered)))
    }

    /// The version before the default one.
    pub(crate) fn before_default(&self) -> Option<&Offered> {
        let default = self.default()?.version();
        self.0.iter().find(|offered| !offered.rolled_back && rank(offered.version()) < rank(default))
    }

    /// The versions to be passed over so that this one becomes the default: all newer ones, and of the older ones those
    /// that are already.
    pub(crate) fn passed_over_for(&self, version: &Version) -> Vec<String> {
        let passed_over = self.0.iter().filter(|offered| {
            rank(offered.version()) > rank(version)
                || (offered.rolled_back && rank(offered.version()) < rank(version))
        });
        passed_over.map(|offered| offered.version().to_string()).collect()
    }
}

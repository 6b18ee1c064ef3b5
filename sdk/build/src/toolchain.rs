//! Finds a compiler that can build for WebAssembly.
//!
//! A compiler with the target's standard library is best. Debian ships none, but it ships the library's
//! source, from which cargo builds it. Looking at the machine and deciding are apart, so that the decision
//! is tested for machines that are not at hand.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::BuildError;

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
const RUSTUP_MEND: &str = "rustup target add wasm32-unknown-unknown";
const LINKER_MEND: &str = "apt-get install gcc libc6-dev";
const DEBIAN_MEND: &str = "apt-get install cargo-web rustc-web rust-web-src lld";

/// The compiler to build scenarios with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Toolchain {
    /// A compiler that has the target's standard library.
    Stable {
        /// The compiler, when it is not the first in `PATH`.
        rustc: Option<PathBuf>,
    },
    /// A compiler with the standard library's source, and `wasm-ld` to link: the library is built too.
    BuildStd {
        /// The compiler, when it is not the first in `PATH`.
        rustc: Option<PathBuf>,
    },
}

/// A compiler as found on a machine.
#[derive(Debug, Clone, Default)]
pub(crate) struct Compiler {
    /// None: the first in `PATH`.
    pub rustc: Option<PathBuf>,
    pub has_wasm_std: bool,
    pub has_std_source: bool,
}

/// What of a machine the decision depends on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Machine {
    /// In order of preference.
    pub compilers: Vec<Compiler>,
    pub has_cargo: bool,
    pub has_wasm_ld: bool,
    pub has_rustup: bool,
}

impl Toolchain {
    /// Looks for `cc`, with which compilers link what cargo runs on its way: macros, and the scripts of packages. Whoever has set
    /// another linker for this machine has no need of it, so nothing but the doctor asks.
    ///
    /// # Errors
    /// [`BuildError::NoLinker`], with the command that mends it.
    pub fn linker() -> Result<(), BuildError> {
        if runs("cc") { Ok(()) } else { Err(BuildError::NoLinker { mend: LINKER_MEND }) }
    }

    /// Looks for a compiler as it is seen from `folder`, whose `rust-toolchain.toml` counts under rustup.
    ///
    /// # Errors
    /// [`BuildError::NoCargo`] or [`BuildError::NoToolchain`], with the command that mends it.
    pub fn detect(folder: &Path) -> Result<Self, BuildError> {
        Machine::look(folder).choose()
    }
}

impl Machine {
    fn look(folder: &Path) -> Self {
        let debian = PathBuf::from("/usr/bin/rustc");
        let candidates = [None].into_iter().chain(debian.exists().then_some(Some(debian)));
        Self {
            compilers: candidates.filter_map(|rustc| Compiler::look(rustc, folder)).collect(),
            has_cargo: runs("cargo"),
            has_wasm_ld: runs("wasm-ld"),
            has_rustup: runs("rustup"),
        }
    }

    pub(crate) fn choose(self) -> Result<Toolchain, BuildError> {
        if !self.has_cargo {
            return Err(no_cargo());
        }
        if let Some(found) = self.compilers.iter().find(|compiler| compiler.has_wasm_std) {
            return Ok(Toolchain::Stable { rustc: found.rustc.clone() });
        }
        let from_source = self.compilers.into_iter().find(|compiler| compiler.has_std_source);
        match from_source {
            Some(found) if self.has_wasm_ld => Ok(Toolchain::BuildStd { rustc: found.rustc }),
            _ if self.has_rustup => Err(BuildError::NoToolchain { mend: RUSTUP_MEND }),
            _ => Err(BuildError::NoToolchain { mend: DEBIAN_MEND }),
        }
    }
}

impl Compiler {
    fn look(rustc: Option<PathBuf>, folder: &Path) -> Option<Self> {
        let program = rustc.clone().unwrap_or_else(|| "rustc".into());
        let ask = |args: &[&str]| -> Option<PathBuf> {
            let output = clean(&program).current_dir(folder).args(args).output().ok()?;
            let path = String::from_utf8(output.stdout).ok()?;
            output.status.success().then(|| PathBuf::from(path.trim()))
        };
        let sysroot = ask(&["--print", "sysroot"])?;
        Some(Self {
            has_wasm_std: ask(&["--print", "target-libdir", "--target", TARGET]).is_some_and(holds_std),
            has_std_source: sysroot.join("lib/rustlib/src/rust/library/Cargo.lock").exists(),
            rustc,
        })
    }
}

fn holds_std(libdir: PathBuf) -> bool {
    let Ok(entries) = std::fs::read_dir(libdir) else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
}

/// Its command installs a compiler as well, so that it is the only one.
pub(crate) fn no_cargo() -> BuildError {
    BuildError::NoCargo { mend: DEBIAN_MEND }
}

fn runs(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// A command that inherits nothing of an outer cargo, which would otherwise impose its compiler, flags and
/// target on the guest's build.
pub(crate) fn clean(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_outer_cargos) {
            command.env_remove(name);
        }
    }
    command
}

fn is_outer_cargos(name: &str) -> bool {
    // CARGO_HOME says where the registry is; CARGO_NET_* and CARGO_HTTP_* how to reach it.
    name.starts_with("RUSTC")
        || name.starts_with("RUSTDOC")
        || name.starts_with("CARGO_TARGET_")
        || name.starts_with("CARGO_BUILD_")
        || name.starts_with("CARGO_PROFILE_")
        || name.starts_with("CARGO_UNSTABLE_")
        || matches!(
            name,
            "RUSTFLAGS"
                | "CARGO_ENCODED_RUSTFLAGS"
                | "RUSTUP_TOOLCHAIN"
                | "CARGO"
                | "CARGO_MAKEFLAGS"
                | "MAKEFLAGS"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiler(rustc: Option<&str>, has_wasm_std: bool, has_std_source: bool) -> Compiler {
        Compiler { rustc: rustc.map(PathBuf::from), has_wasm_std, has_std_source }
    }

    #[test]
    fn the_targets_own_library_is_preferred() {
        let machine = Machine {
            compilers: vec![compiler(None, true, true), compiler(Some("/usr/bin/rustc"), true, true)],
            has_cargo: true,
            has_wasm_ld: true,
            has_rustup: true,
        };
        assert_eq!(machine.choose().unwrap(), Toolchain::Stable { rustc: None });
    }

    #[test]
    fn a_later_compiler_with_the_library_beats_building_it() {
        let machine = Machine {
            compilers: vec![compiler(None, false, true), compiler(Some("/usr/bin/rustc"), true, false)],
            has_cargo: true,
            has_wasm_ld: true,
            has_rustup: false,
        };
        assert_eq!(machine.choose().unwrap(), Toolchain::Stable { rustc: Some("/usr/bin/rustc".into()) });
    }

    #[test]
    fn debian_builds_the_library_from_the_compilers_own_source() {
        let machine = Machine {
            compilers: vec![compiler(None, false, false), compiler(Some("/usr/bin/rustc"), false, true)],
            has_cargo: true,
            has_wasm_ld: true,
            has_rustup: true,
        };
        assert_eq!(machine.choose().unwrap(), Toolchain::BuildStd { rustc: Some("/usr/bin/rustc".into()) });
    }

    #[test]
    fn what_is_missing_comes_with_the_command() {
        let rustup_without_the_target = (true, true, RUSTUP_MEND);
        let debian_without_the_linker = (true, false, DEBIAN_MEND);
        let nothing_at_all = (false, false, DEBIAN_MEND);
        for (source, has_rustup, command) in
            [rustup_without_the_target, debian_without_the_linker, nothing_at_all]
        {
            let compilers = vec![compiler(None, false, source)];
            let machine = Machine { compilers, has_cargo: true, has_wasm_ld: false, has_rustup };
            let error = machine.choose().unwrap_err();
            assert!(error.to_string().ends_with(command), "{error}");
        }
    }

    #[test]
    fn without_cargo_the_best_compiler_builds_nothing() {
        let compilers = vec![compiler(None, true, true)];
        let machine = Machine { compilers, has_cargo: false, has_wasm_ld: true, has_rustup: false };
        let error = machine.choose().unwrap_err().to_string();
        assert!(error.contains("cargo") && error.ends_with(DEBIAN_MEND), "{error}");
    }

    #[test]
    fn only_the_outer_cargos_settings_are_stripped() {
        for name in ["RUSTC_WRAPPER", "RUSTUP_TOOLCHAIN", "CARGO_ENCODED_RUSTFLAGS", "CARGO_TARGET_DIR"] {
            assert!(is_outer_cargos(name), "{name} would steer the guest's build");
        }
        for name in ["CARGO_HOME", "CARGO_NET_OFFLINE", "RUSTUP_HOME", "PATH"] {
            assert!(!is_outer_cargos(name), "{name} is needed");
        }
    }
}

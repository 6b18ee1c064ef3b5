//! Where compiled plugins are kept: in one directory for all that a user runs, so that another project, and the next
//! `insula test`, do not compile what was compiled before.

use std::ffi::OsString;
use std::path::PathBuf;

/// The directory: `INSULA_CACHE_DIR`, or else what the XDG Base Directory Specification says. Nothing where the
/// environment knows no home.
pub fn cache() -> Option<PathBuf> {
    directory(|name| std::env::var_os(name))
}

fn directory(environment: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let path = |name| environment(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    path("INSULA_CACHE_DIR").or_else(|| {
        // The specification has relative paths ignored.
        let shared = path("XDG_CACHE_HOME").filter(|path| path.is_absolute());
        let shared = shared.or_else(|| Some(path("HOME")?.join(".cache")));
        shared.map(|shared| shared.join("insula"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_first_counts() {
        let of = |known: &[(&str, &str)]| {
            directory(|name| known.iter().find(|known| known.0 == name).map(|known| known.1.into()))
        };
        let (home, shared, own) =
            (("HOME", "/home/a"), ("XDG_CACHE_HOME", "/cache"), ("INSULA_CACHE_DIR", "own"));
        assert_eq!(of(&[home, shared, own]), Some("own".into()));
        assert_eq!(of(&[home, shared]), Some("/cache/insula".into()));
        assert_eq!(of(&[home, ("XDG_CACHE_HOME", "cache")]), Some("/home/a/.cache/insula".into()));
        assert_eq!(of(&[home, ("INSULA_CACHE_DIR", "")]), Some("/home/a/.cache/insula".into()));
        assert_eq!(of(&[]), None);
    }
}

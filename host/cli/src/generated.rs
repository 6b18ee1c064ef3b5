//! Files that the program writes: whole or not at all, and what it generates (schemas, types, pages) where it differs.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::failure::{Exit, Failure};

/// Files of a directory: the name of each, and its text to the letter.
pub type Files = [(String, String)];

/// Writes those that differ, and returns their names. Where they are only to be checked, it fails if one differs, and says
/// which command writes it.
pub fn write<'a>(
    folder: &Path,
    files: &'a Files,
    only_check: bool,
    command: &str,
) -> Result<Vec<&'a str>, Failure> {
    let differs =
        |(name, text): &&(String, String)| fs::read_to_string(folder.join(name)).ok().as_ref() != Some(text);
    let changed: Vec<_> = files.iter().filter(differs).collect();
    let names: Vec<&str> = changed.iter().map(|(name, _)| name.as_str()).collect();
    if only_check && !changed.is_empty() {
        let what = format!("not what `{command}` writes in {}: {}", folder.display(), names.join(", "));
        return Err(Failure::new(Exit::Failed, what).mend("run it again without --check"));
    }
    for (name, text) in changed {
        let path = folder.join(name);
        let within = path.parent().unwrap_or(folder);
        fs::create_dir_all(within).and_then(|()| fs::write(&path, text)).map_err(|reason| {
            Failure::because(Exit::Failed, format!("cannot write {}", path.display()), &reason)
                .mend("choose another place")
        })?;
    }
    Ok(names)
}

/// Writes a file whole or not at all, since another program may be reading it. Others may read it as far as the umask lets
/// them.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let usual = fs::Permissions::from_mode(0o666);
    let mut file = tempfile::Builder::new().prefix(".insula-").permissions(usual).tempfile_in(folder)?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
}

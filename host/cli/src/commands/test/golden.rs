//! Golden drafts: what an example built when its author last looked.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use similar::TextDiff;

/// More of a difference says no more.
const MOST_LINES: usize = 60;

/// The file of an example's golden draft.
pub fn path(folder: &Path, scenario: &str, title: &str) -> PathBuf {
    let letter = |it: char| if it.is_alphanumeric() { it.to_ascii_lowercase() } else { '-' };
    let slug: String = title.chars().map(letter).collect();
    let words: Vec<&str> = slug.split('-').filter(|word| !word.is_empty()).collect();
    folder.join(scenario).join(format!("{}.json", words.join("-")))
}

/// What of a plan is the same at every run.
pub fn of_plan(mut plan: Value) -> String {
    if let Value::Object(plan) = &mut plan {
        plan.retain(|name, _| name != "run");
    }
    format!("{plan:#}\n")
}

/// Compares with the golden draft. There need not be one.
pub fn compare(path: &Path, draft: &str) -> Option<Result<(), String>> {
    let golden = fs::read_to_string(path).ok()?;
    if golden == draft {
        return Some(Ok(()));
    }
    let diff = TextDiff::from_lines(golden.as_str(), draft);
    let unified = diff.unified_diff().context_radius(3).header("golden", "now").to_string();
    let mut lines: Vec<&str> = unified.lines().collect();
    let left_out = lines.len().saturating_sub(MOST_LINES);
    lines.truncate(MOST_LINES);
    let more = if left_out > 0 { format!("\n… {left_out} more lines") } else { String::new() };
    Some(Err(format!(
        "it differs from {}; if that is meant: insula test --update\n{}{more}",
        path.display(),
        lines.join("\n")
    )))
}

/// Writes the golden draft.
pub fn update(path: &Path, draft: &str) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, draft));
    written.map_err(|reason| format!("cannot write {}: {reason}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_a_file() {
        let path = path(Path::new("golden"), "busy", "A full month, of 5 practitioners!");
        assert_eq!(path, Path::new("golden/busy/a-full-month-of-5-practitioners.json"));
    }

    #[test]
    fn a_difference_is_shown_by_its_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.json");
        assert_eq!(compare(&path, "x"), None);
        update(&path, "one\ntwo\n").unwrap();
        assert_eq!(compare(&path, "one\ntwo\n"), Some(Ok(())));
        let why = compare(&path, "one\nthree\n").unwrap().unwrap_err();
        assert!(why.contains("--update") && why.contains("-two\n+three"), "{why}");
    }
}

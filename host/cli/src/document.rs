//! Declarative scenarios: from a file to a plugin, and from a mistake to a picture of where it stands.

use std::fs;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use insula_compiler::{CompileError, Mistake, Scenario};
use serde_json::json;

use crate::failure::{Exit, Failure};

/// How the files of declarative scenarios end.
pub const SUFFIXES: [&str; 3] = [".scenario.yaml", ".scenario.yml", ".scenario.json"];

/// Whether a path names a declarative scenario.
pub fn is_document(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// Reads the scenario in a file.
pub fn read(path: &Path) -> Result<Scenario, Failure> {
    let text = fs::read_to_string(path).map_err(|reason| {
        Failure::because(Exit::Usage, format!("cannot read {}", path.display()), &reason)
    })?;
    Scenario::read(&text).map_err(|error| failure(path, &text, error))
}

/// Makes a plugin of the scenario in a file.
pub fn compile(path: &Path, scenario: &Scenario) -> Result<Vec<u8>, Failure> {
    scenario.compile().map_err(|error| failure(path, "", error))
}

fn failure(path: &Path, text: &str, error: CompileError) -> Failure {
    let shown = path.display();
    let CompileError::Mistakes(mistakes) = error else {
        return Failure::because(Exit::Failed, format!("{shown} was not built"), &error);
    };
    let what = match mistakes.as_slice() {
        [_] => format!("{shown} has a mistake"),
        many => format!("{shown} has {} mistakes", many.len()),
    };
    let list = mistakes
        .iter()
        .map(|it| json!({ "line": it.line, "column": it.column, "message": it.message, "help": it.help }));
    Failure::new(Exit::Failed, what).with_mistakes(list.collect(), draw(&shown.to_string(), text, &mistakes))
}

/// Shows the mistakes in their lines, as compilers do.
fn draw(path: &str, text: &str, mistakes: &[Mistake]) -> String {
    let groups: Vec<Group<'_>> = mistakes
        .iter()
        .map(|mistake| {
            // A list or mapping is shown by its first line.
            let inside = text.get(mistake.span.clone()).unwrap_or_default();
            let end = mistake.span.start + inside.find('\n').unwrap_or(inside.len());
            let label = AnnotationKind::Primary.span(mistake.span.start..end).label(&mistake.message);
            let shown = Snippet::source(text).path(path).annotation(label);
            let help = mistake.help.iter().map(|help| Level::HELP.message(help));
            Group::with_level(Level::ERROR).element(shown).elements(help)
        })
        .collect();
    Renderer::styled().term_width(120).render(&groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str) -> String {
        let failure =
            Scenario::read(text).map_err(|error| failure(Path::new("a.scenario.yaml"), text, error));
        anstream::adapter::strip_str(&failure.unwrap_err().to_text()).to_string()
    }

    const HEAD: &str = "name: a\nversion: 1.0.0\ntitle: A.\n";

    #[test]
    fn a_mistake_is_shown_where_it_stands() {
        insta::assert_snapshot!(
            "unknown_key",
            drawn(&format!("{HEAD}clinics:\n  - name: North\n    membrs: []\n"))
        );
        insta::assert_snapshot!(
            "wrong_word",
            drawn(&format!("{HEAD}clinics:\n  - name: 台北\n    members: [{{ role: admn }}]\n"))
        );
        insta::assert_snapshot!("not_yaml", drawn("name: [a\nversion: 1"));
        insta::assert_snapshot!("nothing", drawn(""));
        insta::assert_snapshot!("several", drawn("name: A b\nversion: '1'\ntitle: ''\n"));
        insta::assert_snapshot!(
            "unknown_name",
            drawn(&format!(
                "{HEAD}clinics:\n  - name: North\n    members: [{{ role: practitioner, as: doctor }}]\n    time_off:\n      - practitioner: docter\n        day: next friday\n"
            ))
        );
        insta::assert_snapshot!(
            "expression",
            drawn(&format!("{HEAD}clinics:\n  - name: \"{{{{ params.x + }}}}\"\n"))
        );
    }
}

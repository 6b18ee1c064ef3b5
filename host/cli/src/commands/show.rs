//! What several answers have in common when people read them.

use serde_json::Value;

use crate::failure::log_line;
use crate::output::{Page, plain};

/// A member of an answer as text; empty where there is none.
pub fn text(answer: &Value, name: &str) -> String {
    plain(answer.get(name))
}

/// A member of an answer as an instant, to the second; empty where there is none.
pub fn instant(answer: &Value, name: &str) -> String {
    let text = text(answer, name);
    text.parse::<jiff::Timestamp>().map_or(text, |instant| format!("{instant:.0}"))
}

/// A member of an answer as a list; empty where there is none.
pub fn list<'a>(answer: &'a Value, name: &str) -> &'a [Value] {
    answer.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The scenario with its version.
pub fn scenario(answer: &Value) -> String {
    format!("{} {}", text(answer, "scenario"), text(answer, "version"))
}

/// How many of a thing, which takes an s where there is not one of it: `1 island`, `2 islands`.
pub fn so_many(count: u64, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// The same of what an answer says.
pub fn number(count: Option<&Value>, thing: &str) -> String {
    so_many(count.and_then(Value::as_u64).unwrap_or_default(), thing)
}

/// How many there are of each kind, those left out of which there are none: `1 clinic, 2 users`.
pub fn counts(answer: &Value) -> String {
    let counts = answer.get("counts").and_then(Value::as_object).into_iter().flatten();
    let words: Vec<String> = counts
        .filter_map(|(plural, count)| {
            let count = count.as_u64().filter(|count| *count > 0)?;
            let kind = insula_domain::Kind::from_name(plural).filter(|_| count == 1);
            let word = kind.map_or(plural.as_str(), |kind| kind.singular());
            Some(format!("{count} {}", word.replace('_', " ")))
        })
        .collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

/// The users with their roles.
pub fn users(page: &mut Page, users: &[Value]) {
    let rows = users.iter().map(|user| {
        let roles = user.get("roles").and_then(Value::as_object).into_iter().flatten();
        let mut roles: Vec<&str> = roles
            .flat_map(|(_, roles)| roles.as_array().into_iter().flatten())
            .filter_map(Value::as_str)
            .collect();
        roles.sort_unstable();
        roles.dedup();
        vec![text(user, "full_name"), roles.join(", "), text(user, "email"), text(user, "id")]
    });
    page.table(&["USER", "ROLES", "EMAIL", "ID"], rows.collect());
}

/// What of an island's rows its scenarios had not made, or had made and was gone, and what is to be known of its tables.
pub fn found(page: &mut Page, certificate: &Value) {
    for (member, what) in [("found", "added since"), ("missing", "gone before")] {
        let tables = certificate.get(member).and_then(Value::as_object).into_iter().flatten();
        let tables: Vec<String> = tables.map(|(table, rows)| format!("{rows} in {table}")).collect();
        if !tables.is_empty() {
            page.line(format_args!("  {what}: {}", tables.join(", ")));
        }
    }
    for note in list(certificate, "notes") {
        page.line(format_args!("  note: {}", plain(Some(note))));
    }
}

/// What the scenario named, if anything.
pub fn names(page: &mut Page, answer: &Value) {
    let named = answer.get("named").and_then(Value::as_object).into_iter().flatten();
    let rows: Vec<Vec<String>> =
        named.map(|(name, thing)| vec![name.clone(), text(thing, "kind"), text(thing, "id")]).collect();
    if !rows.is_empty() {
        page.table(&["NAMED", "KIND", "ID"], rows);
    }
}

/// What the scenario logged, and what the run cost.
pub fn run(page: &mut Page, answer: &Value) {
    let Some(run) = answer.get("run") else { return };
    for log in list(run, "logs") {
        page.line(log_line(log));
    }
    let figure = |name: &str| run.get(name).and_then(Value::as_u64).unwrap_or_default();
    page.line(format_args!(
        "The run took {} µs, {} fuel, {} and {} KiB of memory.",
        figure("micros"),
        figure("fuel"),
        so_many(figure("host_calls"), "host call"),
        figure("peak_memory_bytes") / 1024,
    ));
}

/// A token as it is shown where the whole one would fill the screen.
pub fn short(token: &str) -> String {
    let start: String = token.chars().take(16).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_are_words() {
        let answer = json!({ "counts": { "clinics": 1, "users": 2, "patients": 0, "appointment_types": 1 } });
        assert_eq!(counts(&answer), "1 clinic, 2 users, 1 appointment type");
        assert_eq!(counts(&json!({ "counts": { "clinics": 0 } })), "nothing");
    }

    #[test]
    fn one_of_a_thing_takes_no_s() {
        assert_eq!(number(Some(&json!(1)), "island"), "1 island");
        assert_eq!(so_many(0, "row"), "0 rows");
        assert_eq!(so_many(12, "row"), "12 rows");
    }

    #[test]
    fn a_user_has_each_role_once() {
        let mut page = Page::blank(false);
        let roles = json!({ "a": ["admin"], "b": ["admin", "practitioner"] });
        users(&mut page, &[json!({ "full_name": "Ana", "email": "a@b", "id": 7, "roles": roles })]);
        assert_eq!(page.text(), "USER\tROLES\tEMAIL\tID\nAna\tadmin, practitioner\ta@b\t7\n");
    }
}

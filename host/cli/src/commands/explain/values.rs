//! What a call took and gave, as people read it: `name: Northside, time_zone: Asia/Taipei`, `#3`, `2026-01-05 09:00`.

use serde_json::{Map, Value};

/// A longer list is told by its first ones and a number.
const MOST: usize = 3;

/// The arguments of a call, or what came of it.
pub fn told(value: &Value) -> String {
    match value {
        Value::Array(all) => several(all),
        Value::Object(fields) => known(fields).unwrap_or_else(|| pairs(fields)),
        single => scalar(single),
    }
}

/// Inside of something else: braces show where it ends.
fn inner(value: &Value) -> String {
    match value {
        Value::Array(all) => format!("[{}]", several(all)),
        Value::Object(fields) => known(fields).unwrap_or_else(|| format!("{{{}}}", pairs(fields))),
        single => scalar(single),
    }
}

fn several(all: &[Value]) -> String {
    // The journal has shortened a long one already, and says so in its last place.
    let (all, cut) = match all.split_last().and_then(|(last, rest)| Some((rest, left_out(last)?))) {
        Some((rest, cut)) => (rest, cut),
        None => (all, 0),
    };
    let mut told: Vec<String> = all.iter().take(MOST).map(inner).collect();
    let more = cut + all.len().saturating_sub(MOST);
    if more > 0 {
        told.push(format!("… {more} more"));
    }
    told.join(", ")
}

fn left_out(last: &Value) -> Option<usize> {
    last.as_str()?.strip_prefix("… ")?.strip_suffix(" more")?.parse().ok()
}

fn pairs(fields: &Map<String, Value>) -> String {
    let said = fields.iter().filter(|(_, value)| !value.is_null());
    said.map(|(name, value)| format!("{name}: {}", inner(value))).collect::<Vec<_>>().join(", ")
}

fn scalar(value: &Value) -> String {
    match value {
        // What a plugin says must not look like another line.
        Value::String(text) if !text.is_empty() && !text.contains(char::is_control) => text.clone(),
        Value::Null => "nothing".to_owned(),
        other => other.to_string(),
    }
}

/// Handles, days and times are shorter than their fields.
fn known(fields: &Map<String, Value>) -> Option<String> {
    let number = |name: &str| fields.get(name).and_then(Value::as_i64);
    let part = |name: &str| fields.get(name).and_then(Value::as_object).and_then(known);
    match fields.keys().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["handle"] => Some(format!("#{}", number("handle")?)),
        ["year", "month", "day"] => {
            Some(format!("{:04}-{:02}-{:02}", number("year")?, number("month")?, number("day")?))
        }
        ["hour", "minute"] => Some(format!("{:02}:{:02}", number("hour")?, number("minute")?)),
        ["date", "time", "fold"] => {
            let later = if fields["fold"] == "Later" { " (the later one)" } else { "" };
            Some(format!("{} {}{later}", part("date")?, part("time")?))
        }
        // Which kind of thing a handle is of.
        [kind] => fields[*kind].as_object().and_then(known).map(|handle| format!("{kind} {handle}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::told;

    #[test]
    fn calls_read_as_people_would_say_them() {
        let starts = json!({ "date": { "year": 2026, "month": 1, "day": 5 }, "time": { "hour": 9, "minute": 0 }, "fold": "Later" });
        for (value, wanted) in [
            (json!({ "handle": 3 }), "#3"),
            (json!([{ "User": { "handle": 0 } }, "admin"]), "User #0, admin"),
            (json!({ "name": "North", "phone": null, "roles": ["Admin"] }), "name: North, roles: [Admin]"),
            (
                json!([{ "patient": { "handle": 1 }, "starts": starts }]),
                "{patient: #1, starts: 2026-01-05 09:00 (the later one)}",
            ),
            (json!([1, 2, 3, 4, 5]), "1, 2, 3, … 2 more"),
            (json!([1, 2, 3, 4, "… 90 more"]), "1, 2, 3, … 91 more"),
            (json!(["", "a\nb", null]), "\"\", \"a\\nb\", nothing"),
            (json!({ "handle": "x" }), "handle: x"),
            (json!([]), ""),
        ] {
            assert_eq!(told(&value), wanted);
        }
    }
}

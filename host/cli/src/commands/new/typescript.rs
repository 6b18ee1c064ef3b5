//! An npm package with a scenario in TypeScript, and the SDK inside it.
//!
//! Nothing of Insula's is in a registry, and this program may be all of it that there is on a machine. So the package
//! carries the SDK's source, in `vendor`, for its author to commit. What the SDK needs comes from the registry, in the
//! versions of the SDK's own lock file, from which the package's is made.

use serde_json::{Map, Value, json};

const SCENARIO: &str = include_str!("scenario.ts.in");
const LOCK: &str = include_str!("../../../../../sdk/typescript/package-lock.json");

/// Where the SDK is inside the package.
const VENDOR: &str = "vendor/insula-sdk";

macro_rules! sdk {
    ($($name:literal),* $(,)?) => {
        &[
            $(($name, include_str!(concat!("../../../../../sdk/typescript/", $name))),)*
            ("scenario.wit", include_str!("../../../../../sdk/wit/0.1.0/scenario.wit")),
        ]
    };
}

/// The SDK's files, as they stand in `sdk/typescript`.
const SDK: &[(&str, &str)] = sdk![
    "README.md",
    "build.mjs",
    "package.json",
    "tsconfig.json",
    "src/appointment.ts",
    "src/builder.ts",
    "src/civil.ts",
    "src/clinic.ts",
    "src/contract.d.ts",
    "src/entity.ts",
    "src/error.ts",
    "src/existing.ts",
    "src/failure.ts",
    "src/globals.d.ts",
    "src/host.ts",
    "src/index.ts",
    "src/interpreter.ts",
    "src/island.ts",
    "src/member.ts",
    "src/patient.ts",
    "src/prelude.ts",
    "src/resources.ts",
    "src/scenario.ts",
    "src/schema.ts",
    "src/services.ts",
    "src/shape.ts",
    "src/shapes.ts",
    "src/stack.ts",
];

/// The files of a new package; the scenario comes first.
pub fn files(name: &str) -> Result<Vec<(String, String)>, serde_json::Error> {
    let lock: Value = serde_json::from_str(LOCK)?;
    let zod = lock["packages"]["node_modules/zod"]["version"].as_str().unwrap_or_default();
    let dependencies = json!({ "@insula/sdk": format!("file:{VENDOR}"), "zod": zod });
    let package = json!({
        "name": name, "private": true, "type": "module",
        "scripts": { "build": "insula build .", "test": "insula test ." },
        "dependencies": dependencies,
    });
    let tsconfig = json!({ "extends": "@insula/sdk/tsconfig.json", "include": ["*.ts", "src"] });
    let text = |value: &Value| format!("{value:#}\n");
    let mut files = vec![
        (format!("{name}.scenario.ts"), SCENARIO.replace("@NAME@", name)),
        ("package.json".to_owned(), text(&package)),
        ("package-lock.json".to_owned(), text(&package_lock(name, &dependencies, lock))),
        ("tsconfig.json".to_owned(), text(&tsconfig)),
        (".gitignore".to_owned(), "node_modules/\n".to_owned()),
    ];
    files.extend(SDK.iter().map(|(path, text)| (format!("{VENDOR}/{path}"), (*text).to_owned())));
    Ok(files)
}

/// The SDK's lock file as npm would write it for the package that holds the SDK.
fn package_lock(name: &str, dependencies: &Value, mut lock: Value) -> Value {
    let mut packages = lock["packages"].as_object_mut().map(std::mem::take).unwrap_or_default();
    let sdk = packages.shift_remove("").unwrap_or_default();
    for package in packages.values_mut().filter_map(Value::as_object_mut) {
        package.shift_remove("dev");
    }
    let mut locked = Map::new();
    locked.insert(String::new(), json!({ "name": name, "dependencies": dependencies }));
    locked.insert("node_modules/@insula/sdk".to_owned(), json!({ "resolved": VENDOR, "link": true }));
    locked.append(&mut packages);
    locked.insert(VENDOR.to_owned(), sdk);
    json!({ "name": name, "lockfileVersion": 3, "requires": true, "packages": locked })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn all_of_the_sdk_is_there() {
        let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/typescript");
        let sources = std::fs::read_dir(sdk.join("src")).unwrap();
        let sources = sources.map(|entry| format!("src/{}", entry.unwrap().file_name().to_str().unwrap()));
        let given: BTreeSet<_> = SDK.iter().map(|(path, _)| (*path).to_owned()).collect();
        let missing: Vec<_> = sources.filter(|source| !given.contains(source)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn the_lock_file_fixes_every_package() {
        let files = files("mine").unwrap();
        let lock = &files.iter().find(|(path, _)| path == "package-lock.json").unwrap().1;
        let lock: Value = serde_json::from_str(lock).unwrap();
        for (path, package) in lock["packages"].as_object().unwrap() {
            let is_fixed = package["integrity"].is_string() && package["version"].is_string();
            assert!(
                is_fixed || !path.starts_with("node_modules/") || package["link"] == true,
                "{path}: {package}"
            );
            assert_eq!(package.get("dev"), None, "{path}");
        }
        assert!(lock["packages"]["node_modules/zod"]["version"].is_string());
    }
}

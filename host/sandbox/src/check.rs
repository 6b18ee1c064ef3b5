//! Whether a plugin keeps the contract, in words of the contract. A linker would say it too, but not to people.

mod compare;
mod text;

use wasmparser::Parser;
use wit_component::DecodedWasm;
use wit_parser::{InterfaceId, Resolve, WorldId, WorldItem, WorldKey};

use crate::contract::{PLUGIN, RELEASES, Release};
use crate::error::LoadError;
use compare::Comparison;

/// What is known of a plugin before it is compiled.
pub(crate) struct Checked {
    pub(crate) release: &'static Release,
    /// The interfaces that it imports, with their versions.
    pub(crate) imports: Vec<String>,
}

/// Checks a plugin's bytes, and finds the release of the contract for which it was made.
pub(crate) fn check(wasm: &[u8]) -> Result<Checked, LoadError> {
    if !wasm.starts_with(b"\0asm") {
        return Err(LoadError::NotWasm);
    }
    if Parser::is_core_wasm(wasm) {
        return Err(LoadError::CoreModule);
    }
    let damaged = |reason: &dyn std::fmt::Display| LoadError::Damaged { reason: reason.to_string() };
    let (found, world) = match wit_component::decode(wasm).map_err(|reason| damaged(&reason))? {
        DecodedWasm::Component(resolve, world) => (resolve, world),
        DecodedWasm::WitPackage(..) => return Err(missing("the description of an interface, and no code")),
    };
    let names = |items: &mut dyn Iterator<Item = &WorldKey>| -> Vec<String> {
        items.map(|key| found.name_world_key(key)).collect()
    };
    let imports = names(&mut found.worlds[world].imports.keys());
    let exports = names(&mut found.worlds[world].exports.keys());
    let ours = format!("{}/", PLUGIN.split('/').next().unwrap_or(PLUGIN));
    if let Some(import) = imports.iter().find(|import| !import.starts_with(&ours)) {
        return Err(LoadError::ForeignImport { import: import.clone() });
    }
    let release = release(&exports)?;
    compare(release, &found, world)?;
    Ok(Checked { release, imports })
}

fn release(exports: &[String]) -> Result<&'static Release, LoadError> {
    let Some((plugin, version)) = exports.iter().find_map(|export| {
        let version = export.strip_prefix(PLUGIN)?.strip_prefix('@')?;
        Some((export, version))
    }) else {
        let quoted: Vec<String> = exports.iter().map(|export| format!("`{export}`")).collect();
        return Err(missing(if quoted.is_empty() { "nothing".to_owned() } else { quoted.join(", ") }));
    };
    RELEASES.iter().find(|release| release.version == version).ok_or_else(|| {
        let known: Vec<&str> = RELEASES.iter().map(|release| release.version).collect();
        LoadError::UnknownVersion { found: plugin.clone(), known: known.join(", ") }
    })
}

fn missing(found: impl Into<String>) -> LoadError {
    let newest = RELEASES.last().map_or("", |release| release.version);
    LoadError::MissingExport { wanted: format!("{PLUGIN}@{newest}"), found: found.into() }
}

fn compare(release: &Release, found: &Resolve, world: WorldId) -> Result<(), LoadError> {
    let unusable = |reason: &dyn std::fmt::Display| LoadError::Unusable {
        reason: format!("this host's contract {} cannot be read: {reason}", release.version),
    };
    let mut wanted = Resolve::default();
    let package =
        wanted.push_source("scenario.wit", release.wit).map_err(|reason| unusable(&format!("{reason:#}")))?;
    let contract = wanted.select_world(&[package], Some("scenario")).map_err(|reason| unusable(&reason))?;

    let mut comparison = Comparison::new(&wanted, found);
    for (key, item) in &found.worlds[world].imports {
        let name = found.name_world_key(key);
        let interface = interface_of(item).zip(named(&wanted, contract, &name, true));
        let Some((theirs, ours)) = interface else {
            return Err(unknown_import(release, &name));
        };
        comparison.imports(ours, theirs)?;
    }
    for (key, item) in &found.worlds[world].exports {
        let name = found.name_world_key(key);
        // More exports than the contract asks for do no harm.
        if let Some((theirs, ours)) = interface_of(item).zip(named(&wanted, contract, &name, false)) {
            comparison.exports(ours, theirs)?;
        }
    }
    Ok(())
}

fn unknown_import(release: &Release, name: &str) -> LoadError {
    if name.ends_with(&format!("@{}", release.version)) {
        return LoadError::ForeignImport { import: name.to_owned() };
    }
    LoadError::UnknownVersion {
        found: name.to_owned(),
        known: format!("{} for what exports `{PLUGIN}@{}`", release.version, release.version),
    }
}

fn interface_of(item: &WorldItem) -> Option<InterfaceId> {
    match item {
        WorldItem::Interface { id, .. } => Some(*id),
        WorldItem::Function(_) | WorldItem::Type { .. } => None,
    }
}

fn named(resolve: &Resolve, world: WorldId, name: &str, import: bool) -> Option<InterfaceId> {
    let world = &resolve.worlds[world];
    let items = if import { &world.imports } else { &world.exports };
    items.iter().find(|(key, _)| resolve.name_world_key(key) == name).and_then(|(_, item)| interface_of(item))
}

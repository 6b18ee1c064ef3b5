//! The contract in TypeScript, as `componentize-qjs` has it: an option may be left out, a result is returned or thrown,
//! a number of 64 bits is rounded to 53.

mod declarations;
mod shapes;

use std::path::PathBuf;

use wit_parser::{Interface, PackageId, Resolve};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../sdk/typescript/src");
const CONTRACT: &str = include_str!("../../../sdk/wit/0.1.0/scenario.wit");

/// The files of the SDK that are made from the contract, with what they have to hold.
///
/// # Errors
/// When the contract uses what has no form in TypeScript here.
pub fn generated() -> anyhow::Result<[(PathBuf, String); 2]> {
    let mut resolve = Resolve::default();
    let package = resolve.push_source("scenario.wit", CONTRACT)?;
    let contract = Contract { resolve, package };
    let file = |name: &str| PathBuf::from(SOURCES).join(name);
    Ok([
        (file("contract.d.ts"), HEAD.to_owned() + &declarations::write(&contract)?),
        (file("shapes.ts"), HEAD.to_owned() + &shapes::write(&contract)?),
    ])
}

const HEAD: &str = "// Made from sdk/wit by `cargo run -p insula-test-typescript`. Do not edit.\n";

struct Contract {
    resolve: Resolve,
    package: PackageId,
}

impl Contract {
    fn interfaces(&self) -> impl Iterator<Item = (&str, &Interface)> {
        let package = &self.resolve.packages[self.package];
        package.interfaces.iter().map(|(name, id)| (name.as_str(), &self.resolve.interfaces[*id]))
    }
}

fn pascal(kebab: &str) -> String {
    kebab
        .split('-')
        .map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase().to_string());
            first.unwrap_or_default() + letters.as_str()
        })
        .collect()
}

fn camel(kebab: &str) -> String {
    match kebab.split_once('-') {
        Some((first, rest)) => first.to_owned() + &pascal(rest),
        None => kebab.to_owned(),
    }
}

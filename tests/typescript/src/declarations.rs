//! The declarations of the contract's modules.

use std::fmt::Write;

use anyhow::{Context, bail};
use wit_parser::{Docs, Function, Interface, Resolve, Type, TypeDef, TypeDefKind, TypeOwner};

use crate::{Contract, camel, pascal};

/// What TypeScript keeps for itself.
const RESERVED: [&str; 1] = ["new"];

/// One module for each interface.
pub fn write(contract: &Contract) -> anyhow::Result<String> {
    let resolve = &contract.resolve;
    let version = resolve.packages[contract.package].name.clone();
    let mut text = String::new();
    for (name, interface) in contract.interfaces() {
        text += "\n";
        doc(&mut text, "", &interface.docs, None);
        writeln!(text, "declare module {:?} {{", version.interface_id(name))?;
        Module { resolve, interface }.write(&mut text, name)?;
        text += "}\n";
    }
    Ok(text)
}

struct Module<'a> {
    resolve: &'a Resolve,
    interface: &'a Interface,
}

impl Module<'_> {
    fn write(&self, text: &mut String, name: &str) -> anyhow::Result<()> {
        let types = || self.interface.types.values().map(|id| &self.resolve.types[*id]);
        let used: Vec<&TypeDef> = types().filter(|of| self.source(of).is_some()).collect();
        if let Some(source) = used.first().and_then(|of| self.source(of)) {
            let mut names: Vec<String> =
                used.iter().filter_map(|of| of.name.as_deref()).map(pascal).collect();
            names.sort();
            writeln!(text, "  import type {{\n    {},\n  }} from {source:?};\n", names.join(",\n    "))?;
        }
        for of in types().filter(|of| self.source(of).is_none()) {
            self.definition(text, of)?;
        }
        if self.interface.functions.is_empty() {
            text.truncate(text.trim_end().len());
            text.push('\n');
            return Ok(());
        }
        text.push_str("  export interface Functions {\n");
        for function in self.interface.functions.values() {
            self.function(text, function)?;
        }
        text.push_str("  }\n");
        // What the host exports is imported; what the scenario exports is for it to write.
        if name != "plugin" {
            text.push_str("\n  const functions: Functions;\n  export default functions;\n");
        }
        Ok(())
    }

    /// The interface that a used type comes from.
    fn source(&self, of: &TypeDef) -> Option<String> {
        let TypeDefKind::Type(Type::Id(id)) = of.kind else { return None };
        match self.resolve.types[id].owner {
            TypeOwner::Interface(owner) if of.owner != self.resolve.types[id].owner => {
                self.resolve.id_of(owner)
            }
            _ => None,
        }
    }

    fn definition(&self, text: &mut String, of: &TypeDef) -> anyhow::Result<()> {
        let name = pascal(of.name.as_deref().context("a type without a name")?);
        doc(text, "  ", &of.docs, None);
        match &of.kind {
            TypeDefKind::Record(record) => {
                writeln!(text, "  export interface {name} {{")?;
                for field in &record.fields {
                    doc(text, "    ", &field.docs, None);
                    let (mark, of) = match self.option(&field.ty) {
                        Some(inner) => ("?", format!("{} | null | undefined", self.name(&inner)?)),
                        None => ("", self.name(&field.ty)?),
                    };
                    writeln!(text, "    {}{mark}: {of};", camel(&field.name))?;
                }
                text.push_str("  }\n\n");
            }
            TypeDefKind::Variant(variant) => {
                writeln!(text, "  export type {name} =")?;
                for case in &variant.cases {
                    doc(text, "    ", &case.docs, None);
                    match &case.ty {
                        Some(of) => {
                            writeln!(text, "    | {{ tag: {:?}; val: {} }}", case.name, self.name(of)?)?
                        }
                        None => writeln!(text, "    | {{ tag: {:?} }}", case.name)?,
                    }
                }
                text.truncate(text.trim_end().len());
                text.push_str(";\n\n");
            }
            TypeDefKind::Enum(cases) => {
                let cases: Vec<String> = cases.cases.iter().map(|case| format!("{:?}", case.name)).collect();
                writeln!(text, "  export type {name} = {};\n", cases.join(" | "))?;
            }
            TypeDefKind::Type(of) => writeln!(text, "  export type {name} = {};\n", self.name(of)?)?,
            other => bail!("{name}: a {} has no form in TypeScript here", other.as_str()),
        }
        Ok(())
    }

    fn function(&self, text: &mut String, function: &Function) -> anyhow::Result<()> {
        let mut params = Vec::new();
        for param in &function.params {
            let name = camel(&param.name);
            let name = if RESERVED.contains(&name.as_str()) { format!("{name}_") } else { name };
            params.push(match self.option(&param.ty) {
                Some(inner) => format!("{name}: {} | null | undefined", self.name(&inner)?),
                None => format!("{name}: {}", self.name(&param.ty)?),
            });
        }
        let (returned, thrown) = match function.result {
            None => ("void".to_owned(), None),
            Some(of) => match self.result(&of) {
                Some((ok, err)) => {
                    let name = |of: Option<Type>| of.map(|of| self.name(&of)).transpose();
                    (name(ok)?.unwrap_or("void".to_owned()), name(err)?)
                }
                None => (self.name(&of)?, None),
            },
        };
        doc(text, "    ", &function.docs, thrown.as_deref());
        writeln!(text, "    {}({}): {returned};", camel(&function.name), params.join(", "))?;
        Ok(())
    }

    fn option(&self, of: &Type) -> Option<Type> {
        let Type::Id(id) = of else { return None };
        if let TypeDefKind::Option(inner) = self.resolve.types[*id].kind { Some(inner) } else { None }
    }

    fn result(&self, of: &Type) -> Option<(Option<Type>, Option<Type>)> {
        let Type::Id(id) = of else { return None };
        if let TypeDefKind::Result(result) = &self.resolve.types[*id].kind {
            Some((result.ok, result.err))
        } else {
            None
        }
    }

    fn name(&self, of: &Type) -> anyhow::Result<String> {
        let id = match of {
            Type::Bool => return Ok("boolean".to_owned()),
            Type::String | Type::Char => return Ok("string".to_owned()),
            Type::Id(id) => *id,
            Type::ErrorContext => bail!("an error context has no form in TypeScript here"),
            _ => return Ok("number".to_owned()),
        };
        let of = &self.resolve.types[id];
        if let Some(name) = &of.name {
            return Ok(pascal(name));
        }
        Ok(match &of.kind {
            TypeDefKind::List(of) => format!("{}[]", self.name(of)?),
            TypeDefKind::Option(of) => format!("({} | null)", self.name(of)?),
            TypeDefKind::Tuple(tuple) => {
                let types: Vec<String> =
                    tuple.types.iter().map(|of| self.name(of)).collect::<Result<_, _>>()?;
                format!("[{}]", types.join(", "))
            }
            other => bail!("a {} has no form in TypeScript here", other.as_str()),
        })
    }
}

fn doc(text: &mut String, indent: &str, docs: &Docs, thrown: Option<&str>) {
    let mut lines: Vec<String> =
        docs.contents.iter().flat_map(|docs| docs.lines()).map(str::to_owned).collect();
    lines.extend(thrown.map(|thrown| format!("@throws {{{thrown}}}")));
    match lines.as_slice() {
        [] => {}
        [line] => *text += &format!("{indent}/** {line} */\n"),
        lines => {
            *text += &format!("{indent}/**\n");
            for line in lines {
                *text += format!("{indent} * {line}").trim_end();
                text.push('\n');
            }
            *text += &format!("{indent} */\n");
        }
    }
}

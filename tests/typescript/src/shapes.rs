//! The forms of what the host's functions take, for the SDK to check at run time.

use std::fmt::Write;

use anyhow::bail;
use wit_parser::{Type, TypeDefKind};

use crate::{Contract, camel};

/// One table of functions for each interface that the host has.
pub fn write(contract: &Contract) -> anyhow::Result<String> {
    let mut text = "import type { Shape } from \"./shape\";\n".to_owned();
    let mut shapes = Shapes { contract, named: Vec::new() };
    let mut tables = String::new();
    for (name, interface) in contract.interfaces().filter(|(name, _)| *name != "plugin") {
        if interface.functions.is_empty() {
            continue;
        }
        writeln!(tables, "\nexport const {}: Readonly<Record<string, readonly Shape[]>> = {{", camel(name))?;
        for function in interface.functions.values() {
            let params =
                function.params.iter().map(|param| shapes.of(&param.ty)).collect::<Result<Vec<_>, _>>()?;
            writeln!(tables, "  {}: [{}],", camel(&function.name), params.join(", "))?;
        }
        tables += "};\n";
    }
    for (name, shape) in shapes.named {
        write!(text, "\nconst {name}: Shape = {shape};\n")?;
    }
    Ok(text + &tables)
}

struct Shapes<'a> {
    contract: &'a Contract,
    /// In an order in which each stands before what uses it.
    named: Vec<(String, String)>,
}

impl Shapes<'_> {
    fn of(&mut self, of: &Type) -> anyhow::Result<String> {
        let number = |low: i128, high: i128| Ok(format!("[\"number\", {low}, {high}]"));
        // The largest whole number that JavaScript counts to without gaps.
        let most = (1_i128 << 53) - 1;
        match of {
            Type::Bool => Ok("\"boolean\"".to_owned()),
            Type::String => Ok("\"string\"".to_owned()),
            Type::U8 => number(0, u8::MAX.into()),
            Type::U16 => number(0, u16::MAX.into()),
            Type::U32 => number(0, u32::MAX.into()),
            Type::U64 => number(0, most),
            Type::S8 => number(i8::MIN.into(), i8::MAX.into()),
            Type::S16 => number(i16::MIN.into(), i16::MAX.into()),
            Type::S32 => number(i32::MIN.into(), i32::MAX.into()),
            Type::S64 => number(-most, most),
            Type::Id(id) => {
                let of = &self.contract.resolve.types[*id];
                if let TypeDefKind::Type(of) = of.kind {
                    return self.of(&of);
                }
                let shape = self.compound(&of.kind)?;
                let Some(name) = of.name.as_deref().map(camel) else { return Ok(shape) };
                if !self.named.iter().any(|(known, _)| *known == name) {
                    self.named.push((name.clone(), shape));
                }
                Ok(name)
            }
            Type::F32 | Type::F64 | Type::Char | Type::ErrorContext => bail!("{of:?} has no shape here"),
        }
    }

    fn compound(&mut self, kind: &TypeDefKind) -> anyhow::Result<String> {
        let key = |name: &str| if name.contains('-') { format!("{name:?}") } else { name.to_owned() };
        Ok(match kind {
            TypeDefKind::Option(of) => format!("[\"option\", {}]", self.of(of)?),
            TypeDefKind::List(of) => format!("[\"list\", {}]", self.of(of)?),
            TypeDefKind::Tuple(tuple) => {
                let shapes = tuple.types.iter().map(|of| self.of(of)).collect::<Result<Vec<_>, _>>()?;
                format!("[\"tuple\", [{}]]", shapes.join(", "))
            }
            TypeDefKind::Enum(cases) => {
                let names: Vec<String> = cases.cases.iter().map(|case| format!("{:?}", case.name)).collect();
                format!("[\"enum\", [{}]]", names.join(", "))
            }
            TypeDefKind::Record(record) => {
                let mut fields = Vec::new();
                for field in &record.fields {
                    fields.push(format!("{}: {}", camel(&field.name), self.of(&field.ty)?));
                }
                format!("[\"record\", {{ {} }}]", fields.join(", "))
            }
            TypeDefKind::Variant(variant) => {
                let mut cases = Vec::new();
                for case in &variant.cases {
                    let shape = case.ty.as_ref().map(|of| self.of(of)).transpose()?;
                    cases.push(format!("{}: {}", key(&case.name), shape.unwrap_or("null".to_owned())));
                }
                format!("[\"variant\", {{ {} }}]", cases.join(", "))
            }
            other => bail!("a {} has no shape here", other.as_str()),
        })
    }
}

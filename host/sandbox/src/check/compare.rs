//! A plugin's interfaces beside the contract's.

use std::collections::HashSet;

use wit_parser::{Function, InterfaceId, Resolve, Type, TypeDefKind, TypeId};

use super::text;
use crate::error::LoadError;

type Outcome = Result<(), LoadError>;

/// Compares interfaces by structure and reports the first difference at the innermost thing that has a name.
pub(super) struct Comparison<'a> {
    wanted: &'a Resolve,
    found: &'a Resolve,
    /// Types that were compared; each is used by many functions.
    compared: HashSet<(TypeId, TypeId)>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(wanted: &'a Resolve, found: &'a Resolve) -> Self {
        Self { wanted, found, compared: HashSet::new() }
    }

    /// A plugin may import fewer functions than there are.
    pub(super) fn imports(&mut self, wanted: InterfaceId, found: InterfaceId) -> Outcome {
        let interface = self.wanted.id_of(wanted).unwrap_or_default();
        for (name, theirs) in &self.found.interfaces[found].functions {
            let item = format!("the imported function `{name}` of `{interface}`");
            let Some(ours) = self.wanted.interfaces[wanted].functions.get(name) else {
                return Err(mismatch(item, "no such function", text::function(self.found, theirs)));
            };
            self.function(&item, ours, theirs)?;
        }
        Ok(())
    }

    /// A plugin exports all functions that the contract asks for.
    pub(super) fn exports(&mut self, wanted: InterfaceId, found: InterfaceId) -> Outcome {
        let interface = self.wanted.id_of(wanted).unwrap_or_default();
        for (name, ours) in &self.wanted.interfaces[wanted].functions {
            let item = format!("the exported function `{name}` of `{interface}`");
            let Some(theirs) = self.found.interfaces[found].functions.get(name) else {
                return Err(mismatch(item, text::function(self.wanted, ours), "no such function"));
            };
            self.function(&item, ours, theirs)?;
        }
        Ok(())
    }

    fn function(&mut self, item: &str, ours: &Function, theirs: &Function) -> Outcome {
        let (wanted, found) = (self.wanted, self.found);
        let differ = || mismatch(item, text::function(wanted, ours), text::function(found, theirs));
        if ours.params.len() != theirs.params.len() || ours.kind.is_async() != theirs.kind.is_async() {
            return Err(differ());
        }
        for (ours, theirs) in ours.params.iter().zip(&theirs.params) {
            self.ty(&ours.ty, &theirs.ty, &differ)?;
        }
        self.maybe(ours.result.as_ref(), theirs.result.as_ref(), &differ)
    }

    fn maybe(
        &mut self,
        ours: Option<&Type>,
        theirs: Option<&Type>,
        differ: &dyn Fn() -> LoadError,
    ) -> Outcome {
        match (ours, theirs) {
            (None, None) => Ok(()),
            (Some(ours), Some(theirs)) => self.ty(ours, theirs, differ),
            _ => Err(differ()),
        }
    }

    fn ty(&mut self, ours: &Type, theirs: &Type, differ: &dyn Fn() -> LoadError) -> Outcome {
        match (unalias(self.wanted, *ours), unalias(self.found, *theirs)) {
            (Type::Id(ours), Type::Id(theirs)) => {
                if self.compared.insert((ours, theirs)) {
                    self.definition(ours, theirs, differ)
                } else {
                    Ok(())
                }
            }
            (ours, theirs) if ours == theirs => Ok(()),
            _ => Err(differ()),
        }
    }

    fn definition(&mut self, ours: TypeId, theirs: TypeId, differ: &dyn Fn() -> LoadError) -> Outcome {
        let (wanted, found) = (self.wanted, self.found);
        let name = wanted.types[ours].name.as_deref().unwrap_or_default();
        let whole = || {
            let item = format!("the type `{name}`");
            mismatch(item, text::definition(wanted, ours), text::definition(found, theirs))
        };
        let part = |part: &str, ours: Option<&Type>, theirs: Option<&Type>| {
            let text = |resolve, ty: Option<&Type>| ty.map_or("nothing".into(), |ty| text::name(resolve, ty));
            mismatch(format!("`{part}` of the type `{name}`"), text(wanted, ours), text(found, theirs))
        };
        match (&wanted.types[ours].kind, &found.types[theirs].kind) {
            (TypeDefKind::Record(ours), TypeDefKind::Record(theirs)) => {
                if !ours
                    .fields
                    .iter()
                    .map(|field| &field.name)
                    .eq(theirs.fields.iter().map(|field| &field.name))
                {
                    return Err(whole());
                }
                for (ours, theirs) in ours.fields.iter().zip(&theirs.fields) {
                    self.ty(&ours.ty, &theirs.ty, &|| part(&ours.name, Some(&ours.ty), Some(&theirs.ty)))?;
                }
                Ok(())
            }
            (TypeDefKind::Variant(ours), TypeDefKind::Variant(theirs)) => {
                if !ours.cases.iter().map(|case| &case.name).eq(theirs.cases.iter().map(|case| &case.name)) {
                    return Err(whole());
                }
                for (ours, theirs) in ours.cases.iter().zip(&theirs.cases) {
                    let (of_ours, of_theirs) = (ours.ty.as_ref(), theirs.ty.as_ref());
                    self.maybe(of_ours, of_theirs, &|| part(&ours.name, of_ours, of_theirs))?;
                }
                Ok(())
            }
            (TypeDefKind::Enum(ours), TypeDefKind::Enum(theirs)) => {
                let same =
                    ours.cases.iter().map(|case| &case.name).eq(theirs.cases.iter().map(|case| &case.name));
                if same { Ok(()) } else { Err(whole()) }
            }
            (TypeDefKind::Tuple(ours), TypeDefKind::Tuple(theirs))
                if ours.types.len() == theirs.types.len() =>
            {
                ours.types
                    .iter()
                    .zip(&theirs.types)
                    .try_for_each(|(ours, theirs)| self.ty(ours, theirs, differ))
            }
            (TypeDefKind::Option(ours), TypeDefKind::Option(theirs))
            | (TypeDefKind::List(ours), TypeDefKind::List(theirs)) => self.ty(ours, theirs, differ),
            (TypeDefKind::Result(ours), TypeDefKind::Result(theirs)) => {
                self.maybe(ours.ok.as_ref(), theirs.ok.as_ref(), differ)?;
                self.maybe(ours.err.as_ref(), theirs.err.as_ref(), differ)
            }
            // The contract has no other kinds of types.
            _ if name.is_empty() => Err(differ()),
            _ => Err(whole()),
        }
    }
}

fn unalias(resolve: &Resolve, mut ty: Type) -> Type {
    while let Type::Id(id) = ty
        && let TypeDefKind::Type(of) = resolve.types[id].kind
    {
        ty = of;
    }
    ty
}

fn mismatch(item: impl Into<String>, wanted: impl Into<String>, found: impl Into<String>) -> LoadError {
    LoadError::Mismatch { item: item.into(), wanted: wanted.into(), found: found.into() }
}

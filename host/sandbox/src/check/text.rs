//! Functions and types as WIT text.

use wit_parser::{Function, Resolve, Type, TypeDefKind, TypeId};

/// A function: `func(new: new-user) -> result<user, rejection>`.
pub(super) fn function(resolve: &Resolve, function: &Function) -> String {
    let params: Vec<String> =
        function.params.iter().map(|param| format!("{}: {}", param.name, name(resolve, &param.ty))).collect();
    let result = function.result.map(|ty| format!(" -> {}", name(resolve, &ty))).unwrap_or_default();
    let keyword = if function.kind.is_async() { "async func" } else { "func" };
    format!("{keyword}({}){result}", params.join(", "))
}

/// A type by its name, where it has one.
pub(super) fn name(resolve: &Resolve, ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".to_owned(),
        Type::U8 => "u8".to_owned(),
        Type::U16 => "u16".to_owned(),
        Type::U32 => "u32".to_owned(),
        Type::U64 => "u64".to_owned(),
        Type::S8 => "s8".to_owned(),
        Type::S16 => "s16".to_owned(),
        Type::S32 => "s32".to_owned(),
        Type::S64 => "s64".to_owned(),
        Type::F32 => "f32".to_owned(),
        Type::F64 => "f64".to_owned(),
        Type::Char => "char".to_owned(),
        Type::String => "string".to_owned(),
        Type::ErrorContext => "error-context".to_owned(),
        Type::Id(id) => {
            let def = &resolve.types[*id];
            def.name.clone().unwrap_or_else(|| definition(resolve, *id))
        }
    }
}

/// What a type is: `record time { hour: u8, minute: u8 }`.
pub(super) fn definition(resolve: &Resolve, id: TypeId) -> String {
    let def = &resolve.types[id];
    let named = def.name.clone().unwrap_or_default();
    let ty = |ty: &Type| name(resolve, ty);
    let maybe = |ty: &Option<Type>| ty.as_ref().map_or_else(|| "_".to_owned(), |ty| name(resolve, ty));
    let block = |keyword: &str, parts: Vec<String>| format!("{keyword} {named} {{ {} }}", parts.join(", "));
    match &def.kind {
        TypeDefKind::Record(record) => block(
            "record",
            record.fields.iter().map(|field| format!("{}: {}", field.name, ty(&field.ty))).collect(),
        ),
        TypeDefKind::Variant(variant) => block(
            "variant",
            variant
                .cases
                .iter()
                .map(|case| match &case.ty {
                    Some(payload) => format!("{}({})", case.name, ty(payload)),
                    None => case.name.clone(),
                })
                .collect(),
        ),
        TypeDefKind::Enum(of) => block("enum", of.cases.iter().map(|case| case.name.clone()).collect()),
        TypeDefKind::Flags(of) => block("flags", of.flags.iter().map(|flag| flag.name.clone()).collect()),
        TypeDefKind::Tuple(of) => {
            format!("tuple<{}>", of.types.iter().map(ty).collect::<Vec<_>>().join(", "))
        }
        TypeDefKind::Option(of) => format!("option<{}>", ty(of)),
        TypeDefKind::List(of) => format!("list<{}>", ty(of)),
        TypeDefKind::FixedLengthList(of, length) => format!("list<{}, {length}>", ty(of)),
        TypeDefKind::Map(key, value) => format!("map<{}, {}>", ty(key), ty(value)),
        TypeDefKind::Result(of) => match (&of.ok, &of.err) {
            (None, None) => "result".to_owned(),
            (Some(ok), None) => format!("result<{}>", ty(ok)),
            (ok, err) => format!("result<{}, {}>", maybe(ok), maybe(err)),
        },
        TypeDefKind::Future(of) => format!("future<{}>", maybe(of)),
        TypeDefKind::Stream(of) => format!("stream<{}>", maybe(of)),
        TypeDefKind::Type(of) => ty(of),
        TypeDefKind::Resource => format!("resource {named}"),
        TypeDefKind::Handle(wit_parser::Handle::Own(id)) => format!("own<{}>", ty(&Type::Id(*id))),
        TypeDefKind::Handle(wit_parser::Handle::Borrow(id)) => format!("borrow<{}>", ty(&Type::Id(*id))),
        TypeDefKind::Unknown => "unknown".to_owned(),
    }
}

//! The scenarios that every Insula brings along, as components inside the program, so that the program alone
//! is a working product.

/// A scenario that is built in.
#[derive(Debug, Clone, Copy)]
pub struct Builtin {
    /// The name in its manifest.
    pub name: &'static str,
    /// The component.
    pub wasm: &'static [u8],
}

/// All of them, simplest first.
pub static BUILTINS: &[Builtin] = include!(concat!(env!("OUT_DIR"), "/builtins.rs"));

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test says so when it fails")]
mod tests {
    use wasmtime::component::{Component, Linker, Val};
    use wasmtime::{Engine, Store};

    use super::{BUILTINS, Builtin};

    /// What the component answers when it is asked to describe itself, by field.
    fn manifest(builtin: &Builtin) -> Vec<(String, Val)> {
        let engine = Engine::default();
        let component = Component::new(&engine, builtin.wasm).unwrap();
        let mut linker = Linker::<()>::new(&engine);
        // A scenario describes itself without a word from the host.
        linker.define_unknown_imports_as_traps(&component).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &component).unwrap();
        let plugin = instance.get_export_index(&mut store, None, "insula:scenario/plugin@0.1.0").unwrap();
        let describe = instance.get_export_index(&mut store, Some(&plugin), "describe").unwrap();
        let mut answer = [Val::Bool(false)];
        instance.get_func(&mut store, describe).unwrap().call(&mut store, &[], &mut answer).unwrap();
        let [Val::Record(fields)] = answer else { unreachable!("the manifest is no record") };
        fields
    }

    #[test]
    fn each_goes_by_the_name_of_its_manifest() {
        for builtin in BUILTINS {
            let fields = manifest(builtin);
            let name = fields.iter().find(|(field, _)| field == "name").map(|(_, name)| name);
            assert_eq!(name, Some(&Val::String(builtin.name.into())));
        }
    }

    #[test]
    fn each_shows_how_it_is_called() {
        for builtin in BUILTINS {
            let fields = manifest(builtin);
            let examples = fields.iter().find(|(field, _)| field == "examples").map(|(_, examples)| examples);
            assert!(matches!(examples, Some(Val::List(list)) if !list.is_empty()), "{}", builtin.name);
        }
    }
}

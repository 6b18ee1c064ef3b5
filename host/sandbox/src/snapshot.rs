//! Plugins that are an interpreter and what it has read.
//!
//! An interpreter is a plugin that is no scenario yet: the first thing that it is asked to build it takes for a script, reads
//! it and answers nothing more than that. What it is then, memory and globals, is written down as another component: the
//! scenario (pre-initialisation, as <https://docs.rs/wasmtime-wizer> does it). Its functions are the interpreter's.
//!
//! Tools that link an interpreter wrap it, in components whose only use is that they refuse what it imports and no scenario
//! gets. Only the innermost has modules; it is run and written down by itself, and put back into its wraps.

use std::ops::Range;

use wasm_encoder::Encode;
use wasmparser::{BinaryReader, Parser};
use wasmtime::component::{Component, ComponentExportIndex, Instance, Lift, Linker, Val, WasmList};
use wasmtime::{Engine, Error, Result, Store, bail};
use wasmtime_wizer::ComponentInstanceState;

use crate::contract::PLUGIN;
use crate::host::Host;

/// The numbers of sections in a component (its binary format, Component Model).
const MODULE: u8 = 1;
const COMPONENT: u8 = 4;

/// Bytes that say: a component, in version 13 of the format.
const PREAMBLE: usize = 8;

/// An interpreter, taken apart.
pub(crate) struct Interpreter<'a> {
    wasm: &'a [u8],
    /// Where in each component the next one stands, the outermost first: its section, and what is in that.
    wraps: Vec<(Range<usize>, Range<usize>)>,
}

impl<'a> Interpreter<'a> {
    /// Takes a component apart.
    ///
    /// # Errors
    /// When there is not one component in it, however deep, that has modules.
    pub(crate) fn new(wasm: &'a [u8]) -> Result<Self> {
        let mut wraps = Vec::new();
        let mut inner = wasm;
        loop {
            let sections = sections(inner)?;
            if sections.iter().any(|section| section.id == MODULE) {
                return Ok(Self { wasm, wraps });
            }
            // The stubs have modules as well, of a few bytes each.
            let largest = sections.into_iter().filter(|section| section.id == COMPONENT);
            let Some(next) = largest.max_by_key(|section| section.body.len()) else {
                bail!("it is an interpreter without code");
            };
            inner = &inner[next.body.clone()];
            wraps.push((next.whole, next.body));
        }
    }

    /// The component that has the modules.
    pub(crate) fn inner(&self) -> &'a [u8] {
        self.wraps.iter().fold(self.wasm, |wasm, (_, body)| &wasm[body.clone()])
    }

    /// The whole with another component in the place of that one.
    pub(crate) fn with(&self, inner: Vec<u8>) -> Vec<u8> {
        let mut outside = Vec::with_capacity(self.wraps.len());
        let mut wasm = self.wasm;
        for (whole, body) in &self.wraps {
            outside.push((&wasm[..whole.start], &wasm[whole.end..]));
            wasm = &wasm[body.clone()];
        }
        outside.into_iter().rev().fold(inner, |inner, (before, after)| {
            let mut wasm = before.to_vec();
            wasm.push(COMPONENT);
            inner.len().encode(&mut wasm);
            wasm.extend(inner);
            wasm.extend(after);
            wasm
        })
    }
}

/// A section of a component.
struct Section {
    id: u8,
    whole: Range<usize>,
    body: Range<usize>,
}

/// The sections of a component, without those of components in it.
fn sections(wasm: &[u8]) -> Result<Vec<Section>> {
    if !Parser::is_component(wasm) {
        bail!("it is no component");
    }
    let mut reader = BinaryReader::new(&wasm[PREAMBLE..], 0);
    let at = |reader: &BinaryReader<'_>| wasm.len() - reader.bytes_remaining();
    let mut sections = Vec::new();
    while !reader.eof() {
        let start = at(&reader);
        let id = reader.read_u8()?;
        let length = reader.read_var_u32()? as usize;
        let body = at(&reader);
        reader.read_bytes(length)?;
        sections.push(Section { id, whole: start..body + length, body: body..body + length });
    }
    Ok(sections)
}

/// Has an instance of an interpreter read a script.
///
/// # Errors
/// A trap; or inside, what it has against the script.
pub(crate) async fn read(
    store: &mut Store<Host>,
    instance: Instance,
    version: &str,
    script: &str,
) -> Result<Result<(), String>> {
    let plugin = format!("{PLUGIN}@{version}");
    let build = export(store, instance, &plugin, "build")?;
    let build = instance.get_func(&mut *store, build).ok_or_else(|| missing(&plugin, "build"))?;
    let mut answer = [Val::Bool(false)];
    build.call_async(&mut *store, &[Val::String(script.to_owned())], &mut answer).await?;
    Ok(match answer {
        [Val::Result(Err(Some(failure)))] => Err(words(*failure)),
        _ => Ok(()),
    })
}

/// What a failure of the contract says.
fn words(failure: Val) -> String {
    match failure {
        Val::Variant(_, Some(inside)) => words(*inside),
        Val::Record(fields) => fields
            .into_iter()
            .find_map(|(name, value)| (name == "message").then(|| words(value)))
            .unwrap_or_default(),
        Val::String(text) => text,
        other => format!("{other:?}"),
    }
}

fn export(
    store: &mut Store<Host>,
    instance: Instance,
    interface: &str,
    function: &str,
) -> Result<ComponentExportIndex> {
    let found = instance.get_export_index(&mut *store, None, interface);
    let found = found.and_then(|found| instance.get_export_index(&mut *store, Some(&found), function));
    found.ok_or_else(|| missing(interface, function))
}

fn missing(interface: &str, function: &str) -> Error {
    Error::msg(format!("it does not export `{function}` of `{interface}`"))
}

/// A linker that lets an interpreter call nothing.
pub(crate) fn linker(engine: &Engine, component: &Component) -> Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    linker.define_unknown_imports_as_traps(component)?;
    Ok(linker)
}

/// Where the state of an instance is read from. The trait knows no errors, so the first is kept.
pub(crate) struct State<'a> {
    pub(crate) store: &'a mut Store<Host>,
    pub(crate) instance: Instance,
    pub(crate) failed: Option<Error>,
}

impl State<'_> {
    async fn call<T: Lift + Send + Sync + 'static>(&mut self, interface: &str, function: &str) -> Option<T> {
        let called = async {
            let export = export(self.store, self.instance, interface, function)?;
            let function = self.instance.get_typed_func::<(), (T,)>(&mut *self.store, export)?;
            Ok(function.call_async(&mut *self.store, ()).await?.0)
        };
        called.await.map_err(|reason: Error| self.failed = Some(reason)).ok()
    }
}

impl ComponentInstanceState for State<'_> {
    async fn call_func_ret_list_u8(
        &mut self,
        instance: &str,
        func: &str,
        contents: impl FnOnce(&[u8]) + Send,
    ) {
        if let Some(list) = self.call::<WasmList<u8>>(instance, func).await {
            contents(list.as_le_slice(&*self.store));
        }
    }

    async fn call_func_ret_s32(&mut self, instance: &str, func: &str) -> i32 {
        self.call(instance, func).await.unwrap_or_default()
    }

    async fn call_func_ret_s64(&mut self, instance: &str, func: &str) -> i64 {
        self.call(instance, func).await.unwrap_or_default()
    }

    async fn call_func_ret_f32(&mut self, instance: &str, func: &str) -> u32 {
        self.call::<f32>(instance, func).await.unwrap_or_default().to_bits()
    }

    async fn call_func_ret_f64(&mut self, instance: &str, func: &str) -> u64 {
        self.call::<f64>(instance, func).await.unwrap_or_default().to_bits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insula_test_guests::guest;

    /// A component with another in it, between two sections of its own.
    fn wrap(inner: &[u8]) -> Vec<u8> {
        const CUSTOM: [u8; 4] = [0, 2, 1, b'a'];
        let mut wasm = b"\0asm\x0d\0\x01\0".to_vec();
        wasm.extend(CUSTOM);
        wasm.push(COMPONENT);
        inner.len().encode(&mut wasm);
        wasm.extend(inner);
        wasm.extend(CUSTOM);
        wasm
    }

    #[test]
    fn what_is_wrapped_is_found_and_put_back() {
        let inner = guest("good");
        let other = guest("panics");
        for wraps in 0..3 {
            let wrapped = |wasm: Vec<u8>| (0..wraps).fold(wasm, |wasm, _| wrap(&wasm));
            let whole = wrapped(inner.clone());
            let interpreter = Interpreter::new(&whole).unwrap();
            assert!(interpreter.inner() == inner);
            assert!(interpreter.with(other.clone()) == wrapped(other.clone()));
        }
    }

    #[test]
    fn what_is_no_interpreter_is_refused() {
        let cut = &wrap(&guest("good"))[..1000];
        for (wasm, words) in
            [(&b"\0asm\x01\0\0\0"[..], "no component"), (&wrap(b"")[..], "no component"), (cut, "end")]
        {
            let reason = Interpreter::new(wasm).err().unwrap().to_string();
            assert!(reason.contains(words), "{reason}");
        }
        assert!(Interpreter::new(b"\0asm\x0d\0\x01\0").is_err());
    }
}

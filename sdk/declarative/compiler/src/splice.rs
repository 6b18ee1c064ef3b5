//! Puts a document into the interpreter's module.
//!
//! The module has a slot with a mark (`insula::document` in sdk/rust). The document becomes a data segment above all
//! memory that the module has at its start, memory begins larger by as many pages, and the slot says where it is.

use std::convert::Infallible;

use insula::DOCUMENT_MARK as MARK;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{ConstExpr, DataSection, MemoryType, Module};
use wasmparser::{CustomSectionReader, Data, DataKind, DataSectionReader, Parser};

use crate::CompileError;

const PAGE: u64 = 64 * 1024;

/// The module with the document.
pub(crate) fn splice(module: &[u8], document: &[u8]) -> Result<Vec<u8>, CompileError> {
    let failed = |reason: &str| CompileError::Interpreter { reason: reason.to_owned() };
    let mut splicer = Splicer { document, begins: 0, slots: 0 };
    let mut spliced = Module::new();
    splicer
        .parse_core_module(&mut spliced, Parser::new(0), module)
        .map_err(|error| failed(&error.to_string()))?;
    match splicer.slots {
        1 => Ok(spliced.finish()),
        0 => Err(failed("it has no slot")),
        _ => Err(failed("it has more than one slot")),
    }
}

struct Splicer<'d> {
    document: &'d [u8],
    /// The address of the document.
    begins: u64,
    slots: usize,
}

impl Splicer<'_> {
    /// A segment's bytes, with the slot filled where it is in them.
    fn fill(&mut self, data: &[u8]) -> Vec<u8> {
        let mut data = data.to_vec();
        let marks = data.windows(MARK.len()).enumerate().filter(|(_, window)| *window == MARK);
        for place in marks.map(|(place, _)| place + MARK.len()).collect::<Vec<_>>() {
            self.slots += 1;
            let address = (self.begins as u32).to_le_bytes().into_iter();
            let slot = address.chain((self.document.len() as u32).to_le_bytes());
            data.iter_mut().skip(place).zip(slot).for_each(|(byte, new)| *byte = new);
        }
        data
    }
}

impl Reencode for Splicer<'_> {
    type Error = Infallible;

    fn memory_type(&mut self, memory: wasmparser::MemoryType) -> Result<MemoryType, Error<Infallible>> {
        let mut memory = utils::memory_type(self, memory);
        self.begins = memory.minimum * PAGE;
        memory.minimum += (self.document.len() as u64).div_ceil(PAGE);
        Ok(memory)
    }

    fn parse_custom_section(
        &mut self,
        module: &mut Module,
        section: CustomSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        // The names of the interpreter's functions say nothing to the author of a document.
        if section.name() == "name" { Ok(()) } else { utils::parse_custom_section(self, module, section) }
    }

    fn data_count(&mut self, count: u32) -> Result<u32, Error<Infallible>> {
        Ok(count + 1)
    }

    fn parse_data_section(
        &mut self,
        data: &mut DataSection,
        section: DataSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        utils::parse_data_section(self, data, section)?;
        data.active(0, &ConstExpr::i32_const(self.begins as i32), self.document.iter().copied());
        Ok(())
    }

    fn parse_data(&mut self, data: &mut DataSection, segment: Data<'_>) -> Result<(), Error<Infallible>> {
        let filled = self.fill(segment.data);
        match segment.kind {
            DataKind::Active { memory_index, offset_expr } => {
                let offset = self.const_expr(offset_expr)?;
                data.active(memory_index, &offset, filled);
            }
            DataKind::Passive => {
                data.passive(filled);
            }
        }
        Ok(())
    }
}

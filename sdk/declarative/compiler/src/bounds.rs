//! How large a file may be, before anything is made of it. What is small in YAML can be large in memory: an alias is the
//! whole of what it stands for. And what is nested deeply is read by functions that call themselves.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, StrInput};

/// Of the text, and of it with a copy in the place of each alias. Plugins have room for more; scenarios have a few KiB.
const LARGEST: usize = 1 << 20;

/// Mappings and lists in one another. The format itself needs ten.
const DEEPEST: usize = 100;

/// Whether the text may be read; if not, where it is too much, and why. What is no YAML is for the reader to refuse.
pub(crate) fn check(text: &str) -> Result<(), (Option<Marker>, String)> {
    let too_large = |copies| {
        let help = if copies { "; each alias counts as a copy" } else { "" };
        format!("this is too large: a scenario has at most {} MiB{help}", LARGEST >> 20)
    };
    if text.len() > LARGEST {
        return Err((None, too_large(false)));
    }
    let mut size = 0_usize;
    // The anchor of each mapping or list that has not ended, and the size before it.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut anchors: HashMap<usize, usize> = HashMap::new();
    for event in Parser::new(StrInput::new(text)) {
        let Ok((event, span)) = event else { return Ok(()) };
        let before = size;
        match event {
            Event::Scalar(text, _, anchor, _) => {
                size = size.saturating_add(text.len() + 1);
                anchors.insert(anchor, size - before);
            }
            Event::Alias(anchor) => {
                size = size.saturating_add(anchors.get(&anchor).copied().unwrap_or(1));
            }
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                open.push((anchor, before));
                size = size.saturating_add(1);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((anchor, before)) = open.pop() {
                    anchors.insert(anchor, size - before);
                }
            }
            _ => {}
        }
        if open.len() > DEEPEST {
            let message =
                format!("this is nested too deeply: at most {DEEPEST} mappings and lists in one another");
            return Err((Some(span.start), message));
        }
        if size > LARGEST {
            return Err((Some(span.start), too_large(true)));
        }
    }
    Ok(())
}

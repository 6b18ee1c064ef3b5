//! x
use insula::prelude::*;
/// Full
#[insula::scenario(name = "full_clinic", version = "1.0.0")]
fn build(island: &mut Island) -> Result<()> {
    island.clinic("x").create()?;
    Ok(())
}

//! Writes the SDK's files that are made from the contract anew, after it has changed.

fn main() -> anyhow::Result<()> {
    for (file, text) in insula_test_typescript::generated()? {
        std::fs::write(&file, text)?;
        println!("{} is written", file.display());
    }
    Ok(())
}

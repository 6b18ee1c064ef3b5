//! What the SDK says of the contract is what the contract says.

#![expect(clippy::unwrap_used, reason = "a test says so when it fails")]

#[test]
fn what_is_made_from_the_contract_is_what_it_says() {
    for (file, text) in insula_test_typescript::generated().unwrap() {
        let committed = std::fs::read_to_string(&file).unwrap();
        assert!(committed == text, "{} is old: cargo run -p insula-test-typescript", file.display());
    }
}

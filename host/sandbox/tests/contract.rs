//! What a plugin hears that was made for something near to the contract.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use insula_sandbox::{Sandbox, SandboxConfig};
use insula_test_guests::{CONTRACT, component};

/// A module that exports what the contract asks for, and imports `create-user` with so many core parameters.
fn module(params: usize) -> String {
    let params = "i32 ".repeat(params);
    format!(
        r#"(module
            (import "insula:scenario/island@0.1.0" "create-user" (func (param {params})))
            (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
            (func (export "insula:scenario/plugin@0.1.0#describe") (result i32) (unreachable))
            (func (export "insula:scenario/plugin@0.1.0#base-params") (param i32 i32) (result i32) (unreachable))
            (func (export "insula:scenario/plugin@0.1.0#build") (param i32 i32) (result i32) (unreachable)))"#
    )
}

async fn refusal(params: usize, was: &str, is: &str) -> String {
    assert!(CONTRACT.contains(was), "{was}");
    let wasm = component(&module(params), &CONTRACT.replacen(was, is, 1));
    Sandbox::new(SandboxConfig::default()).unwrap().load(&wasm).await.unwrap_err().to_string()
}

#[tokio::test]
async fn each_difference_is_named_in_wit() {
    let subject = "subject: option<string>,\n    }";
    let create = "create-user: func(new: new-user) -> result<user, rejection>;";
    let refusals = [
        refusal(10, subject, "subject: option<string>, nickname: option<string> }").await,
        refusal(6, subject, "subject: string }").await,
        refusal(8, create, "create-user: func(new: new-user, hurry: bool) -> result<user, rejection>;").await,
        refusal(7, create, "create-user: func(new: new-user) -> result<u64, rejection>;").await,
        refusal(7, "rule: string,", "rule: u64,").await,
        refusal(7, "failed(string),", "failed(json), gone,").await,
    ];
    insta::assert_snapshot!(refusals.join("\n"));
}

/// A contract that was released is never edited again: a change is a new directory beside it.
#[test]
fn the_contract_is_the_one_that_was_released() {
    insta::assert_snapshot!("contract_0_1_0", CONTRACT);
}

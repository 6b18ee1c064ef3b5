//! The SDK's examples against their sisters in Rust.

use insula_plugins::BUILTINS;

use crate::support::Host;

/// On days on which something is different: the ends of a day, of a year, and of daylight saving.
const CLOCKS: [&str; 4] =
    ["2026-01-05T09:00:00Z", "2026-03-27T23:59:00Z", "2027-12-31T16:00:00Z", "2028-02-28T20:00:00Z"];

#[tokio::test]
async fn they_build_what_their_sisters_in_rust_build() {
    let host = Host::shared();
    for name in ["minimal", "standard", "multi_clinic", "with_appointment", "full_clinic"] {
        let builtin = BUILTINS.iter().find(|builtin| builtin.name == name).unwrap();
        let (typescript, rust) = (host.typescript(name).await, &host.load(builtin.wasm).await);
        assert_eq!(typescript.manifest().name, name);
        assert_eq!(typescript.manifest().aliases, rust.manifest().aliases);
        assert_eq!(typescript.manifest().params_schema, rust.manifest().params_schema);
        assert_eq!(typescript.manifest().examples, rust.manifest().examples);
        for (seed, clock) in (40..).zip(CLOCKS) {
            let one = host.run(typescript, "{}", seed, clock).await.unwrap();
            let other = host.run(rust, "{}", seed, clock).await.unwrap();
            assert_eq!(one.draft.digest(), other.draft.digest(), "{name}, {clock}");
            assert_eq!(one.outputs, other.outputs);
            eprintln!("{name}: TypeScript {:?}, Rust {:?}", one.cost, other.cost);
        }
    }
}

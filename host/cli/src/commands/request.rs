//! What `seed` and `plan` ask for.

use insula_engine::{PlanRequest, SeedRequest};
use serde_json::{Map, Value};

use crate::args::{RunArgs, SeedArgs};
use crate::config;
use crate::failure::{Exit, Failure};

/// What `seed` asks for.
pub fn seed(args: &SeedArgs) -> Result<SeedRequest, Failure> {
    let run = &args.run;
    Ok(SeedRequest {
        version: run.version.clone(),
        params: params(run)?,
        seed: run.seed,
        clock: run.clock,
        ttl: args.ttl,
        label: args.label.clone(),
        into: run.into,
        journal: run.journal,
        ..SeedRequest::of(&run.name)
    })
}

/// What `plan` asks for.
pub fn plan(run: &RunArgs) -> Result<PlanRequest, Failure> {
    Ok(PlanRequest {
        version: run.version.clone(),
        params: params(run)?,
        seed: run.seed,
        clock: run.clock,
        into: run.into,
        journal: run.journal,
    })
}

/// Params from the file, with single ones on top.
fn params(run: &RunArgs) -> Result<Map<String, Value>, Failure> {
    let mut params = run.params.as_deref().map(config::params).transpose()?.unwrap_or_default();
    for param in &run.param {
        let lacks = |what: &str| {
            Failure::new(Exit::Usage, format!("--param {param:?} has no {what}"))
                .mend("write it as --param name=value; a value that is no JSON is taken as text")
        };
        let (name, value) = match param.split_once('=') {
            Some(("", _)) => return Err(lacks("name")),
            Some(pair) => pair,
            None => return Err(lacks("value")),
        };
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        params.insert(name.to_owned(), value);
    }
    Ok(params)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(param: &[&str], file: Option<&str>) -> Result<Value, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("params.json");
        std::fs::write(&path, file.unwrap_or_default()).unwrap();
        let run = RunArgs {
            name: "standard".to_owned(),
            param: param.iter().map(ToString::to_string).collect(),
            params: file.map(|_| path),
            seed: None,
            clock: None,
            version: None,
            into: None,
            journal: false,
        };
        params(&run).map(Value::Object)
    }

    #[test]
    fn values_are_json_or_else_text() {
        let params = run(
            &["days=7", "name=North side", "text=\"7\"", "on=true", "list=[1]", "sum=a=b", "empty="],
            None,
        );
        let expected = json!({
            "days": 7, "name": "North side", "text": "7", "on": true, "list": [1], "sum": "a=b", "empty": "",
        });
        assert_eq!(params.unwrap(), expected);
    }

    #[test]
    fn single_params_go_on_top_of_the_file() {
        assert_eq!(run(&["b=3"], Some("{\"a\": 1, \"b\": 2}")).unwrap(), json!({ "a": 1, "b": 3 }));
    }

    #[test]
    fn a_param_without_a_name_or_a_value_is_refused() {
        for (param, said) in [("days", "has no value"), ("=7", "has no name")] {
            let failure = run(&[param], None).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage);
            assert!(failure.to_text().contains(said), "{}", failure.to_text());
        }
    }
}

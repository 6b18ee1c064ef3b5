//! `insula plan`: run a scenario without the commit.

use serde_json::Value;

use super::{Context, request, show};
use crate::args::PlanArgs;
use crate::config::Scenarios;
use crate::failure::Failure;
use crate::output::{Page, plain};

pub async fn run(args: PlanArgs, context: Context<'_>) -> Result<(), Failure> {
    let request = request::plan(&args.run)?;
    let progress = context.output.progress("planning the island");
    let host = context.host(&args.place, Scenarios::One(&args.run.name)).await?;
    let answer = host.plan(&args.run.name, request).await;
    host.close().await?;
    drop(progress);
    let answer = answer?;
    context.output.answer(&answer, |page| show(page, &answer))
}

fn show(page: &mut Page, answer: &Value) {
    page.heading(format_args!("Plan of {}: nothing was written", show::scenario(answer)));
    page.fields(&[
        ("holds", show::counts(answer)),
        ("seed", show::text(answer, "seed")),
        ("clock", show::text(answer, "clock")),
        ("digest", show::text(answer, "digest")),
    ]);
    let kinds = answer.get("entities").and_then(Value::as_object).into_iter().flatten();
    let rows = kinds.filter_map(|(kind, entities)| {
        let entities = entities.as_array().filter(|entities| !entities.is_empty())?;
        let count = plain(answer.get("counts").and_then(|counts| counts.get(kind)));
        Some(vec![kind.clone(), count, some_names(entities)])
    });
    page.table(&["ENTITIES", "COUNT", "SUCH AS"], rows.collect());
    show::names(page, answer);
    show::run(page, answer);
}

/// The names of the first few, for kinds that have names.
fn some_names(entities: &[Value]) -> String {
    let name = |entity: &Value| {
        ["name", "full_name", "email"]
            .into_iter()
            .find_map(|name| entity.get(name)?.as_str().map(str::to_owned))
    };
    let mut names: Vec<String> = entities.iter().filter_map(name).take(4).collect();
    if names.len() == 4 {
        names[3] = "…".to_owned();
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn three_names_stand_for_many() {
        let named =
            |count: u32| (0..count).map(|number| json!({ "name": format!("n{number}") })).collect::<Vec<_>>();
        assert_eq!(some_names(&named(3)), "n0, n1, n2");
        assert_eq!(some_names(&named(9)), "n0, n1, n2, …");
        assert_eq!(some_names(&[json!({ "id": 1 })]), "");
    }
}

//! `insula seed`: run a scenario and commit its island.

use serde_json::Value;

use super::{Context, request, show};
use crate::args::SeedArgs;
use crate::config::Scenarios;
use crate::failure::Failure;
use crate::output::{Page, plain};

pub async fn run(args: SeedArgs, context: Context<'_>) -> Result<(), Failure> {
    let request = request::seed(&args)?;
    let progress = context.output.progress("building the island");
    let host = context.host(&args.place, Scenarios::One(&args.run.name)).await?;
    let answer = host.seed(request, args.idempotency_key.as_deref()).await;
    host.close().await?;
    drop(progress);
    let answer = answer?;
    context.output.answer(&answer, |page| show(page, &answer))
}

fn show(page: &mut Page, answer: &Value) {
    page.heading(format_args!("Island {}", show::text(answer, "island_id")));
    let clinics: Vec<String> =
        show::list(answer, "clinics").iter().map(|clinic| show::text(clinic, "name")).collect();
    page.fields(&[
        ("scenario", show::scenario(answer)),
        ("clinic", clinics.join(", ")),
        ("holds", show::counts(answer)),
        (
            "outputs",
            plain(
                answer.get("outputs").filter(|outputs| outputs.as_object().is_none_or(|all| !all.is_empty())),
            ),
        ),
        ("seed", show::text(answer, "seed")),
        ("clock", show::text(answer, "clock")),
        ("digest", show::text(answer, "digest")),
        ("expires", show::instant(answer, "expires_at")),
    ]);
    show::users(page, show::list(answer, "users"));
    show::names(page, answer);
    if let Some(token) = show::list(answer, "tokens").first() {
        let token = show::short(&show::text(token, "access_token"));
        page.line(format_args!(
            "Tokens: {}, the first {token} (--json shows them whole).",
            show::list(answer, "tokens").len()
        ));
    }
    show::run(page, answer);
}

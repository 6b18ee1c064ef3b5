//! `insula rollback`: makes an older version of a scenario the default.

use insula_engine::RollbackRequest;

use super::{Context, show};
use crate::args::RollbackArgs;
use crate::config::Scenarios;
use crate::failure::Failure;

pub async fn run(args: RollbackArgs, context: Context<'_>) -> Result<(), Failure> {
    let host = context.host(&args.place, Scenarios::All).await?;
    let answer = host.roll_back(&args.name, RollbackRequest { to: args.to }).await;
    host.close().await?;
    let answer = answer?;
    context.output.answer(&answer, |page| {
        let text = |name: &str| show::text(&answer, name);
        page.line(format_args!(
            "The default of {} is {}; it was {}.",
            text("scenario"),
            text("default"),
            text("from")
        ));
    })
}

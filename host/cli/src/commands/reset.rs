//! `insula reset`: remove all islands.

use insula_engine::ResetQuery;

use super::{Context, end, show};
use crate::args::ResetArgs;
use crate::config::Scenarios;
use crate::failure::Failure;

pub async fn run(args: ResetArgs, context: Context<'_>) -> Result<(), Failure> {
    let progress = context.output.progress("removing all islands");
    let host = context.host(&args.place, Scenarios::None).await?;
    let answer = host.reset(ResetQuery { force: args.force }).await;
    host.close().await?;
    drop(progress);
    let answer = answer?;
    context.output.answer(&answer, |page| {
        page.line(format_args!("All islands are removed: {}.", show::so_many(end::rows(&answer), "row")));
    })
}

//! The log: on standard error, for people or as JSON.

use tracing_subscriber::EnvFilter;

use crate::args::{LogFormat, OutputArgs};
use crate::failure::{Exit, Failure};

/// Begins to log; `default` holds where nothing else was asked for.
pub fn init(args: &OutputArgs, default: &str) -> Result<(), Failure> {
    let wanted = args.log.as_deref().filter(|wanted| !wanted.is_empty()).unwrap_or(default);
    let filter = EnvFilter::try_new(wanted).map_err(|reason| {
        Failure::because(Exit::Usage, format!("--log {wanted:?} is no level and no filter"), &reason)
            .mend("write one such as info, debug or insula_engine=debug")
    })?;
    let ansi = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(ansi);
    let begun = match args.log_format {
        LogFormat::Pretty => subscriber.try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
    };
    begun.map_err(|reason| Failure::because(Exit::Failed, "cannot begin to log", reason.as_ref()))
}

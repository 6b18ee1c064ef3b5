//! `insula up`: a server for tests, here and now, with a first island to look at.

use std::net::SocketAddr;
use std::path::PathBuf;

use insula_engine::{Answer, Engine, SeedRequest};
use serde_json::{Value, json};

use super::serve::{Server, Stop};
use super::{Context, show, types};
use crate::args::{TypesFile, UpArgs};
use crate::config::{Database, HostConfig, Scenarios};
use crate::failure::{Exit, Failure};
use crate::host;
use crate::output::{Output, Page};
use crate::watch::{Change, Watch};

pub async fn run(args: UpArgs, context: Context<'_>) -> Result<(), Failure> {
    let mut server = Server::bind(&args.listen, context.environment, true).await?;
    let config = HostConfig::read(&args.host, context.environment, Scenarios::All)?;
    let database = config.database.clone();
    let progress = context.output.progress("starting");
    let engine = server.engine(config).await?;
    let roots: Vec<PathBuf> = args.paths.iter().chain(&args.host.plugins).cloned().collect();
    let mut watch = Watch::new(&roots)?;
    for path in watch.empty() {
        let path = path.display();
        context.output.note(&format!(
            "{path} holds no scenario; one that comes is taken in (*.scenario.yaml, *.wasm)."
        ));
    }
    swap(&engine, watch.first().await, context.output, false).await;
    let first = first_island(&engine, &args.scenario).await;
    drop(progress);
    let first = match first {
        Ok(first) => first,
        Err(failure) => {
            engine.close().await.map_err(host::failure)?;
            return Err(failure);
        }
    };
    let mut answer = json!({ "url": url(server.address), "database": database.to_string(), "island": first });
    let clinic = server.clinic(&engine);
    if clinic.is_some() {
        answer["clinic_api"] = format!("{}/api", url(server.address)).into();
    }
    let keyed = context.environment.api_key.is_some();
    let stop = Stop::listen()?;
    context.output.answer(&answer, |page| show(page, &answer, &database, keyed))?;
    let hands = engine.acting_for("watch");
    tokio::select! {
        served = server.run(engine, clinic, stop) => served?,
        () = keep_up(&hands, watch, context.output) => {}
        () = keep_types(&hands, args.types.types.as_ref(), context.output) => {}
    }
    context.output.note("Stopped; what was running is finished.");
    Ok(())
}

/// Swaps in what changes, for as long as there is a server.
async fn keep_up(engine: &Engine, mut watch: Watch, output: Output) {
    loop {
        let changes = watch.next().await;
        swap(engine, changes, output, true).await;
    }
}

/// Writes the types whenever a scenario changes, whoever changed it.
async fn keep_types(engine: &Engine, file: Option<&TypesFile>, output: Output) {
    let Some(file) = file else { return std::future::pending().await };
    let mut changes = engine.catalog_changes();
    loop {
        types::keep(engine, file, output).await;
        changes.next().await;
    }
}

/// Takes in what was made. Of what could not be made or taken the last good version stays.
async fn swap(engine: &Engine, changes: Vec<Change>, output: Output, tell: bool) {
    for change in changes {
        let taken = change.swap(engine).await;
        let (project, what) = match &change {
            Change::Made(project, ..) => (project, "is not taken, and what was there stays"),
            Change::Gone(project) => (project, "cannot be taken out"),
            Change::Failed(failure) => {
                output.failure(failure);
                continue;
            }
        };
        let origin = project.path().display();
        match (taken, &change) {
            (Ok(Some(taken)), Change::Made(.., took)) if tell => output.note(&format!(
                "{} {} from {origin} is in, after {:.2} s.",
                taken.manifest.name,
                taken.manifest.version,
                took.as_secs_f64()
            )),
            (Ok(_), Change::Gone(_)) => output.note(&format!("{origin} is out.")),
            (Ok(_), _) => {}
            (Err(reason), _) => {
                output.failure(&Failure::because(Exit::Failed, format!("{origin} {what}"), &reason));
            }
        }
    }
}

async fn first_island(engine: &Engine, scenario: &str) -> Result<Answer, Failure> {
    let request =
        SeedRequest { label: Some("the first island of insula up".to_owned()), ..SeedRequest::of(scenario) };
    engine.seed(request, None).await.map_err(host::failure)
}

/// An address that can be called: a server that listens everywhere is called by the name of this machine.
fn url(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

fn show(page: &mut Page, answer: &Value, database: &Database, keyed: bool) {
    let url = show::text(answer, "url");
    let island = answer.get("island").unwrap_or(&Value::Null);
    let token = show::list(island, "tokens").first();
    let user = show::list(island, "users").first();
    page.heading(format_args!("Insula is up at {url}"));
    page.line("");
    page.line(format_args!(
        "A first island, from the scenario {}: {}",
        show::scenario(island),
        show::counts(island)
    ));
    page.fields(&[
        ("island", show::text(island, "island_id")),
        ("clinic", show::text(island, "clinic_id")),
        ("user", user.map(|user| show::text(user, "email")).unwrap_or_default()),
        ("token", token.map(|token| show::short(&show::text(token, "access_token"))).unwrap_or_default()),
    ]);
    page.line("");
    page.line("A test asks for its own island, and shares it with no other:");
    let key = if keyed { " -H \"authorization: Bearer $INSULA_API_KEY\"" } else { "" };
    let body = json!({ "scenario": show::text(island, "scenario") });
    page.line(format_args!(
        "  curl -s {url}/api/test/seed{key} -H 'content-type: application/json' -d '{body}'"
    ));
    page.line("");
    // A field without a value is left out.
    let clinic =
        answer.get("clinic_api").map(|_| format!("{url}/api/openapi.json, an application to test against"));
    page.fields(&[
        ("scenarios", format!("{url}/api/test/scenarios")),
        ("API", format!("{url}/openapi.json")),
        ("clinic", clinic.unwrap_or_default()),
        ("database", database.to_string()),
    ]);
    page.line("");
    page.line("Ctrl-C stops it.");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_as_it_can_be_called() {
        let shown = |address: &str| url(address.parse().unwrap());
        assert_eq!(shown("127.0.0.1:7357"), "http://127.0.0.1:7357");
        assert_eq!(shown("[::1]:80"), "http://[::1]:80");
        assert_eq!(shown("0.0.0.0:7357"), "http://localhost:7357");
    }

    #[test]
    fn the_first_page_says_how_to_go_on() {
        let answer = json!({
            "url": "http://127.0.0.1:7357",
            "island": {
                "island_id": "019a", "clinic_id": "019b", "scenario": "standard", "version": "1.0.0",
                "counts": { "clinics": 1, "users": 2 },
                "users": [{ "email": "admin+019a@example.test" }],
                "tokens": [{ "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.x.y" }],
            },
        });
        let mut page = Page::blank(false);
        show(&mut page, &answer, &Database::File(".insula/insula.db".into()), true);
        insta::assert_snapshot!(anstream::adapter::strip_str(page.text()).to_string());
    }
}

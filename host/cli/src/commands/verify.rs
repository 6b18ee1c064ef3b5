//! `insula verify`: what Insula promises, tried.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use insula_engine::Engine;
use insula_sandbox::SandboxConfig;
use insula_server::ServerConfig;
use insula_verify::{Proof, Subject, VerifyError};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::show::so_many;
use super::{Context, cleanup};
use crate::args::{IsolationArgs, Verify, VerifyArgs};
use crate::config::{HostConfig, Scenarios};
use crate::failure::{Exit, Failure};
use crate::host;
use crate::output::Page;

pub async fn run(args: VerifyArgs, context: Context<'_>) -> Result<(), Failure> {
    match args.what {
        Verify::Isolation(args) => isolation(args, context).await,
        Verify::Cleanup(args) => cleanup::run(args, context).await,
    }
}

async fn isolation(args: IsolationArgs, context: Context<'_>) -> Result<(), Failure> {
    let config = HostConfig::read(&args.host, context.environment, Scenarios::All)?;
    let tokens = config.settings.tokens.clone();
    let engine = host::engine(config, SandboxConfig { slots: 2, ..host::one_shot() }).await?;
    let scenarios = match &args.scenario[..] {
        [] => engine.scenarios().into_iter().map(|scenario| scenario.name).collect(),
        some => some.to_vec(),
    };
    let progress = context.output.progress("trying to get from one island to another");
    let proof = served(&engine, |address, document| {
        let engine = engine.clone();
        let (tokens, scenarios) = (&tokens, &scenarios);
        async move {
            let subject = Subject { address, document: &document, tokens, scenarios };
            insula_verify::isolation(&engine, subject, |scenario| tracing::info!(scenario, "proving")).await
        }
    })
    .await;
    drop(progress);
    let proof = proof?;
    if let Some(file) = &args.junit {
        write_junit(&proof, file)?;
    }
    let answer = serde_json::json!({
        "holds": proof.holds(), "requests": proof.requests(), "checks": proof.checks,
    });
    context.output.answer(&answer, |page| show(page, &proof))?;
    if proof.holds() {
        return Ok(());
    }
    let what = format!("isolation does not hold: {}", so_many(proof.findings().count() as u64, "finding"));
    Err(Failure::new(Exit::Failed, what).mend("the findings above say which call let something through"))
}

/// Serves the application on loopback while something is tried on it, and closes the engine.
async fn served<F: Future<Output = Result<Proof, VerifyError>>>(
    engine: &Engine,
    attempt: impl FnOnce(SocketAddr, Value) -> F,
) -> Result<Proof, Failure> {
    let cannot =
        |reason: &std::io::Error| Failure::because(Exit::Unavailable, "cannot listen on loopback", reason);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|reason| cannot(&reason))?;
    let address = listener.local_addr().map_err(|reason| cannot(&reason))?;
    let config = ServerConfig { listen: address, test_mode: true, ..ServerConfig::default() };
    let clinic = insula_clinic::router(engine.clone(), &config);
    let document = serde_json::to_value(insula_clinic::openapi())
        .map_err(|reason| Failure::because(Exit::Failed, "the application's document is no JSON", &reason))?;
    let (stop, stopped) = oneshot::channel::<()>();
    let server = insula_server::serve(engine.clone(), config, Some(clinic), listener, async {
        stopped.await.unwrap_or_default();
    });
    let server = tokio::spawn(server);
    let proof = attempt(address, document).await;
    drop(stop);
    match server.await {
        Ok(Ok(())) => {}
        Ok(Err(reason)) => return Err(Failure::because(Exit::Failed, "the application stopped", &reason)),
        Err(reason) => return Err(Failure::because(Exit::Failed, "the application stopped", &reason)),
    }
    proof.map_err(failure)
}

fn failure(reason: VerifyError) -> Failure {
    match reason {
        VerifyError::Engine(reason) => host::failure(reason),
        VerifyError::Unreachable { .. } => {
            Failure::because(Exit::Unavailable, "isolation could not be tried", &reason)
        }
        other => Failure::because(Exit::Failed, "isolation could not be tried", &other),
    }
}

fn write_junit(proof: &Proof, file: &Path) -> Result<(), Failure> {
    let xml = proof.junit().map_err(failure)?;
    let what = || format!("cannot write {}", file.display());
    std::fs::write(file, xml).map_err(|reason| Failure::because(Exit::Usage, what(), &reason))
}

fn show(page: &mut Page, proof: &Proof) {
    let mut scenarios: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
    for check in &proof.checks {
        let [checks, requests, findings] = scenarios.entry(&check.scenario).or_default();
        *checks += 1;
        *requests += u64::from(check.requests);
        *findings += check.findings.len() as u64;
    }
    let row = |(scenario, [checks, requests, findings]): (&str, [u64; 3])| {
        let result = if findings == 0 { "holds".to_owned() } else { so_many(findings, "finding") };
        vec![scenario.to_owned(), checks.to_string(), requests.to_string(), result]
    };
    page.table(&["SCENARIO", "CHECKS", "REQUESTS", "ISOLATION"], scenarios.into_iter().map(row).collect());
    for (check, finding) in proof.findings() {
        page.line(format_args!("{} {}: {finding}", check.scenario, check.name));
    }
}

#[cfg(test)]
mod tests {
    use insula_verify::{Check, Finding};

    use super::*;

    #[test]
    fn people_see_each_scenario_and_every_finding() {
        let check = |scenario: &str, findings| Check {
            scenario: scenario.to_owned(),
            name: "getPatient".to_owned(),
            requests: 40,
            millis: 7,
            findings,
        };
        let finding =
            Finding { trial: "with alg none".to_owned(), found: "GET /x was answered with 200".to_owned() };
        let proof = Proof { checks: vec![check("minimal", Vec::new()), check("standard", vec![finding])] };
        let mut page = Page::blank(false);
        show(&mut page, &proof);
        insta::assert_snapshot!(page.text().replace('\t', " | "), @r"
        SCENARIO | CHECKS | REQUESTS | ISOLATION
        minimal | 1 | 40 | holds
        standard | 1 | 40 | 1 finding
        standard getPatient: with alg none: GET /x was answered with 200
        ");
        assert!(!proof.holds());
        let xml = proof.junit().unwrap();
        assert!(xml.contains(r#"tests="2""#) && xml.contains(r#"failures="1""#), "{xml}");
    }
}

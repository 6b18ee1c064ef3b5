//! Plugins from an address.

use std::time::Duration;

use insula_engine::PluginSource;
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, StatusCode, Url};

use crate::failure::{Exit, Failure};

/// As large as a sandbox loads.
const LARGEST: usize = 64 << 20;
/// A signature is a line.
const LARGEST_SIGNATURE: usize = 1 << 10;
/// An address that does not take a connection in this time is not there.
const CONNECT: Duration = Duration::from_secs(10);
/// Enough for the largest plugin over a slow line.
const WHOLE: Duration = Duration::from_secs(120);
const REDIRECTS: usize = 5;

/// The address that a text is, if it is one.
pub fn address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// Fetches a plugin, and the signature beside it where there is one.
pub async fn plugin(url: &Url) -> Result<PluginSource, Failure> {
    let client = Client::builder()
        .user_agent(concat!("insula/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .timeout(WHOLE)
        .redirect(Policy::custom(follow))
        .build()
        .map_err(|reason| Failure::because(Exit::Failed, "cannot make requests", &reason))?;
    let wasm = get(&client, url, LARGEST).await?.ok_or_else(|| refused(url, StatusCode::NOT_FOUND))?;
    let mut beside = url.clone();
    beside.set_path(&format!("{}.sig", url.path()));
    let signature = get(&client, &beside, LARGEST_SIGNATURE).await?;
    let signature = signature.and_then(|line| Some(String::from_utf8(line).ok()?.trim().to_owned()));
    Ok(PluginSource::new(shown(url), wasm).signed(signature))
}

/// A few steps, and never from https to http, where anybody on the way could answer.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let from_https = attempt.previous().iter().any(|url| url.scheme() == "https");
    if attempt.previous().len() > REDIRECTS {
        attempt.error("it redirects too often")
    } else if from_https && attempt.url().scheme() != "https" {
        attempt.error("it redirects from https to http, which is not followed")
    } else {
        attempt.follow()
    }
}

/// What an address holds; nothing where it says that there is nothing.
async fn get(client: &Client, url: &Url, largest: usize) -> Result<Option<Vec<u8>>, Failure> {
    let away = |reason: reqwest::Error| {
        Failure::because(
            Exit::Unavailable,
            format!("{} cannot be fetched", shown(url)),
            &reason.without_url(),
        )
    };
    let mut response = client.get(url.clone()).send().await.map_err(away)?;
    match response.status() {
        StatusCode::NOT_FOUND => return Ok(None),
        status if !status.is_success() => return Err(refused(url, status)),
        _ => {}
    }
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(away)? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > largest {
            let what = format!("{} holds more than {largest} bytes", shown(url));
            return Err(Failure::new(Exit::Failed, what).mend("name the plugin itself, a .wasm"));
        }
    }
    Ok(Some(bytes))
}

fn refused(url: &Url, status: StatusCode) -> Failure {
    Failure::new(Exit::Unavailable, format!("{} answers with {status}", shown(url)))
        .mend("check the address; one that asks for a login cannot be used: fetch the file and add that")
}

/// An address without what may be secret in it.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // What cannot have a login has none.
    url.set_username("").and_then(|()| url.set_password(None)).unwrap_or_default();
    url.set_query(None);
    url.to_string()
}

//! `insula keygen` and `insula sign`: who vouches for a plugin.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use insula_domain::Digest;
use insula_engine::{KeyPair, sign};
use serde_json::{Value, json};

use super::{Context, show};
use crate::args::{KeygenArgs, SignArgs};
use crate::config::files;
use crate::failure::{Exit, Failure};

pub fn run(args: &KeygenArgs, context: Context<'_>) -> Result<(), Failure> {
    let mut random = [0; 32];
    getrandom::fill(&mut random)
        .map_err(|reason| Failure::because(Exit::Failed, "this machine gives no randomness", &reason))?;
    let unusable = |reason| Failure::because(Exit::Failed, "no key can be made", &reason);
    let KeyPair { private, public } = KeyPair::of(random).map_err(unusable)?;
    let path = |end: &str| PathBuf::from(format!("{}.{end}", args.name.display()));
    let (key, public_key) = (path("key.pem"), path("pub.pem"));
    make(&key, &private, 0o600)?;
    make(&public_key, &public, 0o644)?;
    let answer = json!({ "private_key": key, "public_key": public_key });
    context.output.answer(&answer, |page| {
        page.line(format_args!("{} signs plugins: keep it secret.", show::text(&answer, "private_key")));
        page.line(format_args!("{} is for hosts: --trusted-keys", show::text(&answer, "public_key")));
    })
}

pub fn run_sign(args: &SignArgs, context: Context<'_>) -> Result<(), Failure> {
    let what = args.key.display().to_string();
    let private = fs::read_to_string(&args.key)
        .map_err(|reason| Failure::because(Exit::Usage, format!("cannot read the key {what}"), &reason))?;
    let mut signed = Vec::new();
    for path in &args.files {
        let digest = Digest::of(&files::plugin(path)?.wasm);
        let line = sign(&what, &private, digest)
            .map_err(|reason| Failure::because(Exit::Usage, "nothing was signed", &reason))?;
        let signature = files::signature_path(path);
        fs::write(&signature, format!("{line}\n")).map_err(|reason| cannot_write(&signature, &reason))?;
        signed.push(json!({ "plugin": path, "digest": digest, "signature": signature }));
    }
    let signed = Value::Array(signed);
    context.output.answer(&signed, |page| {
        for signed in signed.as_array().into_iter().flatten() {
            let text = |name: &str| show::text(signed, name);
            page.line(format_args!("{} is signed: {}", text("plugin"), text("signature")));
        }
    })
}

/// Never over another one: it may be the only copy.
fn make(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    use std::os::unix::fs::OpenOptionsExt;

    let file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|reason| cannot_write(path, &reason))
}

fn cannot_write(path: &Path, reason: &std::io::Error) -> Failure {
    Failure::because(Exit::Failed, format!("cannot write {}", path.display()), reason)
        .mend("name another, or move what is there away")
}

//! Certificates that lie in files: open, judge, say which to choose.

use std::io::IsTerminal;
use std::path::Path;

use super::in_context;
use crate::app::console::{Console, ignore_closed_pipe};
use crate::app::error::Error;

use crate::config::cert::{Files, Password};
use crate::config::{self, Content};
use crate::model::plan::Plan;
use crate::pki::container::{Closed, Contents, Held, is_pkcs12, offers, open, read};
use crate::probe;
use crate::probe::shared::Shared;
use crate::render::Look;
use crate::render::exhibit::{ExhibitFormat, Selection};
use crate::report::offers::Offers;
use crate::text::Texts;
use crate::wire::encoding::decoded;

pub(super) fn run(
    files: &Files,
    format: ExhibitFormat,
    plan: Plan,
    shared: Shared,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let held = held(files, texts)?;
    let mut found = offers(&held, &files.fqdn);
    if found.is_empty() {
        return Err(nothing(files, &held).into());
    }
    let terms = plan.terms.clone();
    in_context(plan, shared, async |cx| {
        probe::offer::look_at(cx, &mut found).await;
    })?;
    let offers = Offers::judged(found, &files.fqdn, &terms);
    let selection = Selection {
        fqdn: &files.fqdn,
        terms: &terms,
        offers: &offers,
    };
    format
        .write_offers(&selection, texts, console.look, console.out)
        .and_then(|()| console.out.flush())
        .or_else(ignore_closed_pipe)?;
    let code = offers.exit_code();
    if code != 0 && format == ExhibitFormat::Pem {
        // There is no place for it in PEM.
        let without_colour = Look {
            colour: false,
            ..console.look
        };
        ExhibitFormat::Table.write_offers(&selection, texts, without_colour, console.err)?;
    }
    Ok(code)
}

/// Everything that was named, opened.
fn held(files: &Files, texts: &Texts) -> Result<Vec<Held>, Error> {
    let mut held = Vec::new();
    for file in &files.paths {
        let bytes = Content::Pem.read_or_stdin(file)?;
        let contents = contents(file, &bytes, files.password.as_ref(), texts)?;
        let source = file.display().to_string();
        held.push(Held { source, contents });
    }
    if let Some(store) = &files.store {
        let read = probe::store::read(store);
        held.extend(read.map_err(|error| config::Error::Store(store.clone(), error))?);
    }
    Ok(held)
}

/// What to say where there is no certificate.
fn nothing(files: &Files, held: &[Held]) -> config::Error {
    match (files.paths.first(), &files.store) {
        (None, Some(store)) => config::Error::EmptyStore(store.clone(), files.fqdn.clone()),
        (file, _) => {
            let file = file.cloned().unwrap_or_default();
            let has_key =
                |held: &Held| !held.contents.keys.is_empty() || held.contents.closed_keys > 0;
            let only_key = held.iter().any(has_key);
            let why = if only_key {
                "only-key"
            } else {
                Closed::Nothing.key()
            };
            config::Error::Closed(file, why)
        }
    }
}

fn contents(
    file: &Path,
    bytes: &[u8],
    password: Option<&Password>,
    texts: &Texts,
) -> Result<Contents, Error> {
    let closed = |why: &'static str| config::Error::Closed(file.to_owned(), why);
    if !is_pkcs12(bytes) {
        // Text may come in any encoding; DER is none.
        let read = read(bytes).or_else(|why| match why {
            Closed::Nothing => read(&decoded(bytes)),
            _ => Err(why),
        });
        return Ok(read.map_err(|why| closed(why.key()))?);
    }
    if let Some(Password(password)) = password {
        return Ok(open(bytes, password).map_err(|why| closed(why.key()))?);
    }
    // Many have none, and need not be asked about.
    match open(bytes, "") {
        Err(Closed::WrongPassword) => {}
        opened => return Ok(opened.map_err(|why| closed(why.key()))?),
    }
    if !std::io::stdin().is_terminal() {
        return Err(closed("no-password").into());
    }
    let name = crate::text::printable(&file.display().to_string());
    let question = texts.say("cert-password", &[("file", &name)]);
    let typed = rpassword::prompt_password(format!("{question} "));
    let typed = typed.map_err(|_| closed("no-password"))?;
    Ok(open(bytes, &typed).map_err(|why| closed(why.key()))?)
}

impl Closed {
    /// The key of the reason in the texts.
    fn key(self) -> &'static str {
        match self {
            Self::WrongPassword => "wrong-password",
            Self::Pkcs7 => "pkcs7",
            Self::Request => "request",
            Self::Java => "java",
            Self::UnknownPkcs12 => "unknown-pkcs12",
            Self::Nothing => "nothing",
        }
    }
}

//! What went wrong with a run, in the user's language.

use std::path::Path;

use super::fault;
use crate::Error;
use crate::report::saved::Unreadable;
use crate::text::{Texts, printable};

impl Error {
    /// The error in the user's language: one line that names the flag or file.
    pub fn describe(&self, texts: &Texts) -> String {
        let path = |path: &Path| printable(&path.display().to_string());
        match self {
            Self::Input(input, error) => {
                let shown: String = input.chars().take(60).collect();
                texts.say(
                    error.code(),
                    &[("input", &shown), ("detail", &error.detail())],
                )
            }
            Self::NoDomain => texts.plain("error-no-domain"),
            Self::DirectNeedsFqdn => texts.plain("error-direct-needs-fqdn"),
            Self::OneDomainOnly(option) => {
                texts.say("error-one-domain-only", &[("option", option)])
            }
            Self::ConnectTo(value) => texts.say("error-connect-to", &[("value", value)]),
            Self::Resolver(value) => texts.say("error-resolver", &[("value", value)]),
            Self::Fqdn(value, _) => texts.say("error-fqdn", &[("value", value)]),
            Self::Authority(value) => texts.say("error-authority", &[("value", value)]),
            Self::Control(value) => texts.say("error-control", &[("value", value)]),
            Self::Config(fault) => fault::describe(fault, texts),
            Self::ReadFile(file, error) => texts.say(
                "error-read-file",
                &[("file", &path(file)), ("reason", &error.to_string())],
            ),
            Self::WriteFile(file, error) => texts.say(
                "error-write-file",
                &[("file", &path(file)), ("reason", &error.to_string())],
            ),
            Self::Pem { file, expected } => texts.say(
                "error-pem",
                &[("file", &path(file)), ("expected", expected)],
            ),
            Self::ClientPair => texts.plain("error-client-pair"),
            Self::ClientMismatch(reason) => {
                texts.say("error-client-mismatch", &[("reason", reason)])
            }
            Self::Report(file, error) => {
                let (id, detail) = match error {
                    Unreadable::NotJson(reason) => ("error-report-not-json", reason.as_str()),
                    Unreadable::Foreign => ("error-report-foreign", ""),
                    Unreadable::Newer { writer } => ("error-report-newer", writer.as_str()),
                    Unreadable::Damaged(reason) => ("error-report-damaged", reason.as_str()),
                };
                let detail: String = detail.chars().take(200).collect();
                texts.say(id, &[("file", &path(file)), ("detail", &detail)])
            }
            Self::UnknownTopic(topic, Some(suggestion)) => texts.say(
                "error-explain-unknown",
                &[("topic", topic), ("suggestion", suggestion)],
            ),
            Self::UnknownTopic(topic, None) => {
                texts.say("error-explain-unknown-plain", &[("topic", topic)])
            }
            Self::ReportOption(value) => texts.say("error-report-option", &[("value", value)]),
            Self::ReportFormat { value, known } => texts.say(
                "error-report-format",
                &[("value", value), ("known", &known.join(", "))],
            ),
            Self::ReportTwice(value) => texts.say("error-report-twice", &[("value", value)]),
            Self::ReportFile(value, error) => texts.say(
                "error-report-file",
                &[("value", value), ("reason", &error.to_string())],
            ),
            Self::Output(error) => error.to_string(),
        }
    }
}

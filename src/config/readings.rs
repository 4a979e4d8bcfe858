//! Makes something of one value of TOML, or says what belongs there.

use std::time::Duration;

use clap::ValueEnum;
use time::Date;
use time::macros::format_description;
use toml::de::DeValue;

use super::fault::Expected;
use super::report_file::ReportFile;
use super::values::{control, interval, limit, redirect, sender, socket_address, view};
use crate::model::names::{Domain, Fqdn};

pub(super) fn switch(value: &DeValue<'_>) -> Result<bool, Expected> {
    value.as_bool().ok_or(Expected::Kind("switch"))
}

pub(super) fn words(value: &DeValue<'_>) -> Result<String, Expected> {
    let words = value.as_str().filter(|words| !words.is_empty());
    words.map(str::to_owned).ok_or(Expected::Kind("words"))
}

pub(super) fn reason(value: &DeValue<'_>) -> Result<String, Expected> {
    let reason = value.as_str().filter(|words| !words.trim().is_empty());
    reason.map(str::to_owned).ok_or(Expected::Kind("words"))
}

/// A word of a closed list, as the command line knows it.
pub(super) fn choice<T: ValueEnum>(value: &DeValue<'_>) -> Result<T, Expected> {
    let word = value.as_str().unwrap_or_default();
    T::from_str(word, false).map_err(|_| expected_choice::<T>())
}

pub(super) fn expected_choice<T: ValueEnum>() -> Expected {
    let known = T::value_variants().iter();
    let known = known.filter_map(ValueEnum::to_possible_value);
    Expected::OneOf(known.map(|known| known.get_name().to_owned()).collect())
}

pub(super) fn duration(value: &DeValue<'_>) -> Result<Duration, Expected> {
    let limit = value.as_str().and_then(|value| limit(value).ok());
    limit.ok_or(Expected::Kind("duration"))
}

pub(super) fn pause(value: &DeValue<'_>) -> Result<Duration, Expected> {
    let pause = value.as_str().and_then(|value| interval(value).ok());
    pause.ok_or(Expected::Kind("interval"))
}

fn number(value: &DeValue<'_>) -> Option<u16> {
    let number = value.as_integer()?;
    u16::from_str_radix(number.as_str(), number.radix()).ok()
}

pub(super) fn port(value: &DeValue<'_>) -> Result<u16, Expected> {
    let port = number(value).filter(|port| *port > 0);
    port.ok_or(Expected::Kind("port"))
}

pub(super) fn count(value: &DeValue<'_>) -> Result<u8, Expected> {
    let count = number(value).and_then(|count| count.try_into().ok());
    count
        .filter(|count| *count > 0)
        .ok_or(Expected::Kind("count"))
}

/// A format and a file.
pub(super) fn report(value: &DeValue<'_>) -> Result<(String, String), Expected> {
    let value = value
        .as_str()
        .filter(|value| ReportFile::parse(value).is_ok());
    let pair = value.and_then(|value| value.split_once('='));
    let pair = pair.map(|(format, file)| (format.to_owned(), file.to_owned()));
    pair.ok_or(Expected::Kind("report"))
}

/// Text that this takes, as it stands there.
fn checked(
    value: &DeValue<'_>,
    takes: impl Fn(&str) -> bool,
    expected: &'static str,
) -> Result<String, Expected> {
    let value = value.as_str().filter(|value| takes(value));
    value.map(str::to_owned).ok_or(Expected::Kind(expected))
}

pub(super) fn resolver(value: &DeValue<'_>) -> Result<String, Expected> {
    checked(value, |value| view(value).is_some(), "resolver")
}

pub(super) fn control_host(value: &DeValue<'_>) -> Result<String, Expected> {
    checked(value, |value| control(value).is_ok(), "control")
}

pub(super) fn fqdn(value: &DeValue<'_>) -> Result<String, Expected> {
    checked(value, |value| Fqdn::parse(value).is_ok(), "fqdn")
}

pub(super) fn from(value: &DeValue<'_>) -> Result<String, Expected> {
    checked(value, |value| sender(value).is_ok(), "from")
}

pub(super) fn connect_to(value: &DeValue<'_>) -> Result<String, Expected> {
    checked(value, |value| redirect(value).is_ok(), "connect-to")
}

pub(super) fn server(value: &DeValue<'_>) -> Result<String, Expected> {
    let takes = |value: &str| socket_address(value, 53).is_some();
    checked(value, takes, "authority")
}

pub(super) fn domain(value: &DeValue<'_>) -> Result<Domain, Expected> {
    let domain = value.as_str().map(Domain::parse);
    domain.and_then(Result::ok).ok_or(Expected::Kind("domain"))
}

/// A date of TOML, or one in quotes.
pub(super) fn date(value: &DeValue<'_>) -> Result<Date, Expected> {
    let text = value.as_str().map(str::to_owned);
    let text = text.or_else(|| value.as_datetime().map(ToString::to_string));
    let format = format_description!("[year]-[month]-[day]");
    let date = text.and_then(|text| Date::parse(&text, format).ok());
    date.ok_or(Expected::Kind("date"))
}

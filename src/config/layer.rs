//! Options as one source gives them. Whatever the source, clap reads the values by the one
//! declaration of the option: a key of a file is `--key=value` written elsewhere.

use std::any::TypeId;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::error::Error as _;
use std::ffi::{OsStr, OsString};
use std::rc::Rc;

use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command};

use super::fault::Expected;
use super::options::EXCLUSIVE;

/// The options that one source gives, by their ids. Every value has been accepted by its option.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layer(BTreeMap<String, Vec<OsString>>);

impl Layer {
    pub(super) fn from_matches<O: Args>(matches: &ArgMatches, source: ValueSource) -> Self {
        let mut layer = Self::default();
        for Key(arg) in Key::all::<O>() {
            let id = arg.get_id().as_str();
            if matches.value_source(id) != Some(source) {
                continue;
            }
            if is::<bool>(&arg) {
                let is_on = matches.get_one::<bool>(id).copied();
                layer.switch(id, is_on.unwrap_or_default());
            } else {
                let values = matches.get_raw(id).unwrap_or_default();
                layer
                    .0
                    .insert(id.to_owned(), values.map(OsStr::to_owned).collect());
            }
        }
        layer
    }

    /// Whether nothing is given.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each option by its id, with its values, in the order of the ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &[OsString])> {
        let options = self.0.iter();
        options.map(|(id, values)| (id.as_str(), values.as_slice()))
    }

    /// Gives an option these values, all of which it has accepted.
    pub(super) fn set(&mut self, key: &Key, values: Vec<OsString>) {
        self.0.insert(key.id().to_owned(), values);
    }

    /// Changes the values of an option to others that it accepts, too.
    pub(super) fn change(&mut self, key: &Key, change: impl Fn(OsString) -> OsString) {
        for value in self.0.get_mut(key.id()).into_iter().flatten() {
            *value = change(std::mem::take(value));
        }
    }

    pub(super) fn switch(&mut self, id: &str, is_on: bool) {
        self.0.insert(id.to_owned(), vec![is_on.to_string().into()]);
    }

    /// Whether there was something to remove.
    pub(super) fn remove(&mut self, id: &str) -> bool {
        self.0.remove(id).is_some()
    }

    /// Fills the gaps in `self` from `weaker`. A list replaces the other list, and options that
    /// exclude each other come from one of the two.
    pub(super) fn or(self, weaker: &Self) -> Self {
        let mut allowed = weaker.clone();
        allowed.0.retain(|id, _| !self.excludes(id));
        self.or_each(&allowed)
    }

    /// Fills the gaps in `self` from `weaker`, each option by itself.
    pub(super) fn or_each(mut self, weaker: &Self) -> Self {
        for (id, values) in &weaker.0 {
            let gap = self.0.entry(id.clone());
            gap.or_insert_with(|| values.clone());
        }
        self
    }

    fn excludes(&self, id: &str) -> bool {
        let mut pairs = EXCLUSIVE.iter();
        pairs.any(|pair| pair.contains(&id) && pair.iter().any(|member| self.chooses(member)))
    }

    /// Whether the option is given. A switch that is off chooses nothing: it takes back only
    /// itself.
    pub(super) fn chooses(&self, id: &str) -> bool {
        self.0.get(id).is_some_and(|values| *values != ["false"])
    }

    /// The options, typed.
    pub(super) fn parse<O: Args + 'static>(&self) -> O {
        let parser = Parser::of::<O>();
        let given = parser.keys.iter().flat_map(|key| {
            let values = self.0.get(key.id());
            values.into_iter().flatten().map(|value| key.assign(value))
        });
        let line: Vec<OsString> = given.collect();
        let matches = parser.command.borrow_mut().try_get_matches_from_mut(line);
        let options = matches.and_then(|matches| O::from_arg_matches(&matches));
        options.expect("every value was accepted when it was given")
    }
}

/// What reads the options of a command. Making it takes many times as long as reading by it, and a
/// list has options behind each of a million domains.
struct Parser {
    keys: Vec<Key>,
    command: RefCell<Command>,
}

thread_local! {
    /// By the type of the options.
    static PARSERS: RefCell<HashMap<TypeId, Rc<Parser>>> = RefCell::default();
}

impl Parser {
    fn of<O: Args + 'static>() -> Rc<Self> {
        let known = PARSERS.with_borrow(|parsers| parsers.get(&TypeId::of::<O>()).cloned());
        known.unwrap_or_else(|| {
            let parser = Rc::new(Self::new::<O>());
            let made = Rc::clone(&parser);
            PARSERS.with_borrow_mut(|parsers| parsers.insert(TypeId::of::<O>(), made));
            parser
        })
    }

    fn new<O: Args>() -> Self {
        let keys = Key::all::<O>();
        let args = keys.iter().map(|Key(arg)| arg.clone());
        let command = RefCell::new(bare_command().args(args));
        Self { keys, command }
    }
}

/// An option as a key: declared as on the command line, without what belongs to that alone.
pub(super) struct Key(Arg);

/// How a file writes the values of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Switch,
    Number,
    Text,
}

impl Key {
    pub(super) fn all<O: Args>() -> Vec<Self> {
        let declared = O::augment_args(Command::new("options"));
        declared.get_arguments().map(Self::of).collect()
    }

    /// The keys that the command line does not take together.
    pub(super) fn conflicts<O: Args>() -> Vec<[Self; 2]> {
        let declared = O::augment_args(Command::new("options"));
        let conflicts = declared.get_arguments().flat_map(|arg| {
            let rivals = declared.get_arg_conflicts_with(arg).into_iter();
            rivals.map(|rival| [Self::of(arg), Self::of(rival)])
        });
        conflicts.collect()
    }

    fn of(arg: &Arg) -> Self {
        let bare = Arg::new(arg.get_id().clone())
            .long(arg.get_id().to_string())
            .action(arg.get_action().clone())
            .value_parser(arg.get_value_parser().clone())
            .num_args(1)
            .require_equals(true);
        Self(bare)
    }

    /// As in a file; on the command line, with two hyphens in front.
    pub(super) fn name(&self) -> String {
        self.id().replace('_', "-")
    }

    pub(super) fn id(&self) -> &str {
        self.0.get_id().as_str()
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self.0.get_action(), ArgAction::Append)
    }

    pub(super) fn kind(&self) -> Kind {
        if self.holds::<bool>() {
            Kind::Switch
        } else if self.holds::<u8>() || self.holds::<u16>() {
            Kind::Number
        } else {
            Kind::Text
        }
    }

    /// Whether its values are of this type.
    pub(super) fn holds<T: 'static>(&self) -> bool {
        is::<T>(&self.0)
    }

    /// Accepts a value, or says what belongs there instead.
    pub(super) fn check(&self, value: &OsStr) -> Result<(), Expected> {
        let command = bare_command().arg(self.0.clone());
        let matches = command.try_get_matches_from([self.assign(value)]);
        matches.map(drop).map_err(|error| expected(&error, value))
    }

    /// What belongs there.
    pub(super) fn expected(&self) -> Expected {
        if self.kind() == Kind::Switch {
            return Expected::Form("switch");
        }
        let refused = self.check(OsStr::new("")).err();
        refused.unwrap_or(Expected::Form("words"))
    }

    fn assign(&self, value: &OsStr) -> OsString {
        let mut argument = OsString::from(format!("--{}=", self.id()));
        argument.push(value);
        argument
    }
}

/// Whether the values of an argument are of this type.
pub(super) fn is<T: 'static>(arg: &Arg) -> bool {
    arg.get_value_parser().type_id() == TypeId::of::<T>()
}

fn bare_command() -> Command {
    Command::new("options")
        .no_binary_name(true)
        .disable_help_flag(true)
}

fn expected(error: &clap::Error, value: &OsStr) -> Expected {
    if let Some(expected) = expected_form(error) {
        return expected.clone();
    }
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(words)) if !words.is_empty() => {
            Expected::one_of(words.clone(), &value.to_string_lossy())
        }
        _ => Expected::Form("words"),
    }
}

/// What one of our value parsers expected, if it was the one that refused.
pub fn expected_form(error: &clap::Error) -> Option<&Expected> {
    error.source()?.downcast_ref()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::cert::CertOptions;
    use crate::config::options::Options;
    use crate::config::output::{GlobalOptions, ReplayOptions};
    use crate::config::setup::SetupOptions;

    /// A layer is read as the options of whatever command asks for it.
    #[test]
    fn an_option_means_the_same_to_every_command() {
        let mut forms = BTreeMap::new();
        let keys = [
            Key::all::<Options>(),
            Key::all::<CertOptions>(),
            Key::all::<SetupOptions>(),
            Key::all::<ReplayOptions>(),
            Key::all::<GlobalOptions>(),
        ];
        for key in keys.into_iter().flatten() {
            let form = (key.0.get_value_parser().type_id(), key.is_list());
            let earlier = forms.entry(key.name()).or_insert(form);
            assert_eq!(*earlier, form, "{}", key.name());
        }
    }

    #[test]
    fn options_that_exclude_each_other_exist() {
        let keys = Key::all::<Options>();
        for id in EXCLUSIVE.as_flattened() {
            assert!(keys.iter().any(|key| key.id() == *id), "{id}");
        }
    }

    /// Otherwise a message would show the name of a text instead of the text.
    #[test]
    fn every_expected_form_has_a_text() {
        use crate::text::{Lang, Texts};
        let texts = Texts::new(Lang::En);
        for key in Key::all::<Options>() {
            if let Expected::Form(form) = key.expected() {
                let id = format!("expected-{form}");
                assert_ne!(texts.plain(&id), id, "{}", key.name());
            }
        }
    }
}

//! The command line and the environment as sources of options.

use std::marker::PhantomData;

use clap::builder::BoolishValueParser;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, Id};

use super::layer::{Layer, is};

/// The options of a command as its command line and the environment give them. clap reads them by
/// the declaration of `O` and refuses bad values; [`resolve`](super::resolve()) makes an `O` of
/// them.
#[derive(Clone, Debug)]
pub struct CommandLine<O> {
    pub(super) arguments: Layer,
    pub(super) environment: Layer,
    options: PhantomData<fn() -> O>,
}

impl<O> Default for CommandLine<O> {
    fn default() -> Self {
        Self {
            arguments: Layer::default(),
            environment: Layer::default(),
            options: PhantomData,
        }
    }
}

impl<O: Args> FromArgMatches for CommandLine<O> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self {
            arguments: Layer::from_matches::<O>(matches, ValueSource::CommandLine),
            environment: Layer::from_matches::<O>(matches, ValueSource::EnvVariable),
            options: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<O: Args> Args for CommandLine<O> {
    fn group_id() -> Option<Id> {
        None
    }

    fn augment_args(command: Command) -> Command {
        O::augment_args(command).mut_args(|arg| if is::<bool>(&arg) { switch(arg) } else { arg })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// An `Option<bool>` is declared as if it needed a value; typed alone, it is on. Where a variable
/// can switch it on, `=false` can switch it off.
fn switch(arg: Arg) -> Arg {
    let takes_value = arg.get_env().is_some();
    let arg = arg
        .value_parser(BoolishValueParser::new())
        .default_missing_value("true");
    if takes_value {
        arg.value_name("BOOL").num_args(0..=1).require_equals(true)
    } else {
        arg.num_args(0)
    }
}

//! The texts of one language as they stand in its file. Each is read when it is asked for: a run says a
//! few dozen of them, and there are thousands.

use std::cell::RefCell;
use std::collections::HashMap;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};

use super::Lang;

pub(super) struct Entries {
    /// What stands in the file under each name, and has not been read.
    unread: RefCell<HashMap<&'static str, &'static str>>,
    bundle: RefCell<FluentBundle<FluentResource>>,
}

impl Entries {
    pub(super) fn of(lang: Lang) -> Self {
        let mut bundle = FluentBundle::new(vec![lang.id()]);
        // The marks that isolate arguments confuse terminals and everything that parses.
        bundle.set_use_isolating(false);
        Self {
            unread: RefCell::new(by_name(lang.source())),
            bundle: RefCell::new(bundle),
        }
    }

    /// A text with these arguments, or an attribute of it; `None` where there is none.
    pub(super) fn format(
        &self,
        id: &str,
        attribute: Option<&str>,
        args: &FluentArgs<'_>,
    ) -> Option<String> {
        self.read(id);
        let bundle = self.bundle.borrow();
        let message = bundle.get_message(id)?;
        let pattern = match attribute {
            None => message.value()?,
            Some(name) => message.get_attribute(name)?.value(),
        };
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(args), &mut errors);
        debug_assert!(errors.is_empty(), "{id}: {errors:?}");
        Some(text.into_owned())
    }

    /// Reads a text, and those that it is made of, unless that was done.
    fn read(&self, id: &str) {
        let Some(source) = self.unread.borrow_mut().remove(id) else {
            return;
        };
        // The files are compiled in and tested, so there are no errors. If there were, what can be
        // parsed would still help.
        let resource = FluentResource::try_new(source.to_owned());
        let resource = resource.unwrap_or_else(|(usable, _errors)| usable);
        self.bundle.borrow_mut().add_resource_overriding(resource);
        for behind in source.split('{').skip(1) {
            self.read(word(behind.trim_start()));
        }
    }
}

/// Every entry, with what follows its name up to the next: entries begin at the margin with a letter, and
/// nothing else does.
fn by_name(source: &str) -> HashMap<&str, &str> {
    let is_name = |line: &str| line.starts_with(|first: char| first.is_ascii_alphabetic());
    let mut begins = Vec::new();
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        begins.extend(is_name(line).then_some(at));
        at += line.len();
    }
    let ends = begins.iter().skip(1).chain([&at]);
    let entries = begins.iter().zip(ends);
    let entries = entries.map(|(begin, end)| &source[*begin..*end]);
    entries.map(|entry| (word(entry), entry)).collect()
}

/// What a text begins with, as far as that is the name of another.
fn word(text: &str) -> &str {
    let is_part = |one: char| one.is_ascii_alphanumeric() || one == '-' || one == '_';
    let end = text.find(|one| !is_part(one)).unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use fluent_syntax::ast::Entry;
    use fluent_syntax::parser::parse;

    use super::*;

    /// One by one, the texts are those that the whole file holds.
    #[test]
    fn every_text_is_found_by_its_name() {
        for lang in Lang::ALL {
            let entries = by_name(lang.source());
            let whole = parse(lang.source()).expect("the texts are well-formed");
            let is_message = |entry: &Entry<&str>| matches!(entry, Entry::Message(_));
            let messages = whole.body.into_iter().filter(is_message);
            let mut count = 0;
            for message in messages {
                let Entry::Message(known) = &message else {
                    continue;
                };
                count += 1;
                let own = parse(entries[known.id.name]).expect("it is well-formed by itself");
                let mut own = own.body.into_iter().filter(is_message);
                let own = (own.next(), own.next());
                let Entry::Message(known) = message else {
                    continue;
                };
                // Which comment stands before it is nobody's business.
                let bare = Entry::Message(fluent_syntax::ast::Message {
                    comment: None,
                    ..known
                });
                assert_eq!(own, (Some(bare), None));
            }
            assert_eq!(count, entries.len());
        }
    }

    #[test]
    fn what_a_text_is_made_of_is_read_with_it() {
        let entries = Entries::of(Lang::En);
        assert!(entries.bundle.borrow().get_message("status-pass").is_none());
        let args = FluentArgs::new();
        assert!(entries.format("status-pass", None, &args).is_some());
        assert!(entries.format("no-such-text", None, &args).is_none());
        let unread = entries.unread.borrow().len();
        // It speaks of the server by a text of its own.
        let mut args = FluentArgs::new();
        args.set("partner", "no");
        args.set("domain", "zahnfee.de");
        let said = entries.format("call-wrong-domain", Some("fix"), &args);
        assert!(said.is_some_and(|said| said.contains("XPhone domain")));
        assert!(entries.unread.borrow().len() + 2 <= unread);
    }
}

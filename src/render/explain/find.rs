//! What somebody means who asks for an explanation: a code, a step or whoever is to act by the name
//! that the report shows, another subject by what it is called, in any language, or just a word.

use super::list::{Group, opening, whole};
use super::{Topic, step_title, subjects_of};
use crate::judge::{ANY_STEP, PLACES, RENEWAL, rules_of};
use crate::known::ms_diagnostics::DIAGNOSTICS;
use crate::known::subjects::{Kind, SUBJECTS};
use crate::model::finding::{Owner, StepId};
use crate::text::{Lang, Texts};

/// Shorter beginnings of words lead everywhere.
const SHORTEST: usize = 3;
const PLACES_TITLE: &str = "explain-places";
const RENEWAL_TITLE: &str = "renewal-title";

/// What a word leads to.
pub enum Found {
    /// One topic.
    Topic(Topic),
    /// Several of them, in groups.
    Several(Vec<Group>),
    /// None.
    Nothing,
}

impl Found {
    /// What this name or word leads to; nothing typed leads to all there is.
    pub fn by(name: &str, texts: &Texts) -> Self {
        if name.trim().is_empty() {
            return Self::Several(groups(texts, true, |_| true));
        }
        let spoken = plain(name);
        if let Some(topic) = by_name(name, &spoken) {
            return Self::Topic(topic);
        }
        if spoken.is_empty() {
            return Self::Nothing;
        }
        if let Some(owner) = owner(&spoken) {
            return Self::Several(groups(texts, false, |topic| is_up_to(topic, owner)));
        }
        let every = Lang::ALL.map(Texts::new);
        let by = |text: fn(Topic, &Texts) -> String| {
            let speaks = |topic| speaks_of(topic, &spoken, &every, text);
            groups(texts, false, speaks)
        };
        let mut groups = by(opening);
        // What is said on the side is looked through only where no finding has the word up front.
        let topics = || groups.iter().flat_map(|group| &group.topics);
        if topics().all(|topic| !is_of_one_domain(*topic)) {
            groups = by(whole);
        }
        match groups
            .iter()
            .flat_map(|group| &group.topics)
            .collect::<Vec<_>>()[..]
        {
            [] => Self::Nothing,
            [only] => Self::Topic(*only),
            _ => Self::Several(groups),
        }
    }
}

/// Whether it is found where one domain is looked at, and not beside that.
fn is_of_one_domain(topic: Topic) -> bool {
    match topic {
        Topic::Rule(Some(step), _) | Topic::Step(step) => !StepId::PAIR.contains(&step),
        Topic::Rule(None, _) | Topic::Diagnostic(_) => true,
        Topic::Subject(_) => false,
    }
}

/// Every name that leads somewhere: for a suggestion.
pub fn names(texts: &Texts) -> Vec<String> {
    let steps = StepId::ALL.iter().flat_map(|step| called(*step, texts));
    let owners = OWNERS.iter().map(|owner| plain(&owner_name(*owner, texts)));
    let subjects = SUBJECTS.iter().flat_map(|subject| subject.words);
    let subjects = subjects.map(|word| (*word).to_owned());
    let named = Topic::names().chain(steps).chain(owners);
    named.chain(subjects).collect()
}

const OWNERS: [Owner; 4] = [
    Owner::XphoneAdmin,
    Owner::DnsAdmin,
    Owner::Network,
    Owner::Partner,
];

fn owner_name(owner: Owner, texts: &Texts) -> String {
    texts.plain(&format!("owner-{}", owner.id()))
}

/// The topic that is called so.
fn by_name(name: &str, spoken: &str) -> Option<Topic> {
    let named = Topic::find(name).or_else(|| step(spoken));
    named.or_else(|| subject(spoken))
}

/// The topics that are wanted: below their steps, then those of any step, the numbers, the subjects.
fn groups(texts: &Texts, with_steps: bool, is_wanted: impl Fn(Topic) -> bool) -> Vec<Group> {
    let of_step = |step: StepId| {
        let own = with_steps.then_some(Topic::Step(step));
        let rules = rules_of(step).iter();
        let rules = rules.map(move |rule| Topic::Rule(Some(step), rule));
        (
            step_title(step, texts),
            own.into_iter().chain(rules).collect(),
        )
    };
    let of_any = ANY_STEP.iter().map(|rule| Topic::Rule(None, rule));
    let of_places = PLACES.iter().map(|rule| Topic::Rule(None, rule));
    let of_renewal = RENEWAL.iter().map(|rule| Topic::Rule(None, rule));
    let numbers = DIAGNOSTICS.iter().map(Topic::Diagnostic);
    let all = StepId::ALL.map(of_step).into_iter().chain([
        (texts.plain("explain-every-step"), of_any.collect()),
        (texts.plain(PLACES_TITLE), of_places.collect()),
        (texts.plain(RENEWAL_TITLE), of_renewal.collect()),
    ]);
    let all = all
        .chain(StepId::OUTBOUND.map(of_step))
        .chain(StepId::PAIR.map(of_step))
        .chain([(texts.plain("explain-diagnostics"), numbers.collect())]);
    let subjects = |kind: Kind| (texts.plain(kind.title()), subjects_of(kind).collect());
    let all = all.chain(Kind::ALL.map(subjects));
    let groups = all.map(|(title, topics): (String, Vec<Topic>)| Group {
        title,
        topics: topics
            .into_iter()
            .filter(|topic| is_wanted(*topic))
            .collect(),
    });
    groups.filter(|group| !group.topics.is_empty()).collect()
}

/// The step of this name in any language, or of one of its parts ("Firewall, DMZ").
fn step(spoken: &str) -> Option<Topic> {
    let is_called = |step: &StepId| {
        let texts = Lang::ALL.map(Texts::new);
        texts
            .iter()
            .any(|texts| called(*step, texts).iter().any(|name| name == spoken))
    };
    StepId::ALL.into_iter().find(is_called).map(Topic::Step)
}

/// The subject that this word leads to.
fn subject(spoken: &str) -> Option<Topic> {
    let is_called = |words: &[&str], name: &str| plain(name) == spoken || words.contains(&spoken);
    let mut subjects = SUBJECTS.iter();
    let found = subjects.find(|subject| is_called(subject.words, subject.name));
    found.map(Topic::Subject)
}

/// A step's name and the parts of it.
fn called(step: StepId, texts: &Texts) -> Vec<String> {
    let name = texts.plain(&format!("step-{}", step.id()));
    let parts = name.split(',').map(plain);
    std::iter::once(plain(&name)).chain(parts).collect()
}

fn owner(spoken: &str) -> Option<Owner> {
    let texts = Lang::ALL.map(Texts::new);
    OWNERS.into_iter().find(|owner| {
        let mut names = texts.iter().map(|texts| plain(&owner_name(*owner, texts)));
        plain(owner.id()) == spoken || names.any(|name| name == spoken)
    })
}

fn is_up_to(topic: Topic, owner: Owner) -> bool {
    match topic {
        Topic::Rule(_, rule) => {
            rule.owners.contains(&owner) || rule.owners_as_partner.contains(&owner)
        }
        Topic::Step(_) | Topic::Diagnostic(_) | Topic::Subject(_) => false,
    }
}

/// Whether every word is, or begins, a word of the name or of this text on the topic.
fn speaks_of(
    topic: Topic,
    spoken: &str,
    every: &[Texts],
    text: fn(Topic, &Texts) -> String,
) -> bool {
    let mut said = plain(&topic.name());
    for texts in every {
        said = format!("{said} {}", plain(&text(topic, texts)));
        if let Some(title) = title_beside_steps(topic) {
            said = format!("{said} {}", plain(&texts.plain(title)));
        }
    }
    if let Topic::Diagnostic(diagnostic) = topic {
        said = format!("{said} {}", plain(diagnostic.reason));
    }
    if let Topic::Subject(subject) = topic {
        said = format!("{said} {}", subject.words.join(" "));
    }
    let said: Vec<&str> = said.split(' ').collect();
    let is_said = |word: &str| {
        let begins =
            |said: &&str| *said == word || (word.len() >= SHORTEST && said.starts_with(word));
        said.iter().any(begins)
    };
    spoken.split(' ').all(is_said)
}

/// What the findings are called together that belong to no step: their names are in one language, and
/// nobody types them.
fn title_beside_steps(topic: Topic) -> Option<&'static str> {
    match topic {
        Topic::Rule(None, rule) if RENEWAL.contains(&rule) => Some(RENEWAL_TITLE),
        Topic::Rule(None, rule) if PLACES.contains(&rule) => Some(PLACES_TITLE),
        _ => None,
    }
}

/// Lower-case words with one blank between them, umlauts spelt out.
fn plain(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    for character in text.chars().flat_map(char::to_lowercase) {
        match character {
            'ä' => words.push_str("ae"),
            'ö' => words.push_str("oe"),
            'ü' => words.push_str("ue"),
            'ß' => words.push_str("ss"),
            character if character.is_alphanumeric() => words.push(character),
            _ => words.push(' '),
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::all_rules;
    use crate::model::finding::Rule;

    fn found(name: &str) -> Found {
        Found::by(name, &Texts::new(Lang::En))
    }

    #[test]
    fn the_words_of_the_report_lead_to_its_steps() {
        for (name, step) in [
            ("firewall", StepId::Tcp),
            ("Firewall, DMZ", StepId::Tcp),
            ("DMZ", StepId::Tcp),
            ("zertifikat", StepId::Certificate),
            ("Certificate", StepId::Certificate),
            ("SRV-Record", StepId::Srv),
            ("srv record", StepId::Srv),
            ("A-Record", StepId::Address),
            ("FQDN", StepId::Address),
            ("XPhone-Domäne", StepId::Domain),
            ("xphone-domaene", StepId::Domain),
            ("4", StepId::Tcp),
        ] {
            let Found::Topic(topic) = found(name) else {
                panic!("{name} is one topic");
            };
            assert_eq!(topic, Topic::Step(step), "{name}");
        }
    }

    #[test]
    fn what_is_seen_leads_to_its_subject() {
        for (name, subject) in [
            ("Anfragen", "request-waits"),
            ("14428", "event-14428"),
            ("Ereignis 14428", "event-14428"),
            ("sip-504", "sip-504"),
            ("SIP 504", "sip-504"),
            ("504", "sip-504"),
            ("Präsenz", "no-presence"),
            ("Unbekannte Person", "no-presence"),
            ("Active", "not-active"),
            ("169.254", "not-active"),
            ("Skype", "private-account"),
            ("Nicht autorisierende Antwort", "nslookup"),
            ("fritz.box", "nslookup"),
            ("Test-NetConnection", "telnet"),
            ("Leitfaden", "guide"),
            ("C4B", "about"),
            ("Fe(e)deration", "about"),
        ] {
            let Found::Topic(topic) = found(name) else {
                panic!("{name} is one topic");
            };
            assert_eq!(topic.name(), subject, "{name}");
        }
    }

    #[test]
    fn an_owner_leads_to_what_is_up_to_him() {
        for name in ["DNS-Admin", "dns admin", "DNS admin", "dns-admin"] {
            let Found::Several(groups) = found(name) else {
                panic!("{name} has several things to do");
            };
            let topics: Vec<_> = groups.iter().flat_map(|group| &group.topics).collect();
            let has = |code| topics.iter().any(|topic| topic.name() == code);
            assert!(has("srv-missing") && !has("cert-expired"), "{name}");
        }
    }

    #[test]
    fn what_belongs_to_no_step_is_found_by_what_it_is_called() {
        for name in ["erneuerung", "Erneuerung des Zertifikats", "renewal"] {
            let Found::Several(groups) = found(name) else {
                panic!("{name} is several findings");
            };
            let topics: Vec<_> = groups.iter().flat_map(|group| &group.topics).collect();
            for rule in RENEWAL {
                let is_it = |topic: &&&Topic| topic.name() == rule.code;
                assert!(
                    topics.iter().any(|topic| is_it(&topic)),
                    "{name}: {}",
                    rule.code
                );
            }
        }
    }

    #[test]
    fn nothing_leads_to_all() {
        let Found::Several(groups) = found("") else {
            panic!("there is more than one");
        };
        let count: usize = groups.iter().map(|group| group.topics.len()).sum();
        assert_eq!(count, Topic::names().count());
        for name in ["quux", "?!", "port quux"] {
            assert!(matches!(found(name), Found::Nothing), "{name}");
        }
    }

    #[test]
    fn every_rule_has_an_owner_that_can_be_asked_for() {
        let owners = all_rules().flat_map(|(_, rule): (_, &Rule)| rule.owners);
        for owner in owners {
            assert!(OWNERS.contains(owner), "{owner:?}");
        }
    }
}

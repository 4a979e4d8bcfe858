//! Workflow commands, read as the runner of GitHub Actions reads them.

use super::{shown, shown_hostile};

/// A command as the runner takes it from a line.
#[derive(Debug)]
struct Command {
    kind: String,
    title: String,
    message: String,
}

impl Command {
    fn read(line: &str) -> Self {
        let line = line.strip_prefix("::").expect("a command");
        let (head, message) = line.split_once("::").expect("a message");
        let (kind, properties) = head.split_once(' ').expect("a property");
        let title = properties.strip_prefix("title=").expect("the title");
        assert!(!title.contains([':', ',']), "{title}");
        let unescaped = |text: &str| {
            [
                ("%0D", "\r"),
                ("%0A", "\n"),
                ("%3A", ":"),
                ("%2C", ","),
                ("%25", "%"),
            ]
            .iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
        };
        Self {
            kind: kind.to_owned(),
            title: unescaped(title),
            message: unescaped(message),
        }
    }
}

fn commands(output: &str) -> Vec<Command> {
    output.lines().map(Command::read).collect()
}

#[test]
fn the_worst_first_and_the_verdicts_last() {
    let commands = commands(&shown("github", &["--lang=en"]));
    let kinds: Vec<&str> = commands.iter().map(|one| one.kind.as_str()).collect();
    let mut expected = vec!["error"];
    expected.extend(["warning"; 5]);
    expected.extend(["notice"; 3]);
    assert_eq!(kinds, expected);
    assert_eq!(commands[0].title, "zahnfee.de: SRV record");
    assert!(
        commands[0]
            .message
            .contains("[srv-wrong-port]\nFix: Change the port")
    );
    // What could not be tested before what may be put off.
    assert!(commands[1].message.contains("[tcp-egress-blocked]"));
    assert!(commands[3].message.contains("[address-several]"));
    assert!(commands[6].message.starts_with("zahnfee.de is not ready"));
}

#[test]
fn strangers_write_no_commands() {
    let commands = commands(&shown_hostile("github"));
    let expected = ["error", "warning", "notice"];
    assert!(
        commands
            .iter()
            .all(|one| expected.contains(&one.kind.as_str()))
    );
    let said = |one: &&Command| one.message.contains(r"%0A::error::x\u{a}::error::y");
    assert!(commands.iter().find(said).is_some(), "{commands:#?}");
}

//! What each owner has to do, ready to be mailed to each: what is wrong, what to enter, and the
//! command that shows whether it worked.

use std::io::{self, Write};

use anstyle::Style;

use super::words::{Task, Todo, Words};
use super::{Look, layout};
use crate::report::{ORDER_OF_OWNERS, Report};
use crate::text::Texts;

/// How far records and commands are indented that are there to be copied.
const ENTRY: usize = 5;

/// Writes a list per owner and domain: who has to do something for several domains finds all of it
/// together.
pub(super) fn write(
    reports: &[Report],
    texts: &Texts,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let all: Vec<Words<'_>> = reports
        .iter()
        .map(|report| Words::of(report, texts))
        .collect();
    let todos: Vec<Vec<Todo>> = all.iter().map(Words::todo).collect();
    let mut lines = Vec::new();
    for owner in ORDER_OF_OWNERS {
        for (words, todo) in all.iter().zip(&todos) {
            for list in todo.iter().filter(|list| list.owner == owner) {
                lines.extend(list_of(list, words, look));
            }
        }
    }
    let is_done = |(_, todo): &(&Words<'_>, &Vec<Todo>)| todo.is_empty();
    let done = all.iter().zip(&todos).filter(is_done);
    let done: Vec<String> = done
        .map(|(words, _)| words.labelled(words.with_reservations(words.domain_for(look))))
        .collect();
    if !done.is_empty() {
        let domains = done.join(", ");
        let nothing = texts.say("todo-nothing", &[("domains", &domains)]);
        lines.extend(layout::wrapped(&nothing, look, 0));
    } else if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    for line in lines {
        writeln!(out, "{}", layout::fit(&line, look))?;
    }
    Ok(())
}

fn list_of(list: &Todo, words: &Words<'_>, look: Look) -> Vec<String> {
    let texts = words.texts;
    let domain = words.domain_for(look);
    let named = [("owner", list.name.as_str()), ("domain", &domain)];
    let mut lines = headed(&texts.say("todo-of", &named), look);
    if let Some(labels) = words.labels() {
        lines.extend(layout::wrapped(&labels, look, 0));
    }
    lines.extend(tasks_in_lines(&list.tasks, true, texts, look));
    lines.push(String::new());
    lines
}

/// The lists of one report, for below its checklist.
pub(super) fn lines(words: &Words<'_>, look: Look) -> Vec<String> {
    let mut lines = headed(&words.texts.plain("todo-title"), look);
    for list in words.todo() {
        lines.push(format!("{}:", list.name));
        lines.extend(tasks_in_lines(&list.tasks, false, words.texts, look));
    }
    lines.push(String::new());
    lines
}

fn headed(title: &str, look: Look) -> Vec<String> {
    layout::wrapped(title, look, 0)
        .iter()
        .map(|line| layout::styled(Style::new().bold(), line.trim_end(), look))
        .collect()
}

fn tasks_in_lines(tasks: &[Task], with_commands: bool, texts: &Texts, look: Look) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, task) in tasks.iter().enumerate() {
        let number = format!("{}.", index + 1);
        let title = format!("{} [{}]", task.headline, task.code);
        lines.extend(layout::hanging(&number, &title, look, 0));
        let indent = number.len() + 1;
        for line in &task.lines {
            if line.is_entry {
                lines.push(layout::entry(&line.text, ENTRY, look));
            } else {
                lines.extend(layout::wrapped(&texts.line(line), look, indent));
            }
        }
        if with_commands && !task.commands.is_empty() {
            let label = texts.plain("label-check");
            lines.extend(layout::wrapped(&format!("{label}:"), look, indent));
            let commands = task.commands.iter();
            lines.extend(commands.map(|line| layout::entry(line, ENTRY, look)));
        }
    }
    lines
}

//! Every format on the report that holds every status, read by its own kind of reader.

mod jsonl;

use crate::output::EVERY_STATUS;
use crate::stage::Run;

/// The report that holds every status, in this format.
fn shown(format: &str, args: &[&str]) -> String {
    let run = Run::new("replay").args(&[EVERY_STATUS, "--format", format]);
    let (_, stdout, stderr) = run.args(args).text();
    assert_eq!(stderr, "");
    stdout
}

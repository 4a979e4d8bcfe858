//! The examples for Windows, run as Windows runs them: the batch file by cmd, the task's command line
//! in the task's folder.

use std::fs;
use std::process::{Command, Output};

use super::windows;
use crate::formats::calendar::events;
use crate::formats::csv::{cell, table};
use crate::formats::prtg;
use crate::real_peers::monitoring::each_state;
use crate::real_peers::recipes::{task, text};
use crate::stage::Stage;
use crate::wine::Wine;
use crate::world::Server;

/// The world, for a program that takes no further options.
fn in_world<'a>(command: &'a mut Command, stage: &Stage, server: &Server) -> &'a mut Command {
    command
        .env("XFED_RESOLVER", stage.dns.address().to_string())
        .env("XFED_CA_FILE", stage.roots())
        .env("XFED_CONNECT_TO", server.address().to_string())
}

fn written(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("UTF-8")
}

/// Makes a folder, and says where it is on this machine.
fn folder(windows: &Wine, path: &str) -> std::path::PathBuf {
    let folder = windows.file(path);
    fs::create_dir_all(&folder).expect("the drive is ours");
    folder
}

#[test]
fn cmd_runs_the_sensor_for_prtg() {
    let Some(windows) = windows() else { return };
    let sensors = folder(windows, r"C:\Custom Sensors\EXEXML");
    let batch = text("monitoring/prtg.bat").replace('\n', "\r\n");
    fs::write(sensors.join("xfed.bat"), batch).expect("the folder was just made");
    let sensor = |args: &[&str]| {
        let mut command = windows.command("cmd");
        command
            .args(["/c", "xfed.bat"])
            .args(args)
            .current_dir(&sensors)
            .env("XFED", windows.program());
        command
    };
    each_state(|stage, server, state| {
        let output = in_world(&mut sensor(&["zahnfee.de"]), stage, server).output();
        let output = output.expect("Wine has cmd");
        // PRTG takes any other code for a sensor that has failed itself.
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let (channels, message) = prtg::answer(written(&output));
        let expected = ["up", "warning", "error"][usize::try_from(state).expect("no signal")];
        assert_eq!(prtg::state(&channels), expected, "{message}");
        assert!(message.starts_with("zahnfee.de "), "{message}");
    });
    let output = sensor(&["--nonsense"]).output().expect("Wine has cmd");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let failure: serde_json::Value = serde_json::from_str(written(&output)).expect("JSON");
    assert_eq!(failure["prtg"]["error"], 1);
    let said = failure["prtg"]["text"].as_str().expect("text");
    assert!(said.contains("xfed ended with 2"), "{said}");
}

#[test]
fn the_command_line_of_the_task_writes_what_it_promises() {
    let Some(windows) = windows() else { return };
    let arguments = task("Arguments");
    let of_xfed = folder(windows, r"C:\ProgramData\xfed");
    each_state(|stage, server, state| {
        let reports = folder(windows, r"C:\ProgramData\xfed\reports");
        let list = "zahnfee.de customer=4711\r\n";
        fs::write(of_xfed.join("list.txt"), list).expect("the folder was just made");
        let mut command = windows.command(&windows.program());
        // No argument of it has a space or a quotation mark in it.
        command.args(arguments.split(' ')).current_dir(&of_xfed);
        let output = in_world(&mut command, stage, server).output();
        let output = output.expect("Wine is here");
        let code = i32::from(state == 2);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let read = |name: &str| fs::read_to_string(reports.join(name)).expect("it was written");
        let page = read("zahnfee.de.html");
        assert!(page.contains("lang=\"de\"") && page.contains("customer: 4711"));
        let (head, rows) = table(&read("all.csv"), b';');
        assert_eq!(cell(&head, &rows[0], "label_customer"), "4711");
        assert_eq!(events(&read("certificates.ics")).len(), 3);
        fs::remove_dir_all(reports).expect("it is ours");
    });
}

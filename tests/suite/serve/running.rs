//! How it begins, takes another configuration, and ends.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::thread;

use rustix::process::Signal;

use super::client::{Answer, Service, serve};
use crate::probe::Place;
use crate::stage::{Run, Stage};

const TARGET: &str = "/probe?target=zahnfee.de";

/// A place whose server takes connections, and says nothing as long as the test holds them.
pub fn held() -> (Stage, TcpListener, Place) {
    let stage = Stage::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let address = listener.local_addr().expect("it is bound");
    let place = Place::reaching(&stage, address);
    let file = place.folder.file("xfed.toml");
    let text = std::fs::read_to_string(&file).expect("it is our own");
    let text = format!("timeout = \"1h\"\ndeadline = \"2h\"\n{text}");
    std::fs::write(file, text).expect("it is our own");
    (stage, listener, place)
}

/// Whoever asks for the same while it is under way gets the same; and what is under way is answered,
/// whoever wants the end.
#[test]
fn one_check_for_all_who_ask_and_all_are_answered_at_the_end() {
    let (_stage, listener, place) = held();
    let service = Service::of(&place);
    let answers = thread::scope(|scope| {
        let first = scope.spawn(|| service.get(TARGET));
        let (held, _) = listener.accept().expect("the check connects");
        let others: Vec<_> = (0..9)
            .map(|_| scope.spawn(|| service.get(TARGET)))
            .collect();
        // Until all of them have joined it.
        while service
            .get("/metrics")
            .sample("xfed_serve_checks_shared_total")
            != "9"
        {
            thread::yield_now();
        }
        service.running.signal(Signal::TERM);
        // It has heard it as soon as it takes nobody any more.
        while std::net::TcpStream::connect(service.address).is_ok() {
            thread::yield_now();
        }
        drop((held, listener));
        let all = std::iter::once(first).chain(others);
        let all: Vec<Answer> = all.map(|one| one.join().expect("answered")).collect();
        all
    });
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.sample("probe_success"), "0");
    }
    let moment = |answer: &Answer| {
        let name = "xfed_check_duration_seconds{domain=\"zahnfee.de\"}";
        answer.sample(name).to_owned()
    };
    assert!(
        answers
            .iter()
            .all(|answer| moment(answer) == moment(&answers[0]))
    );
    assert_eq!(service.running.end(), (0, String::new(), String::new()));
}

#[test]
fn the_second_signal_ends_it_at_once() {
    let (_stage, listener, place) = held();
    let service = Service::of(&place);
    thread::scope(|scope| {
        let asked = scope.spawn(|| {
            let mut stream = service.connect();
            let request = format!("GET {TARGET} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            stream.write_all(request.as_bytes()).expect("it reads");
            let mut all = Vec::new();
            let _ = stream.read_to_end(&mut all);
            all
        });
        let held = listener.accept().expect("the check connects");
        service.running.signal(Signal::INT);
        while std::net::TcpStream::connect(service.address).is_ok() {
            thread::yield_now();
        }
        service.running.signal(Signal::INT);
        assert_eq!(asked.join().expect("it ends"), b"");
        drop(held);
    });
    assert_eq!(service.running.end().0, 130);
}

/// What cannot be used changes nothing.
#[test]
fn another_configuration_is_checked_before_it_is_taken() {
    let place = Place::configured("[module.first]\nmode = \"open\"\n");
    let file = place.folder.file("xfed.toml");
    let mut service = Service::of(&place);
    let known = |service: &Service| {
        let answer = service.get("/probe?target=zahnfee.de&module=unknown");
        let known = answer.body.trim_end().rsplit(' ').next();
        known.unwrap_or_default().to_owned()
    };
    assert_eq!(known(&service), "first");
    let write = |text: &str| std::fs::write(&file, text).expect("it is our own");

    write("[module.second]\nmode = \"sideways\"\n");
    let answer = service.ask("POST", "/-/reload", &[]);
    assert_eq!(answer.status, 500);
    assert!(
        answer.body.contains("xfed.toml:2: mode: expected one of"),
        "{}",
        answer.body
    );
    let said = service.running.message();
    assert!(said.contains("the one before it still holds"), "{said}");
    assert_eq!(known(&service), "first");
    let good = "xfed_serve_config_last_reload_successful";
    assert_eq!(service.get("/metrics").sample(good), "0");

    write("[module.second]\nmode = \"direct\"\n");
    assert_eq!(service.ask("POST", "/-/reload", &[]).status, 204);
    let said = service.running.message();
    assert_eq!(
        said,
        "xfed: the configuration was read again and holds from now on\n"
    );
    assert_eq!(known(&service), "second");
    assert_eq!(service.get("/metrics").sample(good), "1");

    write("[module.third]\ndeadline = \"5s\"\n");
    service.running.signal(Signal::HUP);
    service.running.message();
    assert_eq!(known(&service), "third");
}

#[test]
fn on_a_socket_in_the_file_system() {
    let place = Place::configured("");
    let socket = place.folder.file("xfed.sock");
    let listen = format!("unix:{}", socket.display());
    let start = || {
        let run = Run::new("serve").args(&["--listen", &listen, "--config"]);
        let mut running = run.arg(place.folder.file("xfed.toml")).start();
        assert_eq!(running.message(), format!("xfed: listening on {listen}\n"));
        running
    };
    let ask = || {
        let stream = UnixStream::connect(&socket).expect("it listens");
        let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        Answer::to(request, stream).status
    };
    let running = start();
    assert_eq!(ask(), 200);
    // Somebody else's is left alone.
    let run = Run::new("serve").args(&["--listen", &listen]).text();
    assert_eq!(run.0, 2);
    assert!(
        run.2.starts_with(&format!("xfed: --listen {listen}: ")),
        "{}",
        run.2
    );
    running.signal(Signal::TERM);
    assert_eq!(running.end().0, 0);
    assert!(!socket.exists(), "it goes with the service");
    // One that was left behind is nobody's.
    drop(std::os::unix::net::UnixListener::bind(&socket).expect("a socket"));
    let running = start();
    assert_eq!(ask(), 200);
    drop(running);
}

#[test]
fn where_nothing_can_be_listened_to() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let at = taken.local_addr().expect("it is bound").to_string();
    let (code, _, stderr) = Run::new("serve").args(&["--listen", &at]).text();
    assert_eq!(code, 2);
    assert!(
        stderr.starts_with(&format!("xfed: --listen {at}: ")),
        "{stderr}"
    );
    let (code, _, stderr) = Run::new("serve").args(&["--listen", "systemd"]).text();
    assert_eq!(code, 2);
    assert!(stderr.contains("systemd hands over no socket"), "{stderr}");
    let (code, _, stderr) = Run::new("serve").args(&["--listen", "localhost"]).text();
    assert_eq!(code, 2);
    assert!(
        stderr.contains("--listen localhost: expected IP:PORT, unix:FILE or systemd"),
        "{stderr}"
    );
}

/// It goes by its own file only: not by what the environment says of checks.
#[test]
fn the_environment_has_no_say_in_how_targets_are_checked() {
    let stage = Stage::new();
    let server = stage.server().start();
    let place = Place::new(&stage, &server);
    let run = serve(&place).env("XFED_RESOLVER", "127.0.0.1:1");
    let answer = Service::started(run).get(TARGET);
    assert_eq!(answer.sample("probe_success"), "1");
}

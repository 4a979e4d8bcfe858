//! Chromium without a window, driven through chromedriver by the WebDriver protocol: JSON over HTTP on
//! loopback. Both end with the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::peer::Peer;
use crate::stage::Folder;

/// How long one command may take; most take milliseconds, the start of the browser a second.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Browser {
    port: u16,
    session: String,
    directory: Folder,
    /// Ends last.
    _driver: Peer,
}

impl Browser {
    pub fn start() -> Self {
        // It logs to standard output, unlike all others.
        let script = "exec chromedriver \"$@\" >&2";
        let mut driver = Peer::start("sh", &["-c", script, "chromedriver", "--port=0"]);
        let line = driver.logs(|line| line.contains("was started successfully on port"));
        let port = line
            .trim_end_matches('.')
            .rsplit(' ')
            .next()
            .expect("a port");
        let mut browser = Self {
            port: port.parse().expect("its number"),
            session: String::new(),
            directory: Folder::new(),
            _driver: driver,
        };
        let args = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            &format!("--user-data-dir={}", browser.directory.utf8("profile")),
        ];
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": args},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let answer = browser.request("POST", "/session", &capabilities);
        let session = answer["sessionId"].as_str().expect("a session");
        browser.session = format!("/session/{session}");
        browser
    }

    /// Opens this page as a file, and forgets what was logged of others.
    pub fn open(&self, page: &str) {
        let file = self.directory.write("page.html", page);
        self.post("/url", &json!({"url": "about:blank"}));
        self.log("browser");
        self.log("performance");
        self.post("/url", &json!({"url": format!("file://{file}")}));
    }

    /// Goes to an address, and waits until the page is there.
    pub fn visit(&self, url: &str) {
        self.post("/url", &json!({"url": url}));
    }

    /// Whether scripts of pages run, from the next page on; what the test runs in them does.
    pub fn scripts(&self, run: bool) {
        let off = json!({"value": !run});
        self.command("Emulation.setScriptExecutionDisabled", &off);
    }

    /// The language that it asks pages for.
    pub fn language(&self, lang: &str) {
        let headers = json!({"headers": {"Accept-Language": lang}});
        self.command("Network.setExtraHTTPHeaders", &headers);
    }

    /// What this body of a function returns in the page.
    pub fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// A command of the browser's own protocol.
    pub fn command(&self, command: &str, params: &Value) -> Value {
        self.post(
            "/goog/cdp/execute",
            &json!({"cmd": command, "params": params}),
        )
    }

    /// How wide the page is.
    pub fn width(&self, width: u32) {
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.command("Emulation.setDeviceMetricsOverride", &size);
        self.settles(&format!("innerWidth === {width}"));
    }

    /// `screen` or `print`, `light` or `dark`.
    pub fn medium(&self, medium: &str, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        let params = json!({"media": medium, "features": features});
        self.command("Emulation.setEmulatedMedia", &params);
        self.settles(&format!(
            "matchMedia('{medium} and (prefers-color-scheme: {scheme})').matches"
        ));
    }

    /// The page learns of what is emulated some frames later, and redraws itself in the next.
    pub fn settles(&self, condition: &str) {
        self.run(&format!(
            "return new Promise(done => {{
                const look = () => requestAnimationFrame({condition} ? () => requestAnimationFrame(done) : look);
                look();
            }})"
        ));
    }

    /// Waits until this is so, whatever page is there by then.
    pub fn becomes(&self, condition: &str) {
        let began = Instant::now();
        let script = json!({"script": format!("return !!({condition})"), "args": []});
        let path = format!("{}/execute/sync", self.session);
        loop {
            // A page that is just going away answers nothing.
            let answer = self.exchange("POST", &path, &script);
            if answer.is_ok_and(|(_, body)| body == b"{\"value\":true}") {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{condition}");
        }
    }

    /// Role and name of the first such element, as assistive technology is told them.
    pub fn told(&self, selector: &str) -> (String, String) {
        let using = json!({"using": "css selector", "value": selector});
        let element = self.post("/element", &using);
        let id = element.as_object().expect("a reference").values().next();
        let id = id.and_then(Value::as_str).expect("its id");
        let ask = |what: &str| {
            let path = format!("{}/element/{id}/{what}", self.session);
            let answer = self.request("GET", &path, &Value::Null);
            answer.as_str().expect("text").trim().to_owned()
        };
        (ask("computedrole"), ask("computedlabel"))
    }

    /// What was logged since the last time.
    pub fn log(&self, kind: &str) -> Vec<Value> {
        let log = self.post("/se/log", &json!({"type": kind}));
        log.as_array().expect("a list").clone()
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.request("POST", &format!("{}{path}", self.session), body)
    }

    fn request(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, body) = self
            .exchange(method, path, body)
            .expect("chromedriver answers");
        let value: Value = serde_json::from_slice(&body).expect("JSON");
        assert!(
            status.starts_with("HTTP/1.1 200"),
            "{method} {path}: {value}"
        );
        value["value"].clone()
    }

    fn exchange(
        &self,
        method: &str,
        path: &str,
        body: &Value,
    ) -> std::io::Result<(String, Vec<u8>)> {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        // It keeps the connection open, whatever it is asked.
        let mut answer = BufReader::new(stream);
        let mut status = String::new();
        answer.read_line(&mut status)?;
        let mut length = 0;
        loop {
            let mut header = String::new();
            answer.read_line(&mut header)?;
            let Some((name, value)) = header.split_once(':') else {
                break;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        answer.read_exact(&mut body)?;
        Ok((status, body))
    }
}

impl Drop for Browser {
    /// The browser leaves its profile in order; if it does not, it is killed with its driver.
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let _ = self.exchange("DELETE", &self.session, &Value::Null);
        }
    }
}

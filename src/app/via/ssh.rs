//! A place that `ssh` logs in to. Keys, agents, known hosts and jump hosts are the business of the
//! user's own `ssh`; what is spoken there is in `wire::vantage`.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::Looked;
use super::answer::{MAX_ANSWER, WAY, failed, greeted, request, taken};
use crate::facts::{Outlook, WhyNot};
use crate::model::plan::Plan;
use crate::model::vantage::{Login, Vantage};
use crate::wire::vantage::{self, Hello};

/// For the login, with everything that the way there takes, and the greeting.
const GREETING: Duration = Duration::from_secs(20);
/// For its last words.
const PATIENCE: Duration = Duration::from_secs(1);
/// What a login may say before the greeting, in bytes.
const MAX_NOISE: usize = 64 * 1024;
/// What is kept of what `ssh` says, in bytes.
const MAX_SAID: u64 = 16 * 1024;

/// Has this place look.
pub(super) async fn look(login: &Login, plan: &Plan) -> Looked {
    let place = Outlook::at(Vantage::Ssh(login.clone()));
    let mut child = match start(login) {
        Ok(child) => child,
        Err(error) => return failed(place, WhyNot::NoSsh, &reason(&error)),
    };
    let said = tokio::spawn(words_of(child.stderr.take()));
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else {
        return failed(place, WhyNot::NoSsh, "");
    };
    let mut from = BufReader::new(stdout);
    let hello = match timeout(GREETING, greeting(&mut from)).await {
        Err(_) => return failed(place, WhyNot::Silent, &GREETING.as_secs().to_string()),
        Ok(None) => {
            let said = last_words(&mut child, said).await;
            return failed(place, WhyNot::NotGreeted, &said);
        }
        Ok(Some(hello)) => hello,
    };
    let place = match greeted(place, &hello) {
        Ok(place) => place,
        Err(looked) => return *looked,
    };
    let limit = plan.limits.deadline + WAY;
    let asking = async {
        stdin.write_all(&request(plan)).await?;
        stdin.flush().await?;
        line(&mut from, MAX_ANSWER).await
    };
    let line = match timeout(limit, asking).await {
        Err(_) => return failed(place, WhyNot::Late, &limit.as_secs().to_string()),
        Ok(Err(error)) => return failed(place, WhyNot::Broken, &error.to_string()),
        Ok(Ok(line)) => line,
    };
    let Some(line) = line else {
        let said = last_words(&mut child, said).await;
        return failed(place, WhyNot::Broken, &said);
    };
    taken(place, &line, plan)
}

/// What `ssh` had to say once nothing more is expected of it. It may not know that yet.
async fn last_words(child: &mut Child, said: JoinHandle<String>) -> String {
    // Whoever has closed its output is about to end, and says why.
    let _ = timeout(PATIENCE, child.wait()).await;
    let _ = child.start_kill();
    let said = timeout(PATIENCE, said).await;
    said.ok().and_then(Result::ok).unwrap_or_default()
}

/// Starts `ssh`. Without a terminal and without questions: nobody is there to answer them. The
/// command is for accounts whose key does not force it.
fn start(login: &Login) -> io::Result<Child> {
    let mut ssh = Command::new("ssh");
    ssh.args(["-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15"]);
    if let Some(port) = login.port {
        ssh.args(["-p", &port.to_string()]);
    }
    if let Some(user) = &login.user {
        ssh.args(["-l", user]);
    }
    ssh.args(["--", &login.host, "xfed probe --stdio"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
}

/// The greeting, past whatever a login says before it. `None` at the end of it all.
async fn greeting(from: &mut (impl AsyncBufRead + Unpin)) -> Option<Hello> {
    let mut left = MAX_NOISE;
    while left > 0 {
        let line = line(from, left).await.ok()??;
        left = left.saturating_sub(line.len() + 1);
        if let Ok(hello) = vantage::read::<Hello>(&line) {
            return Some(hello);
        }
    }
    None
}

/// A line of at most so many bytes, without its end. `None` where it broke off or is longer.
async fn line(from: &mut (impl AsyncBufRead + Unpin), most: usize) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    from.take(most).read_until(b'\n', &mut line).await?;
    Ok((line.pop() == Some(b'\n')).then_some(line))
}

/// What `ssh` has to say, in one line.
async fn words_of(stderr: Option<impl AsyncRead + Unpin>) -> String {
    let mut said = Vec::new();
    if let Some(mut stderr) = stderr {
        // What was said until then is what there is.
        let _ = (&mut stderr).take(MAX_SAID).read_to_end(&mut said).await;
        // Or ssh would wait for somebody to read the rest.
        let _ = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
    }
    let said = String::from_utf8_lossy(&said);
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("; ")
}

/// What the system says, without the number that this has there.
fn reason(error: &io::Error) -> String {
    let said = error.to_string();
    let words = said.split(" (os error").next();
    words.unwrap_or_default().to_owned()
}

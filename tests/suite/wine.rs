//! The program for Windows, run by Wine instead of the one for this machine: by every test that
//! runs the program, where `XFED_WINDOWS` names the file. `.ci/run` builds it and says which tests.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use crate::stage::FILES;

/// Names the program for Windows.
pub const VARIABLE: &str = "XFED_WINDOWS";

/// Wine's server, and what it starts with the first program, until standard input ends; that ends
/// with this process, however that may end. Later programs find all of it running: what is started
/// by one of them would hold on to its standard output.
const KEEPER: &str = r#"
    trap "" INT
    exec 2>"$WINEPREFIX/log"
    wineserver -p && wine64 wineboot --init </dev/null >/dev/null || exit
    echo ready
    cat >/dev/null
    wineserver -k
    rm -rf "$WINEPREFIX"
"#;

/// Runs the program in Wine, whatever else the environment says.
const LAUNCHER: &str = r#"#!/bin/sh
PATH=$PATH:/usr/bin:/bin:/usr/lib/wine
export WINEPREFIX='{prefix}' WINEDEBUG=-all
exec wine64 '{program}' "$@"
"#;

/// What Rust's standard library imports, and Wine has from version 9 on.
const PROCESS_PRNG: &str = r"
    #include <windows.h>
    BOOLEAN WINAPI SystemFunction036(PVOID buffer, ULONG length);
    __declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length)
    {
        return SystemFunction036(buffer, (ULONG)length);
    }
";

static WINE: LazyLock<Option<Wine>> = LazyLock::new(|| {
    let program = std::env::var_os(VARIABLE)?;
    let program = Path::new(&program).canonicalize();
    Some(Wine::start(&program.expect("XFED_WINDOWS names a file")))
});

/// A Windows of our own, with nothing in it.
pub struct Wine {
    prefix: PathBuf,
    launcher: PathBuf,
    program: PathBuf,
    _keeper: Child,
}

impl Wine {
    /// `None` where the program for this machine is tested.
    pub fn wanted() -> Option<&'static Self> {
        WINE.as_ref()
    }

    fn start(program: &Path) -> Self {
        let prefix = tempfile::Builder::new().prefix("wine-").tempdir_in(FILES);
        let prefix = prefix.expect("the target directory is writable").keep();
        let mut keeper = Command::new("sh")
            .args(["-uc", KEEPER])
            .env("PATH", path())
            .env("WINEPREFIX", &prefix)
            .env("WINEDEBUG", "-all")
            // Nobody wants to be asked whether to install these.
            .env("WINEDLLOVERRIDES", "mscoree=;mshtml=")
            .env_remove("DISPLAY")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("every Linux has a shell");
        let stdout = BufReader::new(keeper.stdout.take().expect("piped"));
        let says = stdout.lines().next().and_then(Result::ok);
        if says.as_deref() != Some("ready") {
            let log = std::fs::read_to_string(prefix.join("log"));
            panic!("Wine (wine64) does not start: {}", log.unwrap_or_default());
        }
        let launcher = prefix.join("xfed");
        let script = LAUNCHER
            .replace("{prefix}", prefix.to_str().expect("a path in UTF-8"))
            .replace("{program}", program.to_str().expect("a path in UTF-8"));
        std::fs::write(&launcher, script).expect("the target directory is writable");
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&launcher, executable).expect("it was just written");
        let wine = Self {
            prefix,
            launcher,
            program: program.to_owned(),
            _keeper: keeper,
        };
        wine.complete();
        wine
    }

    fn complete(&self) {
        let library = r"C:\windows\system32\bcryptprimitives.dll";
        if !self.file(library).exists() {
            self.compile(PROCESS_PRNG, &["-shared", "-ladvapi32"], library);
        }
    }

    /// Makes a program or a library for Windows of this source, in C.
    pub fn compile(&self, source: &str, options: &[&str], to: &str) {
        let mut compiler = Command::new("x86_64-w64-mingw32-gcc")
            .args(["-x", "c", "-", "-o"])
            .arg(self.file(to))
            .args(options)
            .stdin(Stdio::piped())
            .spawn()
            .expect("gcc-mingw-w64-x86-64 is installed");
        let mut input = compiler.stdin.take().expect("piped");
        let written = input.write_all(source.as_bytes());
        written.expect("the compiler reads it");
        drop(input);
        assert!(compiler.wait().expect("it ends").success());
    }

    /// Runs another program than the one that is tested.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("wine64");
        command
            .arg(program)
            .env_clear()
            .env("PATH", path())
            .env("WINEPREFIX", &self.prefix)
            .env("WINEDEBUG", "-all")
            .stdin(Stdio::null());
        command
    }

    /// The path of the program that is tested, as Windows has it.
    pub fn program(&self) -> String {
        format!("Z:{}", self.program.display()).replace('/', r"\")
    }

    /// Takes the arguments of the program.
    pub fn launcher(&self) -> &Path {
        &self.launcher
    }

    /// Where this machine has a file that Windows has there.
    pub fn file(&self, there: &str) -> PathBuf {
        let below = there.strip_prefix(r"C:\").expect("the only drive");
        self.prefix.join("drive_c").join(below.replace('\\', "/"))
    }
}

/// `PATH`, and where Debian keeps Wine.
fn path() -> std::ffi::OsString {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/lib/wine");
    path
}

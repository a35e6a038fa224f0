//! The nodes: ours from this very binary, anvil from its npm package.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use serde::Serialize;
use serde_json::json;

use super::BenchError;
use super::client::Client;

/// Version of the npm package `@foundry-rs/anvil`.
const ANVIL_VERSION: &str = "1.7.1";
/// Its packages by platform, each with the sha512 of its archive.
const ANVIL_PACKAGES: [(&str, &str, &str); 2] = [
    (
        "x86_64",
        "@foundry-rs/anvil-linux-amd64",
        "+XmShybEaxfCrr0OUUZwYEy2OnYZt5pHH9TzBtLv3+VrK0O/ANuNSVEahqNhKHlgX7GRJ59383ofNhxkRWIYTg==",
    ),
    (
        "aarch64",
        "@foundry-rs/anvil-linux-arm64",
        "ykHJmFOGdBR8+9smOKBm9ZZDCCCkLQctiHOAddLvmYx9mPeBDMfq6jP51hKYsO5MG8ClPLSlWe+JpiXPjoXgBQ==",
    ),
];
/// How long a node may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Between two attempts to reach a node that starts.
const START_POLL: Duration = Duration::from_millis(1);
/// How long to let a node settle before its memory is read.
const SETTLE: Duration = Duration::from_millis(300);

/// How a node started.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Started {
    pub(super) node: &'static str,
    /// From the start of the process to its first answer.
    pub(super) first_answer_ms: f64,
    /// Memory it holds then, with nothing to do.
    pub(super) resident_mb: f64,
}

/// A running node, ended when dropped.
pub(super) struct Process {
    pub(super) name: &'static str,
    pub(super) address: String,
    child: Child,
    first_answer: Duration,
}

impl Process {
    /// Our chain, with these options.
    pub(super) fn devnode(options: &[&str]) -> Result<Self, BenchError> {
        let io = |source| BenchError::io("start the devnode")(source);
        let mut command = Command::new(env::current_exe().map_err(io)?);
        command.args(["devnode", "--port", "0", "--quiet"]).args(options);
        let start = Instant::now();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(io)?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut line).map_err(io)?;
        }
        let address = line.trim().trim_start_matches("http://").to_owned();
        Self::answering("devnode", address, child, start)
    }

    /// anvil, fetched where it is not there yet.
    pub(super) fn anvil() -> Result<Self, BenchError> {
        let program = anvil_program()?;
        let io = |source| BenchError::io("start anvil")(source);
        // It takes no port 0: a free one is looked for, and free again for the moment until anvil has it.
        let port = TcpListener::bind(("127.0.0.1", 0))
            .and_then(|listener| listener.local_addr())
            .map_err(io)?
            .port();
        let mut command = Command::new(program);
        command.args(["--silent", "--port", &port.to_string()]);
        let start = Instant::now();
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(io)?;
        Self::answering("anvil", format!("127.0.0.1:{port}"), child, start)
    }

    fn answering(
        name: &'static str,
        address: String,
        child: Child,
        start: Instant,
    ) -> Result<Self, BenchError> {
        let mut process = Self { name, address, child, first_answer: Duration::ZERO };
        loop {
            let answer =
                process.client().and_then(|mut client| client.ask("eth_chainId", json!([])));
            process.first_answer = start.elapsed();
            match answer {
                Ok(_) => return Ok(process),
                Err(error) if start.elapsed() > START_TIMEOUT => return Err(error),
                Err(_) => std::thread::sleep(START_POLL),
            }
        }
    }

    /// A new connection.
    pub(super) fn client(&self) -> Result<Client, BenchError> {
        Client::connect(self.name, &self.address)
    }

    pub(super) fn started(&self) -> Started {
        std::thread::sleep(SETTLE);
        Started {
            node: self.name,
            first_answer_ms: self.first_answer.as_secs_f64() * 1e3,
            resident_mb: self.resident_mb(),
        }
    }

    /// Megabytes of memory in use; 0 where the system does not tell.
    pub(super) fn resident_mb(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
        kilobytes.unwrap_or_default() / 1_024.0
    }

    /// Seconds of processor time used so far, all threads; `None` where the system does not tell.
    pub(super) fn cpu_seconds(&self) -> Option<f64> {
        let mut nanoseconds = 0.0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.child.id())).ok()? {
            let text = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
            nanoseconds += text.split_whitespace().next()?.parse::<f64>().ok()?;
        }
        Some(nanoseconds / 1e9)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended_before = self.child.kill();
        let _reaped_before = self.child.wait();
    }
}

/// Path of anvil's program below `target/npm`, unpacked there first if need be.
fn anvil_program() -> Result<PathBuf, BenchError> {
    let failed = |why: String| BenchError::Anvil(why);
    let package = ANVIL_PACKAGES.iter().find(|(platform, ..)| *platform == env::consts::ARCH);
    let (true, Some((_, package, sha512))) = (cfg!(target_os = "linux"), package) else {
        return Err(failed("no pinned package for this platform; --no-anvil goes without".into()));
    };
    let npm = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/npm");
    let folder = npm.join(format!("anvil@{ANVIL_VERSION}"));
    if folder.join(".complete").exists() {
        return Ok(folder.join("bin/anvil"));
    }
    eprintln!("bench: fetching {package} {ANVIL_VERSION}");
    // As scripts/setup does it: npm fetches, the hash decides, the folder is complete when it says so.
    let script = r#"set -euo pipefail
        mkdir -p "$1"
        work=$(mktemp -d "$1/.anvil.XXXXXX")
        trap 'rm -rf "$work"' EXIT
        (cd "$work" && npm pack --silent "$2@$3" >/dev/null)
        archive=$(echo "$work"/*.tgz)
        actual=$(node -e 'const{createHash}=require("crypto"),{readFileSync}=require("fs");
            console.log(createHash("sha512").update(readFileSync(process.argv[1])).digest("base64"))' "$archive")
        [[ $actual == "$4" ]] || { echo "not the pinned package: its sha512 is $actual" >&2; exit 1; }
        rm -rf "$5"
        mkdir -p "$5"
        tar -xzf "$archive" -C "$5" --strip-components=1
        touch "$5/.complete""#;
    let output = Command::new("bash")
        .args(["-c", script, "bench"])
        .arg(&npm)
        .args([package, &ANVIL_VERSION, sha512])
        .arg(&folder)
        .output()
        .map_err(|error| failed(error.to_string()))?;
    match output.status.success() {
        true => Ok(folder.join("bin/anvil")),
        false => Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
    }
}

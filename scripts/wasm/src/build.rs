//! One cargo command a contract: cargo unifies features within a command, and two entry points are one duplicate symbol.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::artifact::{Artifact, BadModule};

const TARGET: &str = "wasm32-unknown-unknown";
/// The toolchain `scripts/setup` links where the pinned one has no WASM target.
const FALLBACK: &str = "metalayer-wasm";

/// Why a contract could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// No toolchain here can compile to WASM.
    #[error(
        "no Rust toolchain here has the target {TARGET}; run scripts/setup (or: rustup target add {TARGET})"
    )]
    NoToolchain,
    /// The compiler refused; it has said why.
    #[error("cargo could not build {0}")]
    Cargo(String),
    /// The compiler's output is not fit for the Stylus VM.
    #[error("{contract}: {reason}")]
    Module {
        /// Crate name.
        contract: String,
        /// What is wrong with the module.
        reason: BadModule,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The compiler that makes the WASM.
pub struct Toolchain {
    version: String,
    /// Named when the pinned toolchain has no WASM standard library and one is built from source instead.
    fallback: Option<&'static str>,
}

impl Toolchain {
    /// The pinned toolchain if it has the WASM target, otherwise the one `scripts/setup` linked.
    /// - `root`: the project's root.
    /// # Errors
    /// `NoToolchain`.
    pub fn find(root: &Path) -> Result<Self, BuildError> {
        let pinned = |args: &[&str]| ask(root, None, args);
        let has_target = pinned(&["--print", "target-libdir", "--target", TARGET])
            .is_some_and(|directory| Path::new(&directory).is_dir());
        let fallback = if has_target { None } else { Some(FALLBACK) };
        let version = ask(root, fallback, &["--version"]).ok_or(BuildError::NoToolchain)?;
        // "rustc 1.95.0 (59807616e 2026-04-14)": what follows the number names a build, not a compiler.
        let version = version.split(' ').take(2).collect::<Vec<_>>().join(" ");
        Ok(Self { version, fallback })
    }

    /// Name and number of the compiler, such as `rustc 1.95.0`.
    pub fn version(&self) -> &str {
        &self.version
    }

    fn cargo(&self, root: &Path) -> Command {
        let mut cargo = clean("cargo", root);
        if let Some(name) = self.fallback {
            cargo
                .env("RUSTUP_TOOLCHAIN", name)
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-22");
        }
        cargo
    }
}

/// Settings of the cargo that runs this tool, which are not for the one it runs.
const INHERITED: [&str; 6] = [
    "CARGO",
    "CARGO_INCREMENTAL",
    "CARGO_TARGET_DIR",
    "RUSTC",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTUP_TOOLCHAIN",
];

/// A command free of what an outer `cargo run` has put into the environment.
fn clean(program: &str, root: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root);
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CARGO_PKG_")
            || name_text.starts_with("CARGO_MANIFEST_")
            // An incremental build makes another program of the same source.
            // So does clippy's driver in the compiler's place.
            || INHERITED.contains(&&*name_text)
        {
            command.env_remove(&name);
        }
    }
    command
}

fn ask(root: &Path, toolchain: Option<&str>, args: &[&str]) -> Option<String> {
    let mut rustc = clean("rustc", root);
    if let Some(name) = toolchain {
        rustc.env("RUSTUP_TOOLCHAIN", name);
    }
    let output = rustc.args(args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Names of all contracts: the crates below `contracts/` that have a `Stylus.toml`, sorted.
/// - `root`: the project's root.
/// # Errors
/// `File`.
pub fn contracts(root: &Path) -> Result<Vec<String>, BuildError> {
    let path = root.join("contracts");
    let entries = std::fs::read_dir(&path).map_err(|source| BuildError::File { path, source })?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok())
        .filter(|entry| entry.path().join("Stylus.toml").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

/// Builds one contract and writes `target/contracts/<name>.wasm` and `.code`.
/// - `root`: the project's root; `name`: the contract's crate.
/// # Errors
/// `Cargo`, `Module`, `File`.
pub fn build(root: &Path, toolchain: &Toolchain, name: &str) -> Result<Artifact, BuildError> {
    // A target folder of its own: host builds neither wait for this nor share its flags.
    let target_dir = root.join("target/wasm");
    let status = toolchain
        .cargo(root)
        .args(["build", "--quiet", "--locked", "--release", "--lib", "--package", name])
        .args(["--features", "entrypoint", "--target", TARGET])
        .env("CARGO_TARGET_DIR", &target_dir)
        .status();
    if !status.is_ok_and(|status| status.success()) {
        return Err(BuildError::Cargo(name.to_owned()));
    }
    let built =
        target_dir.join(TARGET).join("release").join(format!("{}.wasm", name.replace('-', "_")));
    let module =
        std::fs::read(&built).map_err(|source| BuildError::File { path: built, source })?;
    let artifact = Artifact::from_module(&module)
        .map_err(|reason| BuildError::Module { contract: name.to_owned(), reason })?;
    let directory = root.join("target/contracts");
    let write = |extension: &str, bytes: &[u8]| {
        let path = directory.join(format!("{name}.{extension}"));
        std::fs::create_dir_all(&directory)
            .and_then(|()| std::fs::write(&path, bytes))
            .map_err(|source| BuildError::File { path, source })
    };
    write("wasm", &artifact.wasm)?;
    write("code", &artifact.code)?;
    Ok(artifact)
}

//! `metalayer bench gas`: what our contracts cost, beside their Solidity peers. The result is `contracts/gas.txt`.
//!
//! Every operation is measured twice, on two embedded chains that are alike but for one thing: on one of them all our
//! programs are in the program cache. Nothing depends on time or chance, so that two runs give the same figures.
//! - `world`: a chain with everything on it; `stand_ins`: the contracts of others; `source`, `destination`, `messages`:
//!   the operations; `ledger`: the figures, as they are committed and compared.

mod destination;
mod ledger;
mod messages;
mod source;
mod stand_ins;
mod world;

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use devnode::StartError;

use crate::artifacts::{ArtifactError, Artifacts};
use crate::chain::ChainError;
use crate::deployment::DeploymentError;
use crate::hyperlane::HyperlaneError;
use crate::metalayer::MetalayerError;
use crate::modules::ModulesError;

pub use ledger::{Gas, Ledger, Row};

use world::World;

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum GasError {
    /// The committed file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The committed file says something else than was measured.
    #[error(
        "contracts/gas.txt is stale; `cargo run -p metalayer -- bench gas` rewrites it:\n{}",
        .0.join("\n")
    )]
    Stale(Vec<String>),
    /// An embedded chain did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Something to deploy is missing.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// A program was not deployed.
    #[error(transparent)]
    Deployment(#[from] DeploymentError),
    /// The core of Hyperlane was not deployed.
    #[error(transparent)]
    Hyperlane(#[from] HyperlaneError),
    /// Our contracts were not deployed.
    #[error(transparent)]
    Metalayer(#[from] MetalayerError),
    /// A module was not deployed.
    #[error(transparent)]
    Modules(#[from] ModulesError),
    /// An operation failed.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// What to do with the figures.
#[derive(Args, Clone, Copy, Debug)]
pub struct Options {
    /// Do not rewrite contracts/gas.txt; fail when a figure has moved by more than 1 % against it.
    #[arg(long)]
    check: bool,
}

/// Measures, prints the ledger and rewrites or checks the committed one.
/// # Errors
/// [`GasError`]
pub async fn run(options: Options) -> Result<(), GasError> {
    let ledger = measure(&Artifacts::locate()).await?;
    println!("{ledger}");
    if options.check { check(&ledger) } else { write(&ledger) }
}

/// Measures every operation on two fresh chains.
/// # Errors
/// All but `Stale` and `File`.
pub async fn measure(artifacts: &Artifacts) -> Result<Ledger, GasError> {
    let (uncached, cached) = tokio::try_join!(figures(artifacts, false), figures(artifacts, true))?;
    Ok(Ledger::new(artifacts.compiler()?, uncached, cached))
}

/// Compares with the committed ledger.
/// # Errors
/// `Stale`, `File`
pub fn check(ledger: &Ledger) -> Result<(), GasError> {
    let path = file();
    let committed =
        std::fs::read_to_string(&path).map_err(|source| GasError::File { path, source })?;
    ledger.compare(&committed).map_err(GasError::Stale)
}

/// Rewrites the committed ledger.
/// # Errors
/// `File`
pub fn write(ledger: &Ledger) -> Result<(), GasError> {
    let path = file();
    std::fs::write(&path, ledger.to_string()).map_err(|source| GasError::File { path, source })
}

async fn figures(artifacts: &Artifacts, cached: bool) -> Result<Vec<world::Figure>, GasError> {
    let mut world = World::build(artifacts, cached).await?;
    source::measure(&mut world).await?;
    destination::measure(&mut world).await?;
    messages::measure(&mut world).await?;
    Ok(world.into_figures())
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts/gas.txt")
}

//! `metalayer`: the demo, deployments and the development chain, from the command line.

use clap::{Parser, Subcommand};
use metalayer::{bench, demo, deploy, serve};

/// Metalayer and Eco intents on Arbitrum Stylus.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Settle one intent across two chains, send a message with reads, and watch what must be refused being refused.
    ///
    /// Starts two embedded Stylus chains, or uses the two nodes that NITRO_RPC_URL_A and NITRO_RPC_URL_B name. Deploys
    /// Hyperlane's core, an ERC-20 and our contracts on both; publishes and funds an intent on A, fulfils it on B,
    /// proves it through the Metalayer, pays the solver; sends a message whose reads are attested, and has its delivery
    /// confirmed; then a refund, a replay and a forgery.
    Demo {
        /// Print one JSON object on stdout; progress goes to stderr.
        #[arg(long)]
        json: bool,
        /// Leave the chains running until Ctrl-C, and print their RPC URLs.
        #[arg(long)]
        keep: bool,
    },
    /// Run an Arbitrum chain with Stylus, for development.
    Devnode(Box<serve::Options>),
    /// Deploy a network on its chains, from one file.
    ///
    /// Builds the programs, deploys and activates everything, caches it where the chain lets us, wires it, hands it over
    /// to its owner and reads all of it back; writes deployments/<chain>.json. Can be run again at any time: it goes on
    /// where it stopped, and sends nothing when all is done.
    Deploy(deploy::Options),
    /// Measure the devnode, beside anvil on the same machine in the same minutes.
    ///
    /// Prints requests a second, ratios, processor time, start and memory; what only a Stylus chain can do, alone.
    /// Fetches anvil's npm package when it is first needed. Needs `cargo run -p wasm` and scripts/setup before.
    Bench(bench::Options),
}

#[tokio::main]
async fn main() -> eyre::Result<()> {
    match Cli::parse().command {
        Command::Demo { json, keep } => demo::run(demo::Options { json, keep }).await?,
        Command::Deploy(options) => deploy::run(options).await?,
        Command::Devnode(options) => serve::run(*options).await?,
        Command::Bench(options) => bench::run(options).await?,
    }
    Ok(())
}

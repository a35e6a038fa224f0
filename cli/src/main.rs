//! `metalayer`: the demo and the development chain, from the command line.

use clap::{Parser, Subcommand};
use metalayer::{demo, serve};

/// Metalayer and Eco intents on Arbitrum Stylus.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Settle one intent across two chains, and watch what must be refused being refused.
    ///
    /// Starts two embedded Stylus chains, or uses the two nodes that NITRO_RPC_URL_A and NITRO_RPC_URL_B name. Deploys
    /// Hyperlane's core, an ERC-20 and our contracts on both; publishes and funds an intent on A, fulfils it on B,
    /// proves it through the Metalayer, pays the solver; then a refund, a replay and a forgery.
    Demo {
        /// Print one JSON object on stdout; progress goes to stderr.
        #[arg(long)]
        json: bool,
        /// Leave the chains running until Ctrl-C, and print their RPC URLs.
        #[arg(long)]
        keep: bool,
    },
    /// Run an Arbitrum chain with Stylus, for development.
    Devnode(serve::Options),
}

#[tokio::main]
async fn main() -> eyre::Result<()> {
    match Cli::parse().command {
        Command::Demo { json, keep } => demo::run(demo::Options { json, keep }).await?,
        Command::Devnode(options) => serve::run(options).await?,
    }
    Ok(())
}

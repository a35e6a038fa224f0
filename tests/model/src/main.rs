//! Attacks the contracts, or the model alone, with random sequences, and says how far it got.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use model::lockstep::Stage;
use model::run::{Effort, alone, keep, lockstep};

/// Random sequences of operations by many people, with every invariant after every transaction.
#[derive(Parser)]
#[command(name = "model")]
struct Arguments {
    /// What to attack.
    what: Target,
    /// Sequences at most.
    #[arg(long, default_value_t = u32::MAX)]
    sequences: u32,
    /// Operations of each.
    #[arg(long, default_value_t = 50)]
    operations: usize,
    /// Time after which no sequence is begun, seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Where the random numbers begin.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Target {
    /// The contracts in WASM, in lockstep with the model.
    Contracts,
    /// The model alone.
    Model,
}

fn main() -> ExitCode {
    let Arguments { what, sequences, operations, seconds, seed } = Arguments::parse();
    let effort = Effort { sequences, operations, time: Duration::from_secs(seconds), seed };
    let outcome = match what {
        Target::Model => alone(effort, None),
        Target::Contracts => {
            let runtime = tokio::runtime::Runtime::new().expect("threads");
            let stage = runtime.block_on(Stage::set());
            lockstep(&runtime, &stage, effort, None)
        }
    };
    match outcome {
        Ok(tally) => {
            println!("{tally}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            println!("{}\n{:#?}", failure.why, failure.sequence);
            match keep(&failure) {
                Ok(file) => println!("kept in {}", file.display()),
                Err(error) => println!("not kept: {error}"),
            }
            ExitCode::FAILURE
        }
    }
}

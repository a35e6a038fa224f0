//! What our contracts cost, operation by operation, beside their Solidity peers. The figures are in
//! `contracts/gas.txt`; `metalayer bench gas` prints them.

use e2e::gas::rewrites;
use metalayer::artifacts::Artifacts;
use metalayer::bench::gas;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_contracts_cost_what_the_ledger_says() {
    // when every operation is measured, on chains that lie in this process whatever the other tests use
    let ledger = gas::measure(&Artifacts::locate()).await.unwrap_or_else(|error| panic!("{error}"));
    // then no figure has moved by more than a hundredth, or the file moves too
    let outcome = if rewrites() { gas::write(&ledger) } else { gas::check(&ledger) };
    outcome.unwrap_or_else(|error| panic!("{error}\nmeasured:\n{ledger}"));
}

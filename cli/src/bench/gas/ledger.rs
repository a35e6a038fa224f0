//! The figures as they are committed, and how far they may move.

use std::fmt;

use super::world::{Figure, Operation};

/// Gas of a transaction before anything of it runs, without its calldata.
const TRANSACTION: u64 = 21_000;
/// How far a figure may move against the committed one, percent.
const TOLERANCE: u64 = 1;
/// The same, when another compiler made the programs.
const OTHER_COMPILER: u64 = 20;
/// Characters of an operation's name.
const NAME: usize = 36;
/// Heading of the table's first column.
const HEADING: &str = "operation";

/// What stands above the table.
const CIRCUMSTANCES: &str = "\
Gas of our contracts beside their Solidity peers, on the embedded chain (ArbOS 51, L1 price 0).
Regenerate: cargo run -p metalayer -- bench gas; how to read it: contracts/GAS.md
- execution: gas used, refunds deducted, less 21,000 and the calldata's 4 or 16 a byte; whole: the transaction's.
- cached: all our programs are in the chain's program cache; uncached: each starts anew at every call.
- Solidity: solc 0.8.27, via-IR, 1M runs. Its circumstances are known by the figures alone; these fit them:
  the intent's route has one token and one call (the token's transfer), and whoever pays or holds a token keeps some;
  withdraw and refund deploy the vault, after full funding; native goes to a new account, tokens to one that has some;
  provers are MetaProvers; prove and fulfillAndProve end at a router that takes a fee and carries nothing;
  handle is sent by an account in the router's place; every operation is a transaction of its own, all slots cold.
- dispatch and process: Hyperlane 9.0.10, our router, MetalayerIsm, MetalayerMultisigIsm unless another is named.
  Solidity's figures are those of a router that only forwards; ours also remembers the delivery, at 22,100 gas.
";

/// Gas of one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gas {
    /// What the receipt says.
    pub whole: u64,
    /// Without the transaction's own cost and its calldata's.
    pub execution: u64,
}

impl Gas {
    pub(super) const fn of(whole: u64, calldata: u64) -> Self {
        Self { whole, execution: whole.saturating_sub(TRANSACTION + calldata) }
    }
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What was done.
    pub operation: &'static str,
    /// Execution gas of the Solidity peer, where it is known.
    pub solidity: Option<u64>,
    /// Most execution gas that we want, cached.
    pub aim: Option<u64>,
    /// With all our programs in the program cache.
    pub cached: Gas,
    /// With each program started anew at every call.
    pub uncached: Gas,
}

impl Row {
    fn figures(&self) -> [u64; 4] {
        let Self { cached, uncached, .. } = self;
        [cached.execution, uncached.execution, cached.whole, uncached.whole]
    }

    /// How the peer compares, in words: cached, then uncached.
    fn verdict(&self) -> String {
        let Some(peer) = self.solidity else { return String::new() };
        let against = |ours: u64| {
            let percent = (ours as f64 / peer as f64 - 1.0) * 100.0;
            format!("{percent:+.1} %{}", if ours > peer { " loses" } else { "" })
        };
        let (cached, uncached) = (self.cached.execution, self.uncached.execution);
        let missed = match self.aim {
            Some(aim) if cached > aim => format!("; {} above the aim", cached - aim),
            _ => String::new(),
        };
        format!("{}, {}{missed}", against(cached), against(uncached))
    }
}

/// What all operations cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// Of the programs.
    compiler: String,
    rows: Vec<Row>,
}

impl Ledger {
    /// Puts the two measurements of each operation side by side.
    pub(super) fn new(compiler: String, uncached: Vec<Figure>, cached: Vec<Figure>) -> Self {
        let rows = uncached.into_iter().zip(cached).map(|(uncached, cached)| {
            let Operation { name, solidity, aim } = uncached.operation;
            Row { operation: name, solidity, aim, cached: cached.gas, uncached: uncached.gas }
        });
        Self { compiler, rows: rows.collect() }
    }

    /// The operations, in order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Compares with the committed ledger.
    /// # Errors
    /// A line for each figure that moved too far, and for each operation that only one of the two has.
    pub(super) fn compare(&self, committed: &str) -> Result<(), Vec<String>> {
        let same_compiler = committed.contains(&format!("compiler: {}\n", self.compiler));
        let tolerance = if same_compiler { TOLERANCE } else { OTHER_COMPILER };
        let table = committed.lines().skip_while(|line| !line.starts_with(HEADING)).skip(1);
        let committed: Vec<_> = table.map_while(parse).collect();
        let mut differences = Vec::new();
        for row in &self.rows {
            let known = committed.iter().find(|(name, _)| *name == row.operation);
            let Some((_, known)) = known else {
                differences.push(format!("{}: not in the ledger", row.operation));
                continue;
            };
            for (known, measured) in known.iter().zip(row.figures()) {
                if measured.abs_diff(*known) * 100 > known * tolerance {
                    let name = row.operation;
                    let moved =
                        format!("{name}: {measured} gas, more than {tolerance} % from {known}");
                    differences.push(moved);
                }
            }
        }
        let gone =
            committed.iter().filter(|(name, _)| !self.rows.iter().any(|r| r.operation == *name));
        differences.extend(gone.map(|(name, _)| format!("{name}: not measured any more")));
        if differences.is_empty() { Ok(()) } else { Err(differences) }
    }

    /// Break-even of an operation on batches, of which the first and the largest row are named.
    fn break_even(&self, what: &str, many: u64) -> Option<String> {
        let row = |count| {
            let name = format!("{what} x{count}");
            self.rows.iter().find(|row| row.operation == name)
        };
        let (one, many_row) = (row(1)?, row(many)?);
        let peer = Line::through(one.solidity?, many_row.solidity?, many);
        let ours =
            |gas: fn(&Row) -> Gas| Line::through(gas(one).execution, gas(many_row).execution, many);
        let (cached, uncached) = (ours(|row| row.cached), ours(|row| row.uncached));
        Some(format!(
            "{what}: {:.0} gas for each item, Solidity {:.0}. Cached, {}; uncached, {}.",
            cached.each,
            peer.each,
            cached.against(&peer),
            uncached.against(&peer)
        ))
    }
}

/// A committed row; `None` for a line that is none.
fn parse(line: &str) -> Option<(&str, [u64; 4])> {
    let (name, figures) = line.split_at_checked(NAME)?;
    let mut figures = figures.split_whitespace().skip(2).map(str::parse);
    let mut next = || figures.next()?.ok();
    Some((name.trim_end(), [next()?, next()?, next()?, next()?]))
}

/// Gas of a batch: a part for itself, and a part for each item.
#[derive(Clone, Copy, Debug)]
struct Line {
    base: f64,
    each: f64,
}

impl Line {
    fn through(one: u64, many: u64, count: u64) -> Self {
        let each = (many as f64 - one as f64) / (count - 1) as f64;
        Self { base: one as f64 - each, each }
    }

    /// From how many items on this line is not above the peer's.
    fn against(&self, peer: &Self) -> String {
        let crossing = (self.base - peer.base) / (peer.each - self.each);
        if self.base + self.each <= peer.base + peer.each {
            // The peer may catch up, with as many items as it takes to pay for our smaller start.
            return match self.each <= peer.each {
                true => "Stylus takes less from the first item on".into(),
                false => format!("Stylus takes less up to {:.0} items", crossing.floor()),
            };
        }
        match self.each < peer.each {
            true => format!("Stylus takes less from {:.0} items on", crossing.ceil()),
            false => "Stylus loses, however many there are".into(),
        }
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{CIRCUMSTANCES}compiler: {}\n", self.compiler)?;
        writeln!(
            f,
            "{:<NAME$}{:>9}{:>9}{:>20}{:>20}",
            "", "Solidity", "aim", "execution", "whole"
        )?;
        writeln!(
            f,
            "{HEADING:<NAME$}{:>9}{:>9}{:>10}{:>10}{:>10}{:>10}  against Solidity: cached, uncached",
            "execution", "cached", "cached", "uncached", "cached", "uncached"
        )?;
        let known = |gas: Option<u64>| gas.map_or_else(|| "-".to_owned(), |gas| gas.to_string());
        for row in &self.rows {
            let [cached, uncached, whole_cached, whole_uncached] = row.figures();
            let line = format!(
                "{:<NAME$}{:>9}{:>9}{cached:>10}{uncached:>10}{whole_cached:>10}{whole_uncached:>10}  {}",
                row.operation,
                known(row.solidity),
                known(row.aim),
                row.verdict()
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        writeln!(f)?;
        for (what, many) in [("prove", 50), ("MetaProver.handle", 40)] {
            if let Some(text) = self.break_even(what, many) {
                writeln!(f, "{text}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLDATA: u64 = 1_000;

    fn row(operation: &'static str, solidity: Option<u64>, cached: u64, uncached: u64) -> Row {
        let gas = |execution| Gas::of(TRANSACTION + CALLDATA + execution, CALLDATA);
        Row { operation, solidity, aim: None, cached: gas(cached), uncached: gas(uncached) }
    }

    fn ledger(compiler: &str, rows: &[Row]) -> Ledger {
        Ledger { compiler: compiler.to_owned(), rows: rows.to_vec() }
    }

    #[test]
    fn execution_is_what_the_transaction_and_its_calldata_leave() {
        assert_eq!(Gas::of(30_000, 2_000), Gas { whole: 30_000, execution: 7_000 });
    }

    #[test]
    fn a_figure_that_moves_by_more_than_a_hundredth_is_stale() {
        let committed = ledger("rustc 1", &[row("publish", Some(9), 10_000, 50_000)]).to_string();
        let compare = |cached| {
            ledger("rustc 1", &[row("publish", Some(9), cached, 50_000)]).compare(&committed)
        };
        for near in [10_000, 10_100, 9_900] {
            assert_eq!(compare(near), Ok(()));
        }
        for far in [10_101, 9_899] {
            let expected = format!("publish: {far} gas, more than 1 % from 10000");
            assert_eq!(compare(far), Err(vec![expected]));
        }
    }

    #[test]
    fn another_compilers_programs_must_only_be_near() {
        let committed = ledger("rustc 1", &[row("publish", None, 10_000, 50_000)]).to_string();
        let compare =
            |cached| ledger("rustc 2", &[row("publish", None, cached, 50_000)]).compare(&committed);
        assert_eq!(compare(11_900), Ok(()));
        assert!(compare(12_001).is_err());
    }

    #[test]
    fn both_have_the_same_operations() {
        let (publish, fund) = (row("publish", None, 1, 1), row("fund", None, 1, 1));
        let committed = ledger("rustc 1", &[publish]).to_string();
        let compared = ledger("rustc 1", &[fund]).compare(&committed);
        let expected = ["fund: not in the ledger", "publish: not measured any more"];
        assert_eq!(compared, Err(expected.map(str::to_owned).to_vec()));
        assert!(ledger("rustc 1", &[]).compare("").is_ok());
    }

    #[test]
    fn a_row_says_where_stylus_loses_and_misses_its_aim() {
        let mut row = row("publish", Some(10_000), 10_500, 20_000);
        assert_eq!(row.verdict(), "+5.0 % loses, +100.0 % loses");
        row.aim = Some(9_000);
        assert_eq!(row.verdict(), "+5.0 % loses, +100.0 % loses; 1500 above the aim");
        row.solidity = Some(21_000);
        assert_eq!(row.verdict(), "-50.0 %, -4.8 %; 1500 above the aim");
        row.solidity = None;
        assert_eq!(row.verdict(), "");
    }

    #[test]
    fn break_even_is_where_the_batches_cost_the_same() {
        let line = |base, each| Line { base, each };
        let peer = line(100.0, 10.0);
        let against = |base, each| line(base, each).against(&peer);
        assert_eq!(against(100.0, 9.0), "Stylus takes less from the first item on");
        // 119 + 8 n and 100 + 10 n meet at 9.5
        assert_eq!(against(119.0, 8.0), "Stylus takes less from 10 items on");
        assert_eq!(against(119.0, 11.0), "Stylus loses, however many there are");
        // 90 + 11 n and 100 + 10 n meet at 10
        assert_eq!(against(90.0, 11.0), "Stylus takes less up to 10 items");
    }

    #[test]
    fn a_batchs_line_goes_through_its_first_and_its_largest_row() {
        let rows = [row("prove x1", Some(110), 127, 300), row("prove x50", Some(600), 519, 692)];
        let text = ledger("rustc 1", &rows).break_even("prove", 50).unwrap();
        assert!(text.starts_with("prove: 8 gas for each item, Solidity 10."), "{text}");
    }
}

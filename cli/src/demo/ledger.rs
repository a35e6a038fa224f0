//! Who had what: before the intent, while its reward lay in escrow, and after the solver was paid.

use alloy::primitives::{Address, U256};
use interfaces::intents::{Intent, TokenAmount};

use super::network::{Network, Side};
use super::{DemoError, During, expect, token};
use crate::report::Report;

/// What the story cost its actors, beside the reward itself.
pub(super) struct Costs {
    /// Fees of the user's transactions on A.
    pub(super) user: U256,
    /// Fees of the solver's transactions on A.
    pub(super) solver_on_a: U256,
    /// Fees, route's coins and the proof's fee, on B.
    pub(super) solver_on_b: U256,
}

/// Native and ERC-20 balances of everybody in the story.
pub(super) struct Ledger {
    rows: Vec<Row>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    User,
    SolverOnA,
    SolverOnB,
    Recipient,
    Vault,
}

struct Row {
    who: Who,
    address: Address,
    native: bool,
    before: U256,
    escrowed: U256,
    after: U256,
}

impl Who {
    const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::SolverOnA | Self::SolverOnB => "solver",
            Self::Recipient => "recipient",
            Self::Vault => "vault",
        }
    }

    const fn side(self, network: &Network) -> &Side {
        match self {
            Self::User | Self::SolverOnA | Self::Vault => &network.a,
            Self::SolverOnB | Self::Recipient => &network.b,
        }
    }
}

impl Row {
    async fn read(&self, network: &Network) -> Result<U256, DemoError> {
        let Side { chain, token, .. } = self.who.side(network);
        let balance = if self.native {
            chain.balance(self.address).await
        } else {
            token::balance(chain, *token, self.address).await
        };
        balance.during("read balances")
    }

    fn asset(&self, side: &Side) -> &'static str {
        if self.native { "native" } else { side.symbol }
    }
}

impl Ledger {
    /// Before the intent.
    ///
    /// - `vault`: the address that the intent's vault will have.
    pub(super) async fn open(network: &Network, vault: Address) -> Result<Self, DemoError> {
        let (user, solver) = (network.roles.user.address(), network.roles.solver.address());
        let accounts = [
            (Who::User, user),
            (Who::SolverOnA, solver),
            (Who::SolverOnB, solver),
            (Who::Recipient, network.roles.recipient),
            (Who::Vault, vault),
        ];
        let (escrowed, after) = (U256::ZERO, U256::ZERO);
        let mut rows = Vec::new();
        for (who, address) in accounts {
            for native in [true, false] {
                let mut row = Row { who, address, native, before: U256::ZERO, escrowed, after };
                row.before = row.read(network).await?;
                rows.push(row);
            }
        }
        Ok(Self { rows })
    }

    /// After the intent was funded: the vault holds exactly the reward.
    pub(super) async fn escrow(
        &mut self,
        network: &Network,
        intent: &Intent,
    ) -> Result<(), DemoError> {
        for row in &mut self.rows {
            row.escrowed = row.read(network).await?;
            if row.who == Who::Vault {
                let (native, tokens) = (intent.reward.nativeAmount, sum(&intent.reward.tokens));
                let reward = if row.native { native } else { tokens };
                expect("balance of the vault after funding", row.before + reward, row.escrowed)?;
            }
        }
        Ok(())
    }

    /// At the end: every balance has changed by what the intent and the fees say, to the wei.
    pub(super) async fn close(
        &mut self,
        network: &Network,
        intent: &Intent,
        costs: &Costs,
    ) -> Result<(), DemoError> {
        let (route, reward) = (&intent.route, &intent.reward);
        let (work, pay, none) = (sum(&route.tokens), sum(&reward.tokens), U256::ZERO);
        for row in &mut self.rows {
            row.after = row.read(network).await?;
            let (got, gave) = match (row.who, row.native) {
                (Who::User, true) => (none, reward.nativeAmount + costs.user),
                (Who::User, false) => (none, pay),
                (Who::SolverOnA, true) => (reward.nativeAmount, costs.solver_on_a),
                (Who::SolverOnA, false) => (pay, none),
                (Who::SolverOnB, true) => (none, costs.solver_on_b),
                (Who::SolverOnB, false) => (none, work),
                (Who::Recipient, true) => (route.nativeAmount, none),
                (Who::Recipient, false) => (work, none),
                (Who::Vault, _) => (none, none),
            };
            let (name, asset) = (row.who.name(), row.asset(row.who.side(network)));
            let step = format!("balance of the {name} ({asset}) at the end");
            expect(&step, row.before + got - gave, row.after)?;
        }
        Ok(())
    }

    /// Hands the balances to the report.
    pub(super) fn print(&self, network: &Network, report: &Report) {
        for row in &self.rows {
            let side = row.who.side(network);
            let amounts = [row.before, row.escrowed, row.after];
            report.balance(row.who.name(), side.chain.name(), row.asset(side), amounts);
        }
    }
}

fn sum(legs: &[TokenAmount]) -> U256 {
    legs.iter().map(|leg| leg.amount).sum()
}

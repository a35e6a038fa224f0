//! Read attestors and their gateway, in the test's process: what they sign, they have read on the chains.

use std::collections::BTreeMap;

use alloy::primitives::{Address, Bytes};
use alloy::signers::local::PrivateKeySigner;
use metalayer::artifacts::Artifacts;
use metalayer::attestor::{self, Answer, AttestorError, Request, Site, Sites};
use metalayer::hyperlane::ValidatorSet;
use metalayer::modules::{Attestors, ModulePrograms, Reads, deploy_reads};
use metalayer::relayer::{Gateways, Lookup, RelayerError};

use crate::network::{Network, Side, deployer};

/// How long results are attested for, seconds.
pub const VALIDITY: u64 = 600;

/// How many of the three attestors must sign.
pub const THRESHOLD: u8 = 2;

/// Three attestors, of whom some are at work.
pub struct Gateway<'a> {
    sites: Sites<'a>,
    /// In the order of their signatures.
    pub keys: Vec<PrivateKeySigner>,
    /// How many of them answer, from the first one on.
    pub at_work: usize,
    /// What the attestors are made to believe they have read, instead of what they have.
    pub forged: Option<Vec<Answer>>,
}

/// Deploys the modules of reads on the destination of a network.
pub async fn add_reads(side: &Side) -> Reads {
    let programs = ModulePrograms::load(&Artifacts::locate()).expect("the contracts are built");
    let attestors = Attestors {
        set: ValidatorSet {
            validators: keys(side).iter().map(PrivateKeySigner::address).collect(),
            threshold: THRESHOLD,
        },
        urls: vec!["https://gateway.example.org/reads".into()],
    };
    let (link, owner) = (side.chain.link(), deployer(&side.chain));
    let reads = deploy_reads(link, &owner, &programs, &side.core, &side.ours, &attestors).await;
    reads.unwrap_or_else(|error| panic!("{error}"))
}

fn keys(side: &Side) -> Vec<PrivateKeySigner> {
    (1..=3).map(|n| side.chain.account(&format!("read attestor {n}"))).collect()
}

impl<'a> Gateway<'a> {
    /// A gateway for messages to `destination`, which has `reads`; both chains of the network can be read.
    pub fn new(network: &'a Network, destination: &Side, reads: Reads) -> Self {
        let site = |side: &'a Side| Site {
            chain: side.chain.link(),
            mailbox: side.core.mailbox,
            router: side.ours.router,
            read_ism: if side.domain == destination.domain {
                reads.read_ism
            } else {
                Address::ZERO
            },
            from_block: side.core.from_block,
        };
        let sides = [&network.a, &network.b];
        Self {
            sites: BTreeMap::from(sides.map(|side| (side.domain, site(side)))),
            keys: keys(destination),
            at_work: 3,
            forged: None,
        }
    }

    /// Steps 1 to 4 of the procedure, attestors and gateway after one another.
    /// # Source
    /// messaging.md §5.7
    async fn serve(&self, lookup: &Lookup) -> Result<Bytes, AttestorError> {
        let request = Request::of_lookup(lookup, &self.sites)?;
        let dispatched_at = request.dispatched_at(&self.sites).await?;
        let blocks = attestor::choose_blocks(&request, dispatched_at, &self.sites).await?;
        let now = self.sites[&request.destination].chain.timestamp().await?;
        let valid_until = now + VALIDITY;
        let mut signed = Vec::new();
        let mut answers = Vec::new();
        for key in self.keys.iter().take(self.at_work) {
            let max_age = 3_600;
            attestor::check_blocks(&request, dispatched_at, &blocks, &self.sites, max_age, now)
                .await?;
            answers = match &self.forged {
                Some(forged) => forged.clone(),
                None => attestor::read(&request, &blocks, &self.sites).await?,
            };
            let signature =
                attestor::attest(key, &request, lookup.sender, valid_until, now, &answers)?;
            signed.push((key.address(), signature));
        }
        let attestation = request.attestation(lookup.sender, valid_until);
        let attestors: Vec<_> = self.keys.iter().map(PrivateKeySigner::address).collect();
        // A gateway that is asked for less than a quorum gives what it has.
        let threshold = self.at_work.min(usize::from(THRESHOLD));
        attestor::assemble(&attestation, &answers, &signed, &attestors, threshold)
    }
}

impl Gateways for Gateway<'_> {
    async fn answer(&self, lookup: &Lookup) -> Result<Bytes, RelayerError> {
        let answer = self.serve(lookup).await;
        answer.map_err(|error| RelayerError::NoAnswer {
            module: lookup.sender,
            reason: error.to_string(),
        })
    }
}

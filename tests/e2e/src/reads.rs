//! Messages with reads: the modules that verify them, and the gateway of their attestors, in the test's process.

use std::collections::BTreeMap;

use alloy::primitives::Address;
use alloy::signers::local::PrivateKeySigner;
use metalayer::artifacts::Artifacts;
use metalayer::attestor::Site;
use metalayer::gateway::Gateway;
use metalayer::hyperlane::ValidatorSet;
use metalayer::modules::{Attestors, ModulePrograms, Reads, deploy_reads};

use crate::network::{Network, Side, deployer};

/// How long results are attested for, seconds.
pub const VALIDITY: u64 = 600;

/// How many of the three attestors must sign.
pub const THRESHOLD: u8 = 2;

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

/// The gateway of messages to `destination`, which has `reads`; both chains of the network can be read.
pub fn gateway<'a>(network: &'a Network, destination: &Side, reads: Reads) -> Gateway<'a> {
    let site = |side: &'a Side| Site {
        chain: side.chain.link(),
        mailbox: side.core.mailbox,
        router: side.ours.router,
        read_ism: if side.domain == destination.domain { reads.read_ism } else { Address::ZERO },
        from_block: side.core.from_block,
    };
    let sides = [&network.a, &network.b];
    Gateway {
        sites: BTreeMap::from(sides.map(|side| (side.domain, site(side)))),
        keys: keys(destination),
        threshold: THRESHOLD.into(),
        at_work: 3,
        validity: VALIDITY,
        forged: None,
    }
}

//! Read attestors and their gateway in one process, for the demo and for tests. Services do the same steps, which are
//! those of [`attestor`], each for itself. Spec: messaging.md §5.7.

use alloy::primitives::Bytes;
use alloy::signers::local::PrivateKeySigner;

use crate::attestor::{self, Answer, AttestorError, MAX_VALIDITY, Request, Sites};
use crate::relayer::{Gateways, Lookup, RelayerError};

/// Attestors of a read module, of whom some are at work.
#[derive(Clone, Debug)]
pub struct Gateway<'a> {
    /// The chains that are read.
    pub sites: Sites<'a>,
    /// In the order of their signatures.
    pub keys: Vec<PrivateKeySigner>,
    /// How many of them must sign.
    pub threshold: usize,
    /// How many of them answer, from the first one on.
    pub at_work: usize,
    /// How long results are attested for, seconds.
    pub validity: u64,
    /// What the attestors are made to believe they have read, instead of what they have.
    pub forged: Option<Vec<Answer>>,
}

impl Gateway<'_> {
    /// All steps of the procedure, attestors and gateway after one another.
    /// # Errors
    /// As the steps.
    /// # Source
    /// messaging.md §5.7
    async fn serve(&self, lookup: &Lookup) -> Result<Bytes, AttestorError> {
        let request = Request::of_lookup(lookup, &self.sites)?;
        let dispatched_at = request.dispatched_at(&self.sites).await?;
        let blocks = attestor::choose_blocks(&request, dispatched_at, &self.sites).await?;
        let destination = attestor::site(&self.sites, request.destination)?;
        let now = destination.chain.timestamp().await?;
        let valid_until = now + self.validity;
        let (mut signed, mut answers) = (Vec::new(), Vec::new());
        for key in self.keys.iter().take(self.at_work) {
            attestor::check_blocks(
                &request,
                dispatched_at,
                &blocks,
                &self.sites,
                MAX_VALIDITY,
                now,
            )
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
        let threshold = self.at_work.min(self.threshold);
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

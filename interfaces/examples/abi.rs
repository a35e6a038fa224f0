//! Writes `abi/<Contract>.sol` and `abi/<Contract>.json` from the Rust definitions. `scripts/abi` runs it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use alloy_json_abi::{InternalType, JsonAbi, Param, Receive, StateMutability};
use alloy_sol_types::SolStruct;
use interfaces::{intents::*, metalayer::*};

/// The contracts, each with the interfaces that together are its ABI. The last constructor counts.
fn contracts() -> [(&'static str, JsonAbi); 11] {
    let (source, inbox) = (IIntentSource::abi::contract, IInbox::abi::contract);
    [
        ("IntentSource", union([source()])),
        ("Inbox", union([inbox()])),
        ("Portal", union([source(), inbox(), IERC7683::abi::contract(), IPortal::abi::contract()])),
        // A vault takes plain transfers: its proxy stops at once.
        ("Vault", payable(union([IVault::abi::contract()]))),
        ("Executor", payable(union([IExecutor::abi::contract()]))),
        (
            "MetaProver",
            union([
                IProver::abi::contract(),
                IMetaProver::abi::contract(),
                IMetalayerRecipient::abi::contract(),
            ]),
        ),
        ("MetalayerRouter", union([IMetalayerRouter::abi::contract()])),
        ("MetalayerIsm", union([IMetalayerIsm::abi::contract()])),
        ("MetalayerMultisigIsm", union([IMetalayerMultisigIsm::abi::contract()])),
        ("MetalayerReadAggregationIsm", union([IMetalayerReadAggregationIsm::abi::contract()])),
        ("MetalayerReadIsm", union([IMetalayerReadIsm::abi::contract()])),
    ]
}

fn union(parts: impl IntoIterator<Item = JsonAbi>) -> JsonAbi {
    let mut whole = JsonAbi::new();
    for part in parts {
        whole.constructor = part.constructor.or(whole.constructor);
        for (name, functions) in part.functions {
            whole.functions.entry(name).or_default().extend(functions);
        }
        for (name, events) in part.events {
            whole.events.entry(name).or_default().extend(events);
        }
        for (name, errors) in part.errors {
            whole.errors.entry(name).or_default().extend(errors);
        }
    }
    whole.dedup();
    whole
}

fn payable(mut abi: JsonAbi) -> JsonAbi {
    abi.receive = Some(Receive { state_mutability: StateMutability::Payable });
    abi
}

/// A struct that arguments are made of.
struct Struct {
    name: &'static str,
    /// Type and name of each field, as Solidity declares them. No two of our structs have the same types.
    fields: Vec<(String, String)>,
}

impl Struct {
    fn of<T: SolStruct>() -> Self {
        let declaration = T::eip712_root_type();
        let fields = declaration[T::NAME.len() + 1..].trim_end_matches(')').split(',');
        let fields = fields.filter_map(|field| field.split_once(' '));
        Self { name: T::NAME, fields: fields.map(|(t, n)| (t.to_owned(), n.to_owned())).collect() }
    }

    fn all() -> [Self; 14] {
        [
            Self::of::<TokenAmount>(),
            Self::of::<Call>(),
            Self::of::<Route>(),
            Self::of::<Reward>(),
            Self::of::<Intent>(),
            Self::of::<ProofData>(),
            Self::of::<DomainConfig>(),
            Self::of::<ReadOperation>(),
            Self::of::<Output>(),
            Self::of::<OnchainCrossChainOrder>(),
            Self::of::<GaslessCrossChainOrder>(),
            Self::of::<OrderData>(),
            Self::of::<FillInstruction>(),
            Self::of::<ResolvedCrossChainOrder>(),
        ]
    }
}

/// Names the struct of a parameter and its fields, which `sol!` forgets: as if it were declared in `interface`.
fn name_struct(interface: &str, ty: &str, components: &mut [Param]) -> Option<InternalType> {
    let dimensions = ty.strip_prefix("tuple")?;
    let types: Vec<_> = (components.iter_mut())
        .map(|field| {
            field.internal_type = name_struct(interface, &field.ty, &mut field.components);
            match &field.internal_type {
                Some(InternalType::Struct { ty, .. }) => ty.clone(),
                _ => field.ty.clone(),
            }
        })
        .collect();
    let found =
        Struct::all().into_iter().find(|s| s.fields.iter().map(|field| &field.0).eq(&types));
    let found = found.unwrap_or_else(|| panic!("`Struct::all` lists no ({})", types.join(",")));
    for (component, (_, name)) in components.iter_mut().zip(found.fields) {
        component.name = name;
    }
    Some(InternalType::Struct {
        contract: Some(interface.to_owned()),
        ty: format!("{}{dimensions}", found.name),
    })
}

fn name_structs(interface: &str, abi: &mut JsonAbi) {
    let functions = abi.functions.values_mut().flatten();
    let errors = abi.errors.values_mut().flatten();
    for param in (functions
        .flat_map(|function| function.inputs.iter_mut().chain(&mut function.outputs)))
    .chain(errors.flat_map(|error| &mut error.inputs))
    .chain(abi.constructor.iter_mut().flat_map(|constructor| &mut constructor.inputs))
    {
        param.internal_type = name_struct(interface, &param.ty, &mut param.components);
    }
    for param in abi.events.values_mut().flatten().flat_map(|event| &mut event.inputs) {
        param.internal_type = name_struct(interface, &param.ty, &mut param.components);
    }
}

/// The files of a contract: name and text.
fn files(contract: &str, mut abi: JsonAbi) -> Result<[(String, String); 2], serde_json::Error> {
    let name = format!("I{contract}");
    name_structs(&name, &mut abi);
    let interface = abi.to_sol(&name, None);
    let source = format!(
        "// SPDX-License-Identifier: MIT OR Apache-2.0\n\
         // Written by scripts/abi from the definitions in interfaces/src; do not edit.\n\
         pragma solidity >=0.8.4;\n\n{}\n",
        interface.trim_end()
    );
    let json = serde_json::to_string_pretty(&abi)? + "\n";
    Ok([(format!("{contract}.sol"), source), (format!("{contract}.json"), json)])
}

fn main() -> ExitCode {
    let check = match std::env::args().nth(1).as_deref() {
        None => false,
        Some("--check") => true,
        Some(other) => {
            eprintln!("unknown argument {other}; the only one is --check");
            return ExitCode::FAILURE;
        }
    };
    match run(&Path::new(env!("CARGO_MANIFEST_DIR")).join("abi"), check) {
        Ok(stale) if stale.is_empty() => ExitCode::SUCCESS,
        Ok(stale) => {
            for file in stale {
                eprintln!(
                    "{} is not what the Rust definitions say: run scripts/abi",
                    file.display()
                );
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the files into `directory`, or, to check, lists those that are missing, stale or too many.
fn run(directory: &Path, check: bool) -> std::io::Result<Vec<PathBuf>> {
    let mut wanted = Vec::new();
    for (contract, abi) in contracts() {
        wanted.extend(files(contract, abi)?);
    }
    fs::create_dir_all(directory)?;
    let mut stale = Vec::new();
    for (name, text) in &wanted {
        let path = directory.join(name);
        if fs::read_to_string(&path).is_ok_and(|found| found == *text) {
            continue;
        }
        if !check {
            fs::write(&path, text)?;
        }
        stale.push(path);
    }
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let known =
            path.file_name().is_some_and(|name| wanted.iter().any(|(n, _)| name == n.as_str()));
        if !known {
            if !check {
                fs::remove_file(&path)?;
            }
            stale.push(path);
        }
    }
    if !check {
        stale.clear();
    }
    Ok(stale)
}

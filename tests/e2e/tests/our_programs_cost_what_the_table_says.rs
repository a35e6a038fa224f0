//! What our programs cost before they do anything: activation, data fee, start. The figures are in `programs.txt`.

use std::fmt::Write;

use alloy::primitives::{Address, U256, keccak256};
use devnode::stylus::{StylusParams, activate, container};
use e2e::chain::Chain;
use e2e::gas;
use metalayer::artifacts::Artifacts;
use metalayer::chain::Tx;
use metalayer::deployment::init_code;

alloy::sol! {
    interface ArbWasm {
        function activateProgram(address program) external payable returns (uint16 version, uint256 dataFee);
        function programInitGas(address program) external view returns (uint64 gas, uint64 gasWhenCached);
        function programMemoryFootprint(address program) external view returns (uint16 footprint);
        function codehashAsmSize(bytes32 codehash) external view returns (uint32 size);

        event ProgramActivated(
            bytes32 indexed codehash, bytes32 moduleHash, address program, uint256 dataFee, uint16 version
        );
    }
}

const ARB_WASM: Address = Address::with_last_byte(0x71);

/// Wei sent along: more than any fee, and the rest comes back.
const FEE: u64 = 10_000_000_000_000_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_programs_cost_what_the_table_says() {
    let chain = Chain::a().await;
    if !chain.is_embedded() {
        return; // The data fee of a chain depends on what was activated there before.
    }
    let mut table = format!(
        "{:<18}{:>7}{:>7}{:>12}{:>18}{:>9}{:>15}{:>7}{:>13}\n",
        gas::PROGRAM,
        "wasm",
        "code",
        "activation",
        "data fee",
        "initGas",
        "cachedInitGas",
        "pages",
        "asmEstimate"
    );
    for name in gas::programs() {
        // given a chain on which nothing was activated
        let fresh = chain.snapshot().await;
        let code = Artifacts::locate().program(&name).expect("`cargo run -p wasm` builds it").code;
        let params = StylusParams::new(51);
        let wasm = container::wasm(&code, &params, |_| None).expect("a program in one piece");
        let (mut left, hash) = (u64::MAX, keccak256(&code));
        let program = activate(&wasm, hash, &params, 128, true, &mut left).expect("it activates");

        // when it is deployed and activated
        let dev = chain.dev();
        let receipt = chain.transact(&dev, Tx::create(init_code(&code)), U256::ZERO).await;
        let address = receipt.expect("it deploys").contract.expect("a creation");
        let call = ArbWasm::activateProgramCall { program: address };
        let receipt = chain.must_paying(&dev, ARB_WASM, &call, U256::from(FEE)).await;

        // then it costs the constant parts, 1,747,826 gas (stylus-vm.md §2.1), and what its module asks for (§2.2)
        let calldata = Tx::call(ARB_WASM, &call).calldata_gas();
        let activation = receipt.gas_used - 21_000 - calldata;
        assert_eq!(activation, 1_747_826 + (u64::MAX - left), "{name}");
        let fee = receipt.events::<ArbWasm::ProgramActivated>(ARB_WASM)[0].dataFee;
        // and the chain keeps the estimates of §2.4: 69·128 and 11·32 gas come on top of them
        let kept = chain.view(ARB_WASM, &ArbWasm::programInitGasCall { program: address }).await;
        let (init, cached) = (u64::from(program.init_cost), u64::from(program.cached_cost));
        assert_eq!((kept.gas, kept.gasWhenCached), (8_832 + init + 352 + cached, 352 + cached));
        let footprint = ArbWasm::programMemoryFootprintCall { program: address };
        assert_eq!(chain.view(ARB_WASM, &footprint).await, program.footprint);
        let size = chain.view(ARB_WASM, &ArbWasm::codehashAsmSizeCall { codehash: hash }).await;
        assert_eq!(size, program.asm_estimate.next_multiple_of(1_024));

        writeln!(
            table,
            "{name:<18}{:>7}{:>7}{activation:>12}{fee:>18}{init:>9}{cached:>15}{:>7}{:>13}",
            wasm.len(),
            code.len(),
            program.footprint,
            program.asm_estimate
        )
        .expect("a string grows");
        chain.revert(fresh).await;
    }
    gas::compare_programs(&table);
}

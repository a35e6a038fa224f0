// What the tests share: the chain under test, its accounts, the contracts they use.

import { readFileSync } from "node:fs";

const root = new URL("../../", import.meta.url);

/** HTTP endpoint of the chain; scripts/clients starts one and sets it. */
export const RPC_URL = process.env.RPC_URL;
if (!RPC_URL) throw new Error("RPC_URL is not set: run scripts/clients");
export const WS_URL = RPC_URL.replace("http", "ws");

/** The first of the accounts that every dev chain funds, and its key. */
export const ALICE = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
export const ALICE_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
/** The second. */
export const BOB = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
export const BOB_KEY = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
export const CHAIN_ID = 412346;

/** The whole answer to a request, without a client in between. */
export async function rpc(method, ...params) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const answer = await fetch(RPC_URL, { method: "POST", headers: { "content-type": "application/json" }, body });
  return answer.json();
}

/**
 * What `what` returns, once there is something: it is asked again after every turn of the event loop. Fails after half
 * a minute, where a test would otherwise hang for ever.
 */
export async function until(what) {
  const end = Date.now() + 30_000;
  while (Date.now() < end) {
    const found = what();
    if (found) return found;
    await new Promise(setImmediate);
  }
  throw new Error(`nothing came of ${what} in 30 seconds`);
}

/** OpenZeppelin's token, compiled by its authors. */
export const token = JSON.parse(
  readFileSync(
    new URL("target/npm/openzeppelin-contracts@4.9.6/build/contracts/ERC20PresetFixedSupply.json", root),
  ),
);

/** A program of this repository as it is deployed: prefix and compressed WASM. */
export function programCode() {
  return "0x" + readFileSync(new URL("target/contracts/executor.code", root)).toString("hex");
}

/** Init code that deploys `code` (hex with 0x) unchanged. */
export function initCode(code) {
  const length = ((code.length - 2) / 2).toString(16).padStart(64, "0");
  return "0x7f" + length + "80602b6000396000f300" + code.slice(2);
}

export const ARB_WASM = "0x0000000000000000000000000000000000000071";
export const ARB_WASM_ABI = [
  "function activateProgram(address program) payable returns (uint16 version, uint256 dataFee)",
  "function programVersion(address program) view returns (uint16)",
  "error ProgramNotActivated()",
  "error ProgramUpToDate()",
];

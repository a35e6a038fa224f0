// The chain as Foundry's cast sees it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as $ from "./support.mjs";

const run = promisify(execFile);
// The package's own wrapper loses the exit status.
const platform = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
const binary = fileURLToPath(new URL(`node_modules/@foundry-rs/cast-${platform}/bin/cast`, import.meta.url));
const cast = async (command, ...args) => {
  // The URL first: what follows `--create` is taken for the constructor's.
  const { stdout } = await run(binary, [command, "--rpc-url", $.RPC_URL, ...args], {
    env: { ...process.env, NO_COLOR: "1" },
  });
  return stdout.trim();
};
const KEY = ["--private-key", $.ALICE_KEY];
let token;

before(async () => {
  const args = ["(string,string,uint256,address)", "Token", "TKN", "1000000", $.ALICE];
  const sent = JSON.parse(
    await cast("send", ...KEY, "--json", "--create", $.token.bytecode, "constructor" + args[0], ...args.slice(1)),
  );
  token = sent.contractAddress;
});

test("chain-id, block-number, gas-price and base-fee answer", async () => {
  assert.equal(await cast("chain-id"), String($.CHAIN_ID));
  assert.ok(Number(await cast("block-number")) > 0);
  assert.equal(await cast("gas-price"), "100000000");
  assert.equal(await cast("base-fee"), "100000000");
});

test("send and call work on a contract", async () => {
  const sent = JSON.parse(await cast("send", ...KEY, "--json", token, "transfer(address,uint256)", $.BOB, "5"));
  assert.equal(sent.status, "0x1");
  assert.match(await cast("call", token, "balanceOf(address)(uint256)", $.BOB), /^5\b/);
  const logs = JSON.parse(await cast("logs", "--json", "--from-block", String(BigInt(sent.blockNumber)), "--address", token));
  assert.equal(logs.length, 1);
  assert.match(await cast("receipt", sent.transactionHash, "status"), /^(1|true)/);
  assert.match(await cast("tx", sent.transactionHash, "from"), new RegExp($.ALICE, "i"));
});

test("an unlocked account sends without a key", async () => {
  const sent = JSON.parse(await cast("send", "--unlocked", "--from", $.BOB, "--json", $.ALICE, "--value", "1wei"));
  assert.equal(sent.status, "0x1");
});

test("a revert is told with its reason", async () => {
  await assert.rejects(
    cast("call", "--from", $.BOB, token, "transferFrom(address,address,uint256)", $.ALICE, $.BOB, "1"),
    /insufficient allowance/,
  );
});

test("code, storage, nonce, balance, block and estimate answer", async () => {
  assert.equal(await cast("code", $.ARB_WASM), "0xfe");
  assert.match(await cast("storage", token, "2"), /^0x0{59}f4240$/);
  assert.ok(Number(await cast("nonce", $.ALICE)) > 0);
  assert.ok(BigInt(await cast("balance", $.ALICE)) > 0n);
  assert.ok(BigInt(await cast("block", "latest", "-f", "gasLimit")) > 0n);
  assert.equal(await cast("estimate", $.BOB, "--value", "1"), "21000");
});

test("the transaction is explained by its trace", async () => {
  const sent = JSON.parse(await cast("send", ...KEY, "--json", token, "approve(address,uint256)", $.BOB, "5"));
  const trace = JSON.parse(await cast("rpc", "debug_traceTransaction", sent.transactionHash, '{"tracer":"callTracer"}'));
  assert.equal(trace.to, token.toLowerCase());
  assert.equal(trace.type, "CALL");
  assert.equal(BigInt(trace.gasUsed), BigInt(sent.gasUsed));
});

test("an access list is made", async () => {
  assert.match(await cast("access-list", token, "totalSupply()"), new RegExp(token, "i"));
});

test("a signed transaction is published as it is", async () => {
  const raw = await cast("mktx", ...KEY, $.BOB, "--value", "3wei");
  assert.equal(JSON.parse(await cast("publish", raw)).status, "0x1");
});

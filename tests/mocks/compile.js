#!/usr/bin/env node
// Compiles the Solidity mocks of this directory, one JSON file a contract: {"abi": …, "bytecode": "0x…"}.
//
//   node tests/mocks/compile.js [directory of the unpacked npm package solc] [output directory]
//
// The package's compiler (soljson.js) is driven directly, through the one C function it exports for standard JSON:
// the package's own wrapper needs further packages, and these sources import nothing from outside.

"use strict";
const fs = require("fs");
const path = require("path");

const root = path.join(__dirname, "..", "..");
const [solc = path.join(root, "target/npm/solc@0.8.30"), output = path.join(root, "target/mocks")] =
  process.argv.slice(2);

const sources = {};
for (const name of fs.readdirSync(__dirname).filter((name) => name.endsWith(".sol")).sort()) {
  sources[name] = { content: fs.readFileSync(path.join(__dirname, name), "utf8") };
}
const input = {
  language: "Solidity",
  sources,
  settings: {
    // Fixed, and without metadata: the same sources give the same bytes, so gas.txt does not move by itself.
    evmVersion: "cancun",
    optimizer: { enabled: true, runs: 200 },
    metadata: { appendCBOR: false, bytecodeHash: "none" },
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
  },
};

const compiler = require(path.join(path.resolve(solc), "soljson.js"));
const compile = compiler.cwrap("solidity_compile", "string", ["string", "number", "number"]);
const result = JSON.parse(compile(JSON.stringify(input), 0, 0));

// 5159: selfdestruct is deprecated. `Bequest` needs exactly that; it still pays when it happens in the constructor.
const problems = (result.errors || []).filter((error) => error.errorCode !== "5159");
for (const problem of problems) process.stderr.write(problem.formattedMessage + "\n");
if (problems.length > 0) process.exit(1);

fs.rmSync(output, { recursive: true, force: true });
fs.mkdirSync(output, { recursive: true });
let count = 0;
for (const contracts of Object.values(result.contracts)) {
  for (const [name, contract] of Object.entries(contracts)) {
    const bytecode = contract.evm.bytecode.object;
    if (bytecode === "") continue; // an interface or an abstract contract
    fs.writeFileSync(path.join(output, name + ".json"), JSON.stringify({ abi: contract.abi, bytecode: "0x" + bytecode }));
    count += 1;
  }
}
console.log(`${count} mock contracts in ${path.relative(process.cwd(), output) || output}`);

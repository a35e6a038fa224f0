#!/usr/bin/env node
// Compiles the Solidity of the tests, one JSON file a contract: {"abi": …, "bytecode": "0x…"}.
// The mocks of this directory go to target/mocks; the consumers in tests/solidity, which import interfaces/abi as an
// integrator would, to target/solidity.
//
//   node tests/mocks/compile.js [directory of the unpacked npm package solc] [directory instead of target]
//
// The package's compiler (soljson.js) is driven directly, through the one C function it exports for standard JSON:
// the package's own wrapper needs further packages, and these sources import nothing from outside.

"use strict";
const fs = require("fs");
const path = require("path");

const root = path.join(__dirname, "..", "..");
const [solc = path.join(root, "target/npm/solc@0.8.30"), target = path.join(root, "target")] = process.argv.slice(2);

const compiler = require(path.join(path.resolve(solc), "soljson.js"));
const compile = compiler.cwrap("solidity_compile", "string", ["string", "number", "number"]);

// Sources by their paths below the root, which is what relative imports are resolved against.
function sourcesIn(directory) {
  const names = fs.readdirSync(path.join(root, directory)).filter((name) => name.endsWith(".sol")).sort();
  const read = (name) => ({ content: fs.readFileSync(path.join(root, directory, name), "utf8") });
  return Object.fromEntries(names.map((name) => [`${directory}/${name}`, read(name)]));
}

function build(directories, output) {
  const input = {
    language: "Solidity",
    sources: Object.assign({}, ...directories.map(sourcesIn)),
    settings: {
      // Fixed, and without metadata: the same sources give the same bytes, so gas.txt does not move by itself.
      evmVersion: "cancun",
      optimizer: { enabled: true, runs: 200 },
      metadata: { appendCBOR: false, bytecodeHash: "none" },
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
    },
  };
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
      const artifact = { abi: contract.abi, bytecode: "0x" + bytecode };
      fs.writeFileSync(path.join(output, name + ".json"), JSON.stringify(artifact));
      count += 1;
    }
  }
  console.log(`${count} contracts in ${path.relative(process.cwd(), output) || output}`);
}

build(["tests/mocks"], path.join(target, "mocks"));
build(["interfaces/abi", "tests/solidity"], path.join(target, "solidity"));

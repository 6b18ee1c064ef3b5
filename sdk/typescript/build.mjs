// Turns scenarios in TypeScript into scripts: tsc checks them, esbuild bundles each. The interpreter that reads them is
// QuickJS, made a component by componentize-qjs once. `insula build` calls this, has the interpreter read each script, and
// keeps what it is then. It takes files that end in .scenario.ts, and writes the interpreter's path and the scripts as JSON.
//
//   node build.mjs FILE…

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { access, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire, isBuiltin } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { decode } from "@jridgewell/sourcemap-codec";
import esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
// Now, so that a package that is not installed is missed before anything is built.
const { version } = require("componentize-qjs/package.json");

/** What is kept from one build to the next. */
const KEPT = path.join("node_modules", ".cache", "insula");

/** What an author can mend; everything else is a fault of this program. */
class Mistake extends Error {}

const { positionals: files } = parseArgs({ allowPositionals: true });
try {
  // Beside the slow work, whose outcome counts only when the types fit.
  const built = Promise.allSettled([interpreter(), ...files.map(script)]);
  await checkTypes();
  const [component, ...scripts] = (await built).map(valueOf);
  console.log(JSON.stringify({ interpreter: component, scripts }));
} catch (error) {
  console.error(error instanceof Mistake ? error.message : error);
  // Not waiting for scripts that nobody wants any more.
  process.exit(1);
}

function valueOf({ value, reason }) {
  if (reason !== undefined) throw reason;
  return value;
}

/** Everything that the project's tsconfig.json includes. */
async function checkTypes() {
  const tsc = path.join(path.dirname(require.resolve("typescript/package.json")), "bin", "tsc");
  const pretty = String(process.stderr.isTTY === true);
  // What was found of files that have not changed is not looked for again.
  const options = ["--noEmit", "--pretty", pretty, "--incremental", "--tsBuildInfoFile", path.join(KEPT, "types.tsbuildinfo")];
  const checking = spawn(process.execPath, [tsc, ...options], { stdio: ["ignore", 2, 2] });
  const [code] = await once(checking, "close");
  if (code !== 0) throw new Mistake("the types do not fit; see above");
}

/** The component that reads scripts. It is the same for all, and made anew when something changes of which it is made. */
async function interpreter() {
  const witPath = path.join(here, "scenario.wit");
  const { code: jsSource } = await bundle({ entryPoints: [path.join(here, "src/interpreter.ts")], format: "esm" });
  const parts = [version, await readFile(witPath), jsSource];
  const name = parts.reduce((hash, part) => hash.update(part).update("\0"), createHash("sha256")).digest("hex");
  const file = path.resolve(KEPT, `interpreter-${name.slice(0, 16)}.wasm`);
  if (!(await access(file).then(() => true, () => false))) {
    // It brings an engine of its own, whose loading alone can be felt.
    const { componentize } = await import("componentize-qjs");
    const options = { witPath, world: "scenario", jsSource, stubWasi: true, sync: true, optSize: true };
    const { component } = await componentize(options);
    await mkdir(KEPT, { recursive: true });
    // Whole when it gets its name: another build may be looking for it.
    const unfinished = `${file}.${process.pid}`;
    await writeFile(unfinished, component);
    await rename(unfinished, file);
  }
  return file;
}

/** The scenario and all that it imports in one script, behind the prelude. See src/interpreter.ts. */
async function script(file) {
  const specifier = `./${path.relative(process.cwd(), file).split(path.sep).join("/")}`;
  const entry = [
    `import { check } from ${JSON.stringify(path.join(here, "src/scenario.ts"))};`,
    `import * as exports from ${JSON.stringify(specifier)};`,
    `export const plugin = check(${JSON.stringify(file)}, exports.default);`,
  ];
  const { code, map, inputs } = await bundle({
    stdin: { contents: entry.join("\n"), resolveDir: process.cwd(), sourcefile: "insula:entry" },
    format: "cjs",
    banner: { js: `(function (require, module, exports) { "use strict";` },
    footer: { js: "})" },
    sourcemap: "external",
  }).catch(async ({ errors = [] }) => {
    const notes = [{ text: "A scenario does not run in Node: it has no files, network or processes." }];
    const ours = errors.map((error) => (isNodes(error) ? { ...error, notes } : error));
    const said = await esbuild.formatMessages(ours, { kind: "error" });
    throw new Mistake(`${file} cannot be bundled\n${said.join("")}`);
  });
  const [own, all] = [isOwn, isForeign].map((wanted) => JSON.stringify(table(map, wanted)));
  return { file, inputs, text: JSON.stringify({ code, own, all }) };
}

/** Modules and all that they import in one. */
async function bundle(what) {
  const result = await esbuild.build({
    bundle: true,
    write: false,
    outfile: "bundle.js",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["module", "import"],
    target: "es2023",
    external: ["insula:*"],
    // Smaller, and names stay for stacks.
    minifyWhitespace: true,
    minifySyntax: true,
    // A short line keeps the engine's columns apart.
    lineLimit: 160,
    metafile: true,
    // The types say most of it, and `check` the rest.
    logLevel: "silent",
    ...what,
  });
  const output = (end) => result.outputFiles.find(({ path }) => path.endsWith(end))?.text;
  const inputs = Object.keys(result.metafile.inputs).filter((input) => !input.startsWith("insula:"));
  const map = output(".map");
  return { code: output(".js"), map: map && JSON.parse(map), inputs: inputs.map((input) => path.resolve(input)) };
}

/** Whether it was something of Node that esbuild did not find. */
function isNodes({ text }) {
  const [, missing] = /^Could not resolve "(.*)"$/.exec(text) ?? [];
  return missing !== undefined && isBuiltin(missing);
}

/** Whether a source is the author's, and neither a library's nor the SDK's. */
function isOwn(file) {
  return isForeign(file) && !file.includes("node_modules");
}

/** Whether a source is not the SDK's. */
function isForeign(file) {
  return !file.endsWith("insula:entry") && !file.startsWith(path.join(here, "src") + path.sep);
}

/** Where the code of some sources went. See src/stack.ts. */
function table({ mappings, sources }, wanted) {
  const paths = sources.map((source) => path.resolve(source));
  const files = paths.filter(wanted);
  const lines = decode(mappings).map((line) => {
    const places = line.map(([column, source, row, start]) => [column, files.indexOf(paths[source]), row, start]);
    return places.some(([, file]) => file >= 0) ? places.flat() : [];
  });
  return { files: files.map((file) => path.relative(process.cwd(), file).split(path.sep).join("/")), lines };
}

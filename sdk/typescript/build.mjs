// Turns scenarios in TypeScript into components: tsc checks them, esbuild bundles each, componentize-qjs puts it into
// QuickJS. `insula build` calls this; it takes files that end in .scenario.ts and writes one JSON line for each.
//
//   node build.mjs --out DIRECTORY FILE…

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire, isBuiltin } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { decode } from "@jridgewell/sourcemap-codec";
import { componentize } from "componentize-qjs";
import esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const SUFFIX = ".scenario.ts";

/** What an author can mend; everything else is a fault of this program. */
class Mistake extends Error {}

const { values, positionals } = parseArgs({ options: { out: { type: "string" } }, allowPositionals: true });
try {
  // Beside the slow work, whose outcome counts only when the types fit.
  const built = Promise.allSettled(positionals.map(component));
  await checkTypes();
  for (const { file, inputs, wasm } of (await built).map(valueOf)) {
    const plugin = path.join(values.out, `${path.basename(file, SUFFIX)}.wasm`);
    await mkdir(values.out, { recursive: true });
    await writeFile(plugin, wasm);
    console.log(JSON.stringify({ file, wasm: plugin, inputs }));
  }
} catch (error) {
  console.error(error instanceof Mistake ? error.message : error);
  // Not waiting for components that nobody wants any more.
  process.exit(1);
}

function valueOf({ value, reason }) {
  if (reason !== undefined) throw reason;
  return value;
}

/** Everything that the project's tsconfig.json includes. */
async function checkTypes() {
  const require = createRequire(import.meta.url);
  const tsc = path.join(path.dirname(require.resolve("typescript/package.json")), "bin", "tsc");
  const pretty = String(process.stderr.isTTY === true);
  // What was found of files that have not changed is not looked for again.
  const kept = path.join("node_modules", ".cache", "insula", "types.tsbuildinfo");
  const options = ["--noEmit", "--pretty", pretty, "--incremental", "--tsBuildInfoFile", kept];
  const checking = spawn(process.execPath, [tsc, ...options], { stdio: ["ignore", 2, 2] });
  const [code] = await once(checking, "close");
  if (code !== 0) throw new Mistake("the types do not fit; see above");
}

/** The component of one scenario. */
async function component(file) {
  const { code, map, inputs } = await bundle(file);
  // Behind everything else, where it moves no line.
  const jsSource = `${code}\nglobalThis.insulaSources = ${JSON.stringify(table(map, isOwn))};\n`;
  const witPath = path.join(here, "scenario.wit");
  const made = componentize({ witPath, world: "scenario", jsSource, stubWasi: true, sync: true, optSize: true });
  const { component } = await made.catch(async (error) => {
    throw await early(file, error, map);
  });
  return { file, inputs, wasm: component };
}

/** The scenario and all that it imports in one module, behind the prelude. */
async function bundle(file) {
  const specifier = `./${path.relative(process.cwd(), file).split(path.sep).join("/")}`;
  const entry = [
    `import { check } from ${JSON.stringify(path.join(here, "src/scenario.ts"))};`,
    `import * as exports from ${JSON.stringify(specifier)};`,
    `export const plugin = check(${JSON.stringify(file)}, exports.default);`,
  ];
  const result = await esbuild
    .build({
      stdin: { contents: entry.join("\n"), resolveDir: process.cwd(), sourcefile: "insula:entry" },
      bundle: true,
      write: false,
      outfile: "bundle.js",
      format: "esm",
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
      sourcemap: "external",
      metafile: true,
      // The types say most of it, and `check` the rest.
      logLevel: "silent",
    })
    .catch(async ({ errors = [] }) => {
      const notes = [{ text: "A scenario does not run in Node: it has no files, network or processes." }];
      const ours = errors.map((error) => (isNodes(error) ? { ...error, notes } : error));
      const said = await esbuild.formatMessages(ours, { kind: "error" });
      throw new Mistake(`${file} cannot be bundled\n${said.join("")}`);
    });
  const output = (end) => result.outputFiles.find(({ path }) => path.endsWith(end)).text;
  const inputs = Object.keys(result.metafile.inputs).filter((input) => !input.startsWith("insula:"));
  return { code: output(".js"), map: JSON.parse(output(".map")), inputs: inputs.map((input) => path.resolve(input)) };
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

/** What went wrong while the scenario's modules were evaluated, which happens once, now. */
async function early(file, error, map) {
  const message = String(error.message ?? error);
  const [, thrown] = /module evaluation: ([^]*)/.exec(message) ?? [];
  if (thrown === undefined) return new Mistake(`${file} does not become a component: ${message}`);
  // The SDK's own words for it, here as in a run; but a library's lines are worth seeing.
  const entryPoints = [path.join(here, "src/failure.ts")];
  const { outputFiles } = await esbuild.build({ entryPoints, bundle: true, format: "esm", write: false });
  const { told } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
  globalThis.insulaSources = table(map, isForeign);
  const [first, ...stack] = thrown.split("\n");
  const again = Object.assign(new Error(first.replace(/^Error: /, "")), { stack: stack.join("\n") });
  return new Mistake(`${file}: ${told(again)}`);
}

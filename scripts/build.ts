/**
 * Builds `dist/ao`, the one program, for this machine or for another:
 * `bun scripts/build.ts [--target bun-darwin-arm64] [--outfile dist/ao-darwin-arm64]`.
 */
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";

import packageJson from "../package.json" with { type: "json" };

const root = dirname(import.meta.dir);
process.chdir(root);

const { values } = parseArgs({
  options: { target: { type: "string" }, outfile: { type: "string" } },
});
const outfile = values.outfile ?? join("dist", values.target ? nameFor(values.target) : "ao");

checkBun();
removeOld(outfile);
const startedAt = performance.now();
await build(outfile, values.target);
const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
const megabytes = (statSync(outfile).size / 1_000_000).toFixed(0);
process.stdout.write(
  `built ${outfile} ${packageJson.version} (${commit()}): ${megabytes} MB in ${seconds} s\n`,
);

/** Another Bun makes another program, and its bytecode fits no other one. */
function checkBun(): void {
  const wanted = packageJson.devDependencies.bun;
  if (Bun.version === wanted) return;
  process.stderr.write(`error: bun is ${Bun.version}, expected ${wanted}\nhint: npm run build\n`);
  process.exit(1);
}

/** A failed build leaves the last output in place, and an old program would be tested. */
function removeOld(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
}

async function build(file: string, target: string | undefined): Promise<void> {
  const result = await Bun.build({
    entrypoints: ["src/main.ts"],
    plugins: [await hookInOnePiece()],
    compile: {
      ...(target ? { target: targetOf(target) } : {}),
      outfile: file,
      // A repository must not run code in `ao` or set its environment.
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
      // A short command ends before compiled code would pay; a long one gets there all the same.
      jitPolicy: 10,
    },
    format: "esm",
    minify: true,
    sourcemap: "linked",
    bytecode: true,
    // Apart, so that a command loads only its own part, the imports of Node's modules included.
    splitting: true,
    define: { AO_COMMIT: JSON.stringify(commit()) },
    throw: false,
  });
  for (const log of result.logs) process.stderr.write(`${Bun.inspect(log)}\n`);
  if (!result.success) process.exit(1);
  removeMaps(dirname(file));
}

/**
 * `ao hook` runs several times in each turn of an agent. In one piece its part loads in half the
 * time that it takes as a dozen pieces, which other commands would share.
 */
async function hookInOnePiece(): Promise<Bun.BunPlugin> {
  const entry = join(root, "src/engine/hook.ts");
  const { outputs } = await Bun.build({ entrypoints: [entry], target: "bun", format: "esm" });
  const contents = (await outputs[0]?.text()) ?? "";
  const setup = (build: Bun.PluginBuilder) =>
    void build.onLoad({ filter: /\/src\/engine\/hook\.ts$/ }, () => ({ contents, loader: "js" }));
  return { name: "hook-in-one-piece", setup };
}

/** The map is in the program; the copy beside it would only be published by mistake. */
function removeMaps(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".map")) rmSync(join(folder, name));
  }
}

function commit(): string {
  const head = git("rev-parse", "--short=12", "HEAD");
  if (head === undefined) return "unknown";
  const isDirty = git("status", "--porcelain", "--", "src", "sql", "package.json") !== "";
  return isDirty ? `${head}-dirty` : head;
}

function git(...words: string[]): string | undefined {
  const { exitCode, stdout } = Bun.spawnSync(["git", ...words], { stderr: "ignore" });
  return exitCode === 0 ? stdout.toString().trim() : undefined;
}

function nameFor(target: string): string {
  return basename(target).replace(/^bun-/, "ao-") + (target.includes("windows") ? ".exe" : "");
}

/** Whether Bun knows the target is for Bun to say; it names all that it knows. */
function targetOf(target: string): Bun.Build.CompileTarget {
  return target as Bun.Build.CompileTarget;
}

/**
 * Proves that the built program stands alone: copied out of the project, in hostile directories,
 * with unusable homes, closed pipes and hardly any environment. `bun scripts/smoke.ts [dist/ao]`.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

import packageJson from "../package.json" with { type: "json" };
import { type Ended, run } from "./run.ts";

interface Place {
  cwd?: string;
  env?: Record<string, string>;
}

interface Check {
  name: string;
  run: () => Promise<void>;
}

const deadlineMs = 10_000;
const built = resolve(process.argv[2] ?? join(dirname(import.meta.dir), "dist/ao"));
if (!existsSync(built)) {
  process.stderr.write(`error: ${built} not found\nhint: npm run build\n`);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "ao-smoke-"));
const program = join(folder, "bin", "ao");
const home = makeFolder("home");
const empty = makeFolder("empty");
const poisoned = join(folder, "poisoned");

const checks: Check[] = [
  {
    name: "--version tells version and commit",
    run: async () => {
      const { exitCode, stdout, stderr } = await ao(["--version"]);
      const expected = new RegExp(`^ao ${RegExp.escape(packageJson.version)} \\(\\S+\\)\\n$`);
      expect(exitCode === 0 && expected.test(stdout) && stderr === "", stdout + stderr);
    },
  },
  {
    name: "--version needs neither home nor path",
    run: async () => {
      const bare = { HOME: "", PATH: "", AO_DATA_DIR: "" };
      expectOk(await ao(["--version"], { env: bare }));
      expectOk(await ao(["--version"], { env: { HOME: "/dev/null" } }));
    },
  },
  {
    name: "a directory's bunfig.toml, .env, tsconfig.json and package.json have no effect",
    run: async () => {
      const cwd = makeHostile();
      const before = readdirSync(cwd).join();
      const ended = await ao(["ls", "--json"], { cwd });
      expectOk(ended);
      const { sessions } = JSON.parse(ended.stdout) as { sessions: unknown };
      expect(Array.isArray(sessions), `stdout is ${ended.stdout}`);
      expect(!existsSync(poisoned), ".env has set AO_DATA_DIR");
      expect(existsSync(join(home, ".ao")), "~/.ao was not made");
      expect(readdirSync(cwd).join() === before, "files were left in the working directory");
    },
  },
  {
    name: "ls works outside any repository",
    run: async () => expectOk(await ao(["ls"], { cwd: empty })),
  },
  {
    name: "spawn without a project is a usage error with a hint",
    run: async () => expectError(await ao(["spawn", "x"], { cwd: empty }), 2, /\nhint: /),
  },
  {
    name: "a home that cannot be used is exit 5",
    run: async () => {
      expectError(await ao(["ls"], { env: { HOME: "/dev/null" } }), 5);
      // A directory in which even root can make nothing.
      const nowhere = process.platform === "linux" ? "/proc/ao" : "/dev/null/ao";
      expectError(await ao(["ls"], { env: { AO_DATA_DIR: nowhere } }), 5);
      expectError(await ao(["ls", "--data-dir", "/dev/null/ao"]), 5);
    },
  },
  {
    name: "an unknown command is exit 2, and a near one is named",
    run: async () => {
      expectError(await ao(["spwan"]), 2, /^error: unknown command spwan\nhint: .*ao spawn/);
      expectError(await ao(["ls", "--alll"]), 2, /^error: unknown flag --alll\nhint: .*--all/);
      expectError(await ao(["--json", "frobnicate"]), 2, /^error: unknown command frobnicate\n/);
    },
  },
  {
    name: "help is plain text within 80 columns",
    run: async () => {
      for (const words of [[], ["--help"], ["help"], ["spawn", "--help"], ["help", "json"]]) {
        const ended = await ao(words);
        expectOk(ended);
        const widest = Math.max(...ended.stdout.split("\n").map((line) => Bun.stringWidth(line)));
        expect(ended.stdout.length > 100, `ao ${words.join(" ")} prints hardly anything`);
        expect(!ended.stdout.includes("\u001b"), `ao ${words.join(" ")} has colours`);
        expect(widest <= 80, `ao ${words.join(" ")} has ${widest} columns`);
      }
    },
  },
  {
    name: "a reader that leaves ends the program quietly",
    run: async () => {
      for (const line of ['"$0" help | head -1', '{ sleep 0.3; "$0" help; } | true']) {
        const ended = await start(["bash", "-c", `set -o pipefail; ${line}`, program], {});
        expect(ended.exitCode === 0 && ended.stderr === "", `${line}: ${JSON.stringify(ended)}`);
      }
    },
  },
  {
    name: "a full disk under stdout is a failure",
    run: async () => {
      if (!existsSync("/dev/full")) return;
      const ended = await start(["sh", "-c", '"$0" help > /dev/full', program], {});
      expectError(ended, 1);
    },
  },
  {
    name: "the completion scripts are made",
    run: async () => {
      for (const shell of ["bash", "zsh", "fish"]) expectOk(await ao(["completion", shell]));
      const script = (await ao(["completion", "bash"])).stdout;
      const file = join(folder, "ao.bash");
      writeFileSync(file, script);
      expectOk(await start(["bash", "-n", file], {}), /^$/);
    },
  },
];

process.exitCode = await runAll();

async function runAll(): Promise<number> {
  mkdirSync(dirname(program));
  copyFileSync(built, program);
  let failed = 0;
  try {
    for (const check of checks) {
      try {
        await check.run();
        process.stdout.write(`ok    ${check.name}\n`);
      } catch (error) {
        failed += 1;
        process.stdout.write(
          `FAIL  ${check.name}: ${error instanceof Error ? error.message : error}\n`,
        );
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.stdout.write(`${checks.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

function ao(words: string[], place: Place = {}): Promise<Ended> {
  return start([program, ...words], place);
}

async function start(argv: string[], { cwd = empty, env = {} }: Place): Promise<Ended> {
  const path = process.env["PATH"] ?? "/usr/bin:/bin";
  return await run(argv, { cwd, env: { HOME: home, PATH: path, ...env }, limitMs: deadlineMs });
}

/** What a stranger may leave in a directory in order to run code in every Bun program. */
function makeHostile(): string {
  const cwd = makeFolder("hostile");
  const files = {
    "bunfig.toml": 'preload = ["./preload.ts"]\n[run]\npreload = ["./preload.ts"]\n',
    "preload.ts": 'throw new Error("the preload has run");\n',
    ".env": `AO_DATA_DIR=${poisoned}\nHOME=${poisoned}\nBUN_OPTIONS=--preload ./preload.ts\n`,
    ".env.local": `AO_DATA_DIR=${poisoned}\n`,
    "tsconfig.json": "{ no json",
    "package.json": "{ no json",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  return cwd;
}

function makeFolder(name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
}

function expectOk({ exitCode, stdout, stderr }: Ended, expected = /(?:)/): void {
  expect(exitCode === 0 && expected.test(stdout), `exit ${exitCode}: ${stdout}${stderr}`);
}

function expectError({ exitCode, stdout, stderr }: Ended, code: number, text = /^/): void {
  const isTold = /^error: (?!internal)/.test(stderr) && !/^\s+at /m.test(stderr);
  const isFine = exitCode === code && stdout === "" && isTold && text.test(stderr);
  expect(isFine, `exit ${exitCode}, expected ${code}: ${stdout}${stderr}`);
}

function expect(isTrue: boolean, otherwise: string): void {
  if (!isTrue) throw new Error(otherwise.trim());
}

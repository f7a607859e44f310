import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { parse } from "shell-quote";

import packageJson from "../package.json" with { type: "json" };
import { agents } from "../src/agent/table.ts";
import { resolve } from "../src/cli/args.ts";
import { root } from "../src/cli/root.ts";
import { topics } from "../src/cli/topics.ts";
import { configSchema } from "../src/domain/config.ts";
import { messageStates } from "../src/domain/message.ts";
import { permissionModes } from "../src/domain/session.ts";
import { checkConfig } from "../src/engine/config.ts";
import { exitCodes } from "../src/error.ts";
import { installFakeAgents } from "./support/fake-agents.ts";
import { blocksOf, rowsOf } from "./support/markdown.ts";

const project = dirname(import.meta.dir);
const readme = readFileSync(join(project, "README.md"), "utf8");
const architecture = readFileSync(join(project, "ARCHITECTURE.md"), "utf8");
const shell = blocksOf(readme).filter(({ language }) => language === "sh");
const settings = blocksOf(readme).find(({ language }) => language === "toml")?.lines ?? [];

/**
 * Commands that want a terminal, a dialog or GitHub, or never end: their words are checked, no
 * more.
 */
const endless =
  /^ao (?:attach|approve|daemon|pr|issue|top|web)\b|^ao .*(?:--follow|--watch|--issue)\b/;

/** What must be seen when the commands of a section run. */
const promised: Record<string, RegExp> = {
  "First steps": /^acked [\s\S]*^shop-1 runs: its conversation goes on$/m,
  Agents: /^claude-code +2\.9\.9( +ok [\d.]+ s){8} +[\d.]+ s\ncodex .*( +ok [\d.]+ s){8}/m,
  Messages: /^acked /m,
};

describe("the README", () => {
  test("opens with one sentence and the two set-up commands", () => {
    const [title, , ...rest] = readme.split("\n\n").join("\n\n").split("\n");
    expect(title).toBe("# ao");
    const opening = rest.join("\n").split("```")[0] ?? "";
    expect(opening.match(/[.!?](?:\s|$)/g)).toHaveLength(1);
    expect(shell[0]?.lines).toEqual(["npm run demo", "npm test"]);
    expect(Object.keys(packageJson.scripts)).toEqual(expect.arrayContaining(["demo", "test"]));
  });

  test("names every setting of the configuration", () => {
    const found = Bun.TOML.parse(settings.join("\n"));
    expect(Object.keys(found).sort()).toEqual(Object.keys(configSchema.entries).sort());
  });

  test.each(blocksOf(readme).filter(({ language }) => language === "toml"))(
    "shows settings that are understood, block %#",
    ({ lines }) => {
      const text = lines.join("\n");
      expect(checkConfig(Bun.TOML.parse(text), "README.md", text)).not.toEqual({});
    },
  );

  test("names every exit code", () => {
    const codes = rowsOf(readme, "## Exit codes").map(([code]) => Number(code));
    expect(codes).toEqual([0, ...Object.values(exitCodes).slice(0, -1), 70, exitCodes.interrupted]);
  });

  test("names every variable that the help names", () => {
    const names = rowsOf(readme, "## Environment").map(([name]) => name);
    const wanted = topics["environment"]?.text.match(/^ +[A-Z_]{6,}/gm) ?? [];
    expect(names).toEqual(expect.arrayContaining(wanted.map((name) => name.trim())));
  });

  test("says of every agent what it can do", () => {
    const receipts = { hook: "by a hook", http: "over HTTP", none: "no" };
    const isIt = (is: boolean) => (is ? "yes" : "no");
    const tried = [...agents.values()].filter(({ isTried }) => isTried);
    const wanted = tried.map((one) => [
      one.name,
      one.minimumVersion ? `${one.title}, ${one.minimumVersion} or newer` : one.title,
      isIt(one.hasSignals),
      receipts[one.receipts],
      isIt(one.resume !== undefined),
      one.missingModes.join(", ") || "–",
    ]);
    expect(rowsOf(readme, "## Agents")).toEqual(wanted);
    for (const { name, isTried } of agents.values()) {
      if (!isTried) expect(readme).toMatch(new RegExp(`\`${name}\`[^.]*untried`, "s"));
    }
    for (const mode of permissionModes) expect(readme).toMatch(new RegExp(`\`${mode}\`\\s\\(`));
  });

  test("names every status of a session without pull requests", () => {
    const named = rowsOf(readme, "## How a status is found").flatMap(([names = ""]) =>
      names.split(" · "),
    );
    const [, listed = ""] =
      /status is one of:\n([\s\S]*?)\n\n/.exec(topics["json"]?.text ?? "") ?? [];
    const all: string[] = listed.match(/\b[a-z]+(?:_[a-z]+)*\b/g) ?? [];
    const first = all.slice(0, all.indexOf("unknown") + 1);
    expect(named).toEqual(expect.arrayContaining([...first, "done", "failed", "killed", "lost"]));
  });

  test("names every state of a message", () => {
    const states = rowsOf(readme, "## Messages").flatMap(([names = ""]) => names.split(" · "));
    expect(states.sort()).toEqual([...messageStates].sort());
  });

  test.each(shell.flatMap(({ lines }) => lines).flatMap(aoWords))(
    "%s is understood",
    async (line) => {
      const words = aoWords(line)[0]?.[1] ?? [];
      const { kind } = await resolve(root, words);
      expect(["run", "version", "help"]).toContain(kind);
    },
  );
});

describe("the commands of the README work", () => {
  let home = "";
  let cwd = "";
  let env: Record<string, string> = {};

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), "ao-docs-"));
    cwd = join(home, "ao");
    env = { HOME: home, PATH: `${home}/.local/bin:${home}/bin:${process.env["PATH"]}` };
    makeHome(home);
  });

  afterAll(() => {
    try {
      const listed = execFileSync("ao", ["ls", "--json"], { env, encoding: "utf8" });
      for (const { id } of JSON.parse(listed).sessions) {
        execFileSync("ao", ["session", "kill", id], { env, stdio: "ignore" });
      }
    } finally {
      if (home !== "") rmSync(home, { recursive: true, force: true });
    }
  }, 60_000);

  const sections = [...new Set(shell.slice(1).map(({ section }) => section))];
  test.each(sections)(
    "%s",
    (section) => {
      if (section === "Configuration") writeSettings(home);
      const script = [...linesOf(section), `pwd > "${home}/place"`].join("\n");
      const ended = spawnSync("sh", ["-ev"], { cwd, env, input: script, encoding: "utf8" });
      expect(ended.status === 0 ? "" : ended.stderr + ended.stdout).toBe("");
      expect(ended.stdout).toMatch(promised[section] ?? "");
      cwd = readFileSync(join(home, "place"), "utf8").trim();
    },
    120_000,
  );
});

describe("ARCHITECTURE.md", () => {
  test("names every event type with its payload", () => {
    const payloads = new Map(
      rowsOf(architecture, "### Payloads").map(([name = "", fields = ""]) => [name, fields]),
    );
    const rows = rowsOf(architecture, "## Events").map(([type, when, fields = ""]) => ({
      type,
      when,
      fields: fields.replace(/^[A-Z]+/, (name) => payloads.get(name) ?? name),
    }));
    const main = join(project, "src", "main.ts");
    const printed = execFileSync(process.execPath, [main, "events", "--schema", "--json"]);
    const { types } = JSON.parse(printed.toString());
    const wanted = types.map((one: { type: string; when: string; payload: string[] }) => ({
      type: one.type,
      when: one.when,
      fields: one.payload.join(" "),
    }));
    expect(rows).toEqual(wanted);
  });

  test("gives a reason for every dependency at its exact version", () => {
    const rows = rowsOf(architecture, "## Dependencies");
    const named = Object.fromEntries(rows.map(([name = "", version]) => [name, version]));
    expect(named).toEqual({ ...packageJson.dependencies, ...packageJson.devDependencies });
    for (const [, , reason = ""] of rows) expect(reason.length).toBeGreaterThan(20);
  });

  test("names every folder of the source", () => {
    const folders = [
      ...new Bun.Glob("*/").scanSync({ cwd: join(project, "src"), onlyFiles: false }),
    ];
    for (const folder of folders) expect(architecture).toContain(`${folder.replace("/", "")}/`);
  });
});

/** The words after `ao` in a line, with the line for the test's name; none for other commands. */
function aoWords(line: string): [string, string[]][] {
  const words = parse(line, (name) => `$${name}`).filter(
    (word) => typeof word === "string" || "op" in word,
  );
  const start = words.lastIndexOf("ao");
  if (start < 0) return [];
  return [[line, words.slice(start + 1).filter((word) => typeof word === "string")]];
}

function linesOf(section: string): string[] {
  return shell
    .filter((block) => block.section === section)
    .flatMap(({ lines }) => lines)
    .filter((line) => !endless.test(line));
}

/** A home with a repository, a checkout that was built, and agents that report as real ones do. */
function makeHome(home: string): void {
  const shop = join(home, "src", "shop");
  for (const folder of [shop, join(home, "ao", "dist"), join(home, "bin")]) {
    mkdirSync(folder, { recursive: true });
  }
  const main = join(project, "src", "main.ts");
  const programs = {
    "ao/dist/ao": `exec "${process.execPath}" "${main}" "$@"`,
    "bin/my-agent": "echo work > work.md; echo ready; exec cat",
  };
  installFakeAgents(join(home, "bin"), ["claude", "codex"], "works");
  for (const [path, text] of Object.entries(programs)) {
    writeFileSync(join(home, path), `#!/bin/sh\n${text}\n`);
    chmodSync(join(home, path), 0o755);
  }
  const git = (...words: string[]) =>
    execFileSync("git", ["-C", shop, ...words], { stdio: "pipe" });
  git("init", "--quiet", "--initial-branch=main");
  const identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
  git(...identity, "commit", "--quiet", "--allow-empty", "--message", "first");
}

/** The example as the person's own file, and without what is the machine's as the team's. */
function writeSettings(home: string): void {
  const team = settings.slice(
    0,
    settings.findIndex((line) => line.startsWith("[retention]")),
  );
  mkdirSync(join(home, "src", "shop", ".ao"), { recursive: true });
  writeFileSync(join(home, ".ao", "config.toml"), settings.join("\n"));
  writeFileSync(join(home, "src", "shop", ".ao", "config.toml"), team.join("\n"));
}

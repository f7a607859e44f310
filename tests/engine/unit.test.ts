import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import * as plist from "plist";

import { launchdPlist, launchdProgram } from "../../src/engine/supervisor/launchd-plist.ts";
import type { DaemonFacts } from "../../src/engine/supervisor/port.ts";
import { systemdProgram, systemdUnit } from "../../src/engine/supervisor/systemd-unit.ts";
import { commandOf, environmentOf, settingsOf } from "../support/unit-file.ts";

const folder = mkdtempSync(join(tmpdir(), "ao-unit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasSystemd = Bun.which("systemd-analyze") !== null;
if (!hasSystemd) process.stderr.write("skipped: systemd-analyze is not installed (apt: systemd)\n");

/** Facts in which every path lies in a folder of that name. */
function factsIn(name: string): DaemonFacts {
  const home = join(folder, name);
  return {
    command: [`${home}/ao`, "daemon", `--data-dir=${home}/.ao`],
    path: `${home}/bin:/usr/bin`,
    home,
    logFile: `${home}/.ao/logs/daemon.log`,
  };
}

/** What systemd itself says of units, all in one call; an empty text is its consent. */
function verify(units: string[]): string {
  const paths = units.map((unit, index) => {
    const path = join(folder, `ao-${index}.service`);
    writeFileSync(path, unit);
    return path;
  });
  const env = { PATH: process.env["PATH"], XDG_RUNTIME_DIR: folder, HOME: folder };
  const argv = ["systemd-analyze", "--user", "--man=no", "verify", ...paths];
  const { exitCode, stdout, stderr } = Bun.spawnSync(argv, { env });
  return `${exitCode === 0 ? "" : `exit ${exitCode}: `}${stdout}${stderr}`;
}

/** Names of folders that a unit could take for something else. */
const oddNames = [
  "plain",
  "two words",
  "100%h %%",
  "$HOME ${PATH} $$",
  "é日本",
  "#;=,",
  "a~&<>]]>",
];

describe("the systemd unit", () => {
  test.each([...oddNames, `it's "quoted"`, "back\\slash\\n"])("names paths in %p", (name) => {
    const facts = { ...factsIn(name), command: ["/usr/bin/ao", ...factsIn(name).command] };
    const unit = systemdUnit(facts);
    expect(commandOf(unit)).toEqual(facts.command);
    expect(environmentOf(unit)).toEqual({ PATH: facts.path });
  });

  test.if(hasSystemd)("is accepted by systemd-analyze, whatever the program's folder", () => {
    const units = oddNames.map((name) => {
      const facts = factsIn(name);
      mkdirSync(facts.home, { recursive: true });
      writeFileSync(`${facts.home}/ao`, "#!/bin/sh\n", { mode: 0o755 });
      return systemdUnit(facts);
    });
    expect(verify(units)).toBe("");
    const [first = ""] = units;
    expect(verify([first.replace("KillMode=process", "KillMode=nobody")])).toContain("kill mode");
  });

  test("leaves agents and terminals alone, and is watched", () => {
    expect(Object.fromEntries(settingsOf(systemdUnit(factsIn("plain"))))).toMatchObject({
      Type: "notify",
      NotifyAccess: "main",
      WatchdogSec: "60",
      Restart: "on-failure",
      KillMode: "process",
      OOMPolicy: "continue",
      TasksMax: "infinity",
      WantedBy: "default.target",
    });
  });

  test("tells which program it starts", () => {
    for (const name of oddNames) {
      const facts = factsIn(name);
      expect(systemdProgram(systemdUnit(facts))).toBe(facts.command[0]);
    }
    expect(systemdProgram("[Service]\n")).toBeUndefined();
  });

  test("is refused for a program that systemd would not start", () => {
    for (const name of ["it's", 'a"b', "back\\slash"]) {
      expect(() => systemdUnit(factsIn(name))).toThrow(/holds a quote or a backslash/);
    }
  });
});

describe("the launchd plist", () => {
  test.each([...oddNames, `it's "quoted"`, "back\\slash"])("names paths in %p", (name) => {
    const facts = factsIn(name);
    const text = launchdPlist("ao.daemon", facts);
    expect(plist.parse(text)).toEqual({
      Label: "ao.daemon",
      ProgramArguments: facts.command,
      EnvironmentVariables: { PATH: facts.path },
      WorkingDirectory: facts.home,
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      AbandonProcessGroup: true,
      ProcessType: "Interactive",
      ExitTimeOut: 10,
      StandardOutPath: facts.logFile,
      StandardErrorPath: facts.logFile,
    });
    expect(launchdProgram(text)).toBe(facts.command[0]);
  });

  test("without arguments starts no program", () => {
    expect(launchdProgram("<plist/>")).toBeUndefined();
  });
});

test.each(["a\nb", "a\u0000b", "tab\tbed"])(
  "a path with a control character (%p) is refused",
  (name) => {
    const facts = factsIn(name);
    expect(() => systemdUnit(facts)).toThrow(/control character/);
    expect(() => launchdPlist("ao.daemon", facts)).toThrow(/control character/);
  },
);

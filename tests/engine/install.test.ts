import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { checkDaemon } from "../../src/engine/doctor/daemon.ts";
import { supervisorOf } from "../../src/engine/supervisor/choose.ts";
import { daemonFacts, loginPath } from "../../src/engine/supervisor/facts.ts";
import { installDaemon, uninstallDaemon } from "../../src/engine/supervisor/install.ts";
import { trimLog } from "../../src/engine/supervisor/log-file.ts";
import { daemonStatus } from "../../src/engine/supervisor/status.ts";
import { acquireLease } from "../../src/store/lease.ts";
import { self, World } from "../support/engine.ts";
import { FakeSupervisor } from "../support/fake-supervisor.ts";
import { commandOf, environmentOf } from "../support/unit-file.ts";

setDefaultTimeout(60_000);

const worlds: World[] = [];
afterAll(() => {
  for (const world of worlds) world.close();
});

/** A machine of that kind, whose supervisor records its calls. */
function newMachine(platform: NodeJS.Platform = "linux", more: Record<string, string> = {}) {
  const world = new World();
  worlds.push(world);
  const programs = new FakeSupervisor(world.folder, world.env["PATH"] ?? "");
  const env = { ...world.env, ...programs.env, XDG_RUNTIME_DIR: world.folder, ...more };
  const engine = world.engine({ env });
  const supervisor = supervisorOf(engine, platform);
  return { world, programs, engine, supervisor, unit: () => unitAt(supervisor.unitPath) };
}

function unitAt(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

describe("install under systemd", () => {
  test("writes the unit and starts it, again leaves it alone, uninstall undoes it", async () => {
    const { world, engine, supervisor, programs, unit } = newMachine();
    const name = supervisor.unitName;
    expect(name).toMatch(/^ao-[0-9a-f]{8}\.service$/);
    expect(supervisor.unitPath).toBe(`${world.folder}/home/.config/systemd/user/${name}`);
    const advice = expect.stringContaining("loginctl enable-linger");
    expect(await installDaemon(engine, supervisor)).toEqual({ outcome: "installed", advice });
    expect(commandOf(unit() ?? "")).toEqual([...self, "daemon", `--data-dir=${world.dataDir}`]);
    const start = [
      "systemctl --user daemon-reload",
      `systemctl --user enable ${name}`,
      `systemctl --user start ${name}`,
    ];
    expect(programs.calls()).toEqual(start);
    expect(await installDaemon(engine, supervisor)).toMatchObject({ outcome: "unchanged" });
    expect(programs.calls()).toEqual(start);
    expect(await uninstallDaemon(supervisor)).toBe(true);
    expect(unit()).toBeUndefined();
    expect(programs.calls()).toEqual([
      `systemctl --user disable --now ${name}`,
      "systemctl --user daemon-reload",
      `systemctl --user reset-failed ${name}`,
    ]);
    expect(await uninstallDaemon(supervisor)).toBe(false);
    expect(programs.calls({ all: true })).toEqual([]);
  });

  test("replaces a unit that differs and starts the daemon anew", async () => {
    const { engine, supervisor, programs, unit } = newMachine("linux", { LINGER: "yes" });
    await installDaemon(engine, supervisor);
    const before = unit();
    writeFileSync(supervisor.unitPath, "[Service]\n");
    programs.runs(process.pid);
    programs.calls();
    const installed = await installDaemon(engine, supervisor);
    expect(installed).toEqual({ outcome: "replaced", advice: undefined });
    expect(unit()).toBe(before);
    expect(programs.calls()).toContain(`systemctl --user restart ${supervisor.unitName}`);
  });

  test.each([
    ["its session cannot be reached", "show --property=Version", "unavailable", []],
    ["the daemon does not start", " start ", "failed", ["daemon-reload"]],
    ["the unit cannot be enabled", " enable ", "failed", ["daemon-reload"]],
  ])("leaves nothing behind when %s", async (_why, pattern, code, undone) => {
    const { engine, supervisor, programs, unit } = newMachine();
    programs.failAt(pattern);
    expect(installDaemon(engine, supervisor)).rejects.toMatchObject({
      code,
      message: expect.stringContaining("No medium found"),
    });
    expect(unit()).toBeUndefined();
    const calls = programs.calls();
    for (const call of undone) expect(calls.at(-2)).toBe(`systemctl --user ${call}`);
    if (undone.length === 0) expect(calls).toEqual([]);
  });

  test("puts the unit before back when the new one does not start", async () => {
    const { engine, supervisor, programs, unit } = newMachine();
    mkdirSync(join(supervisor.unitPath, ".."), { recursive: true });
    writeFileSync(supervisor.unitPath, "[Service]\n");
    programs.failAt(" start ");
    expect(installDaemon(engine, supervisor)).rejects.toMatchObject({ code: "failed" });
    expect(unit()).toBe("[Service]\n");
    expect(programs.calls().at(-1)).toBe(`systemctl --user restart ${supervisor.unitName}`);
  });

  test("is refused while a daemon runs that it did not start", async () => {
    const { engine, supervisor, programs, unit } = newMachine();
    acquireLease(engine.store, "daemon", engine.owner, 60_000);
    expect(installDaemon(engine, supervisor)).rejects.toMatchObject({
      code: "conflict",
      hint: `kill ${process.pid}`,
    });
    expect(unit()).toBeUndefined();
    programs.runs(process.pid);
    expect(await installDaemon(engine, supervisor)).toMatchObject({ outcome: "installed" });
  });

  test("starts a daemon of another version anew", async () => {
    const { world, engine, supervisor, programs } = newMachine();
    await installDaemon(engine, supervisor);
    acquireLease(engine.store, "daemon", engine.owner, 60_000);
    const address = { url: "http://127.0.0.1:4870", port: 4870, socketPath: "/tmp/ao.sock" };
    const program = { version: "0.0.1", commit: "abc", startedAt: 1 };
    const record = { ...engine.owner, ...program, ...address };
    writeFileSync(join(world.dataDir, "daemon.json"), JSON.stringify(record));
    programs.runs(process.pid);
    expect(await daemonStatus(engine, supervisor)).toMatchObject({
      isOutdated: true,
      startedAt: 1,
      url: address.url,
    });
    expect(await checkDaemon(engine)).toMatchObject({
      level: "warning",
      detail: expect.stringContaining(`process ${process.pid} is 0.0.1 (abc), this ao `),
      hint: "ao daemon install",
    });
    expect(await installDaemon(engine, supervisor)).toMatchObject({ outcome: "restarted" });
    expect(programs.calls()).toContain(`systemctl --user restart ${supervisor.unitName}`);
  });

  test("is told by doctor when its program is gone, or does not run", async () => {
    const { engine, supervisor } = newMachine();
    expect(await checkDaemon(engine)).toMatchObject({ level: "ok" });
    await installDaemon(engine, supervisor);
    expect(await checkDaemon(engine)).toMatchObject({ level: "warning", hint: "ao daemon logs" });
    const text = readFileSync(supervisor.unitPath, "utf8");
    writeFileSync(supervisor.unitPath, text.replace(/ExecStart="[^"]*/, 'ExecStart="/gone/ao'));
    expect(await checkDaemon(engine)).toMatchObject({
      level: "error",
      detail: expect.stringContaining("starts /gone/ao, which is not there"),
      hint: "ao daemon install",
    });
  });

  test("is unavailable where there is no systemd", async () => {
    const { world } = newMachine();
    const engine = world.engine({ env: { ...world.env, PATH: world.bin } });
    const supervisor = supervisorOf(engine, "linux");
    expect(installDaemon(engine, supervisor)).rejects.toMatchObject({ code: "unavailable" });
    expect(() => supervisorOf(engine, "freebsd")).toThrow(/no supervisor is known/);
  });
});

describe("install under launchd", () => {
  test("loads the job once, loads it anew when replaced, and unloads it", async () => {
    const { world, engine, supervisor, programs, unit } = newMachine("darwin");
    const { unitName, unitPath } = supervisor;
    const gui = `gui/${process.getuid?.()}`;
    const load = `launchctl bootstrap ${gui} ${unitPath}`;
    expect(unitPath).toBe(`${world.folder}/home/Library/LaunchAgents/${unitName}.plist`);
    expect(await installDaemon(engine, supervisor)).toMatchObject({ outcome: "installed" });
    expect(programs.calls()).toEqual([`launchctl enable ${gui}/${unitName}`, load]);
    expect(existsSync(join(world.dataDir, "logs"))).toBe(true);
    expect(await installDaemon(engine, supervisor)).toMatchObject({ outcome: "unchanged" });
    expect(programs.calls()).toEqual([`launchctl enable ${gui}/${unitName}`]);
    programs.runs(process.pid);
    writeFileSync(unitPath, "<plist/>");
    expect(await installDaemon(engine, supervisor)).toMatchObject({ outcome: "replaced" });
    expect(programs.calls()).toEqual([
      `launchctl bootout ${gui}/${unitName}`,
      `launchctl enable ${gui}/${unitName}`,
      load,
    ]);
    expect(await supervisor.state()).toEqual({ state: "running", pid: process.pid });
    expect(await uninstallDaemon(supervisor)).toBe(true);
    expect(programs.calls()).toEqual([`launchctl bootout ${gui}/${unitName}`]);
    expect(unit()).toBeUndefined();
  });

  test("goes to the session of an SSH login, or is unavailable without one", async () => {
    const { engine, supervisor, programs, unit } = newMachine("darwin");
    programs.failAt("print gui");
    await installDaemon(engine, supervisor);
    expect(programs.calls().at(-1)).toStartWith(`launchctl bootstrap user/`);
    await uninstallDaemon(supervisor);
    programs.failAt("print");
    expect(installDaemon(engine, supervisor)).rejects.toMatchObject({ code: "unavailable" });
    expect(unit()).toBeUndefined();
  });
});

describe("the facts of a unit", () => {
  test("name the link on the path that stays when a package is upgraded", async () => {
    const { world, engine } = newMachine();
    expect((await daemonFacts(engine)).command[0]).toBe(self[0] ?? "");
    symlinkSync(self[0] ?? "", join(world.bin, "ao"));
    expect((await daemonFacts(engine)).command[0]).toBe(join(world.bin, "ao"));
  });

  test("name the default data directory's unit plainly", () => {
    const { world, engine } = newMachine();
    const other = { ...engine, dataDir: join(world.folder, "home", ".ao") };
    expect(supervisorOf(other, "linux").unitName).toBe("ao.service");
    expect(supervisorOf(other, "darwin").unitName).toBe("ao.daemon");
  });

  test("take the path from the login shell, else from this one", async () => {
    const { world, engine, supervisor, unit } = newMachine("linux", { PATH: "" });
    const shell = join(world.bin, "shell");
    world.program("shell", '#!/bin/sh\necho welcome\nPATH="/a b:.:/usr/bin:/a b"; eval "$4"\n');
    const env = { ...engine.env, SHELL: shell };
    expect(await loginPath(env)).toBe("/a b:/usr/bin");
    world.program("shell", "#!/bin/sh\nexit 3\n");
    expect(await loginPath(env)).toBeUndefined();
    world.program("shell", "#!/bin/sh\nsleep 600\n");
    expect(await loginPath(env, 100)).toBeUndefined();
    expect(await loginPath({ ...env, SHELL: "/nowhere/sh" })).toBeUndefined();
    expect(await loginPath({ ...env, SHELL: "sh" })).toBeUndefined();
    const facts = await daemonFacts({ ...engine, env: { ...engine.env, PATH: "/b::bin:/c" } });
    expect(environmentOf(supervisor.unitText(facts))).toEqual({ PATH: "/b:/c" });
    expect(unit()).toBeUndefined();
  });

  test("take the path that a real login shell makes", async () => {
    const { world, engine } = newMachine();
    writeFileSync(
      join(world.folder, "home", ".bash_profile"),
      'export PATH="/mine:/usr/bin:/bin"\n',
    );
    const bash = Bun.which("bash");
    if (bash === null) throw new Error("bash is not installed");
    expect(await loginPath({ ...engine.env, SHELL: bash })).toBe("/mine:/usr/bin:/bin");
  });
});

test("a log that nobody else cuts keeps its last lines, in the same file", () => {
  const { world } = newMachine();
  const path = join(world.folder, "daemon.log");
  trimLog(path);
  writeFileSync(path, Array.from({ length: 100 }, (_, line) => `line ${line}\n`).join(""));
  trimLog(path, { largest: 10_000, kept: 20 });
  expect(readFileSync(path, "utf8")).toStartWith("line 0\n");
  trimLog(path, { largest: 100, kept: 20 });
  expect(readFileSync(path, "utf8")).toBe("line 98\nline 99\n");
});

import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";

import { echo, Machine, slowMs } from "../support/ao.ts";
import { FakeSupervisor } from "../support/fake-supervisor.ts";
import { processesOf } from "../support/leftovers.ts";
import { UnitRunner } from "../support/unit-runner.ts";
import { waitFor } from "../support/wait.ts";

setDefaultTimeout(slowMs);

const isLinux = process.platform === "linux";
if (!isLinux) process.stderr.write("skipped: units of systemd are not run on this system\n");
const hasTmux = Bun.which("tmux") !== null;
if (!hasTmux) process.stderr.write("skipped: tmux is not installed, so nothing runs in it\n");
const runtimes = hasTmux ? ["pty", "tmux"] : ["pty"];

interface Status {
  isRunning: boolean;
  pid: number | null;
  loopsPid: number | null;
  isOutdated: boolean;
  startedAt: string | null;
  unit: { isInstalled: boolean; state: string; program: string; isProgramThere: boolean };
}

/** A machine whose supervisor is a stand-in, with an installed daemon; returns its unit too. */
async function installed(machine: Machine) {
  const programs = new FakeSupervisor(machine.folder, machine.env["PATH"] ?? "");
  Object.assign(machine.env, programs.env);
  const { path } = await machine.json<{ path: string }>(["daemon", "install"]);
  return { programs, path, unit: readFileSync(path, "utf8") };
}

const status = async (machine: Machine): Promise<Status> =>
  JSON.parse((await machine.ao(["daemon", "status", "--json"])).stdout) as Status;

test.if(isLinux)(
  "agents and terminals outlive a daemon that its supervisor restarts, and that dies",
  async () => {
    await using machine = await Machine.withProject();
    for (const runtime of runtimes) await machine.spawn(echo, "--runtime", runtime);
    const agents = processesOf(machine.home).sort();
    const { programs, path, unit } = await installed(machine);
    expect(path).toBe(`${machine.home}/.config/systemd/user/ao.service`);
    await using runner = new UnitRunner(unit, machine.home);
    await runner.start();
    await waitFor(() => runner.told("WATCHDOG=1") >= 3, { withinMs: 10_000 });
    programs.runs(runner.pid ?? 0);
    const first = await status(machine);
    expect(first).toMatchObject({ isRunning: true, pid: runner.pid, isOutdated: false });
    expect(first.unit).toMatchObject({ state: "active", program: machine.program });

    process.kill(runner.pid ?? 0, "SIGKILL");
    await waitFor(() => runner.starts === 2, { withinMs: 5_000 });
    await runner.ready();
    const second = await status(machine);
    expect(second).toMatchObject({ isRunning: true, pid: runner.pid });
    expect(second.pid).not.toBe(first.pid);
    await waitFor(async () => (await status(machine)).loopsPid === runner.pid);

    expect(await runner.stop()).toBe(0);
    expect(runner.told("STOPPING=1")).toBe(1);
    expect(processesOf(machine.home).sort()).toEqual(agents);
    expect((await machine.ao(["daemon", "status"])).exitCode).toBe(3);

    await runner.start();
    for (const { id } of await machine.sessions()) {
      expect(await machine.ok(["send", id, "still there"])).toStartWith("submitted");
      const answered = async () => (await machine.ok(["logs", id])).includes("got still there");
      await waitFor(answered, { withinMs: 10_000 });
    }
    expect(await runner.stop()).toBe(0);
    expect(await machine.ok(["daemon", "uninstall"])).toBe("ao.service was ended and removed");
    expect(processesOf(machine.home).sort()).toEqual(agents);
  },
);

test.if(isLinux)("the commands of the daemon say what they did and found", async () => {
  await using machine = await Machine.create();
  const block = async (...words: string[]) => machine.block(await machine.ao(words));
  expect(await block("daemon", "logs")).toBe(
    "exit 3\nerr | error: no daemon is installed, and one in the foreground prints where it was " +
      "started\nerr | hint: ao daemon install",
  );
  const { programs } = await installed(machine);
  const path = "<folder>/home/.config/systemd/user/ao.service";
  const linger =
    "err | it ends with your last login, and starts at the next one, unless: " +
    "loginctl enable-linger";
  expect(await block("daemon", "install")).toBe(
    `exit 0\nout | ao.service is installed already: ${path}\n${linger}`,
  );
  expect(await block("daemon", "status")).toBe(
    "exit 3\nout | daemon  does not run\n" +
      "out | loops   run by nobody; each command does a short pass itself\n" +
      `out | unit    ${path} (systemd, active)\nout | data    <folder>/home/.ao`,
  );
  programs.calls();
  expect(await block("daemon", "logs", "-n", "20")).toBe("exit 0\nout | one\nout | two");
  expect(programs.calls()).toEqual([
    "journalctl --user-unit=ao.service --lines=20 --output=short-iso --no-pager --quiet",
  ]);
  expect(await machine.ok(["daemon", "logs", "--json"])).toMatch(/^{"line":"one"}\n{"line":/);
  await using follower = machine.start(["daemon", "logs", "--follow"]);
  await follower.said(/^one\ntwo$/m);
  expect(await follower.end("SIGINT")).toBe(0);
  programs.failAt("journalctl");
  expect(await block("daemon", "logs")).toBe(
    "exit 5\nerr | error: the log cannot be read: No medium found\nerr | hint: ao daemon status",
  );
  await using daemon = machine.start(["daemon"]);
  await daemon.said(/runs as process/);
  const found = await block("daemon", "status");
  expect(found).toMatch(/^exit 0\nout \| daemon {2}runs as process \d+, up \w+, version \S+ \(/);
  expect(found).toContain("out | loops   run by the daemon");
  expect(await block("daemon", "install")).toBe(
    `exit 4\nerr | error: a daemon that was started otherwise runs already, as process ` +
      `${daemon.process.pid}\nerr | hint: kill ${daemon.process.pid}`,
  );
  expect(await daemon.end()).toBe(0);
  expect(await block("daemon", "uninstall")).toBe("exit 0\nout | ao.service was ended and removed");
  expect(await block("daemon", "uninstall")).toBe("exit 0\nout | ao.service is not installed");
});

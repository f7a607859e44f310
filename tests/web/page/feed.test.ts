import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";

import type { Browser, Page } from "playwright-core";

import { slowMs } from "../../support/ao.ts";
import { browserProgram, launchBrowser, pictures } from "../../support/browser.ts";
import { waitFor } from "../../support/wait.ts";
import { session } from "./canned-data.ts";
import { busy, CannedServer } from "./canned-server.ts";

if (browserProgram === undefined) {
  process.stderr.write("skip: no Chromium on this machine, so the page's stream is not tried\n");
}

describe.skipIf(browserProgram === undefined)("the page's stream", () => {
  let browser: Browser;
  let server: CannedServer;
  let page: Page;

  beforeAll(async () => {
    server = new CannedServer({ ...busy, sessions: [session(1), session(2)] });
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1200, height: 500 } });
    page.setDefaultTimeout(10_000);
    await page.goto(server.url);
    await card(1).waitFor();
  }, slowMs);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const card = (number: number) => page.locator(`[data-session=shop-${number}]`);
  const readings = () => server.asked.filter((line) => line === "GET /sessions").length;
  const rename = (title: string) => {
    server.world = { ...server.world, sessions: [session(1, { title }), session(2)] };
  };

  test("reads what an event concerns, once for a burst, and nothing by the clock", async () => {
    await page.clock.install();
    const before = readings();
    rename("first of a burst");
    for (let count = 0; count < 30; count += 1) server.tell("session_updated", "shop-1");
    server.tell("message_updated", "shop-2");
    await page.clock.runFor(500);
    await card(1).getByText("first of a burst").waitFor();
    await page.clock.runFor(120_000);
    expect(readings() - before).toBeLessThanOrEqual(2);
    expect(server.asked.filter((line) => line === "GET /prs")).toEqual([]);
    await page.clock.resume();
  });

  test("reads statuses that depend on time with the heartbeat, and only then", async () => {
    const silent = session(2, { status: "idle", activity: "idle", agentSessionId: null });
    server.world = { ...server.world, sessions: [session(1), silent] };
    server.tell("session_updated", "shop-2");
    await card(2).getByText("idle").waitFor();
    server.world = { ...server.world, sessions: [session(1), { ...silent, status: "working" }] };
    server.heartbeat();
    await card(2).getByText("working").waitFor();
    rename("by event");
    server.tell("session_updated", "shop-2");
    await card(1).getByText("by event").waitFor();
    const before = readings();
    server.heartbeat();
    server.tell("project_updated");
    await waitFor(() => server.asked.at(-1) === "GET /projects");
    expect(readings()).toBe(before);
  });

  test("loads anew when the log begins anew, and goes on from there", async () => {
    rename("of another log");
    server.reset();
    await card(1).getByText("of another log").waitFor();
  });

  test("says when it is out of date, shows what it had, and goes on from there", async () => {
    const { port, world } = server;
    await server.stop();
    const banner = page.getByText("The daemon does not answer. This is from");
    await banner.waitFor();
    await card(1).getByText("of another log").waitFor();
    await page.screenshot({ path: join(pictures, "unreachable.png") });
    await page.evaluate("location.hash = '#/session/shop-2'");
    await page.getByText("the daemon does not answer").first().waitFor();
    server = new CannedServer(world, port);
    await banner.waitFor({ state: "hidden" });
    await page.getByRole("heading", { name: "make checkout idempotent" }).waitFor();
    expect(server.cursors[0]).toBe("f.5");
  });

  test("stops asking once it is signed out", async () => {
    await page.route("**/api/v1/events", (route) => route.fulfill({ status: 401, body: "{}" }));
    await page.reload();
    await page.getByRole("heading", { name: "Not signed in" }).waitFor();
    await page.getByText("ao web").waitFor();
  });
});

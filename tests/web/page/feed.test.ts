import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { Browser, Page } from "playwright-core";

import { slowMs } from "../../support/ao.ts";
import { browserProgram, launchBrowser, picture } from "../../support/browser.ts";
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
    const context = await browser.newContext({ viewport: { width: 1200, height: 500 } });
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    await page.goto(server.url);
    await card(1).waitFor();
  }, slowMs);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const card = (number: number) => page.locator(`[data-session=shop-${number}]`);
  const readings = (path: string) => server.asked.filter((line) => line === `GET ${path}`).length;
  const rename = (title: string) => {
    server.world = { ...server.world, sessions: [session(1, { title }), session(2)] };
  };

  test("reads what an event concerns, once for a burst, and nothing by the clock", async () => {
    await page.clock.install();
    const before = [readings("/sessions"), readings("/sessions/shop-1")];
    rename("first of a burst");
    for (let count = 0; count < 30; count += 1) server.tell("session_updated", "shop-1");
    server.tell("message_updated", "shop-2");
    await page.clock.runFor(500);
    await card(1).getByText("first of a burst").waitFor();
    await page.clock.runFor(120_000);
    const after = [readings("/sessions"), readings("/sessions/shop-1")];
    expect(after[0]).toBe(before[0] ?? 0);
    expect((after[1] ?? 0) - (before[1] ?? 0)).toBeLessThanOrEqual(2);
    expect(readings("/prs")).toBe(0);
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
    server.tell("session_updated", "shop-1");
    await card(1).getByText("by event").waitFor();
    const count = server.asked.length;
    server.heartbeat();
    server.tell("project_updated");
    await waitFor(() => server.asked.at(-1) === "GET /projects");
    expect(server.asked.slice(count)).toEqual(["GET /projects"]);
  });

  test("drops a session that is gone, and reads all where much happened", async () => {
    server.world = { ...server.world, sessions: [session(1)] };
    server.tell("session_deleted", "shop-2");
    await card(2).waitFor({ state: "detached" });
    const many = Array.from({ length: 12 }, (_, index) => session(index + 1));
    server.world = { ...server.world, sessions: many };
    const before = readings("/sessions");
    for (const { id } of many) server.tell("session_created", id);
    await card(12).waitFor();
    expect(readings("/sessions")).toBe(before + 1);
  });

  test("loads anew when the log begins anew, and goes on from there", async () => {
    rename("of another log");
    server.reset();
    await card(1).getByText("of another log").waitFor();
    server.dropStreams();
    await waitFor(() => server.cursors.at(-1) === "f.5");
  });

  test("is kept by one of the pages that nobody sees, and taken up again when seen", async () => {
    const other = await page.context().newPage();
    await other.clock.install();
    await other.goto(server.url);
    await other.locator("[data-session=shop-1]").waitFor();
    expect(server.followers).toBe(2);
    for (const one of [page, other]) {
      await one.evaluate(`Object.defineProperty(document, "hidden", { get: () => globalThis.away });
        globalThis.away = true;
        document.dispatchEvent(new Event("visibilitychange"));`);
      await one.clock.runFor(11_000);
      // Whoever is hidden first keeps the stream, as soon as the browser has granted it.
      const isKept = async () => ((await navigator.locks.query()).held ?? []).length === 1;
      await waitFor(() => one.evaluate(isKept));
    }
    await waitFor(() => server.followers === 1);
    rename("while away");
    server.tell("session_updated", "shop-1");
    await card(1).getByText("while away").waitFor();
    await other.evaluate(`globalThis.away = false;
      document.dispatchEvent(new Event("visibilitychange"));`);
    await waitFor(() => server.followers === 2);
    expect(server.cursors.at(-1)).toMatch(/^e\.\d+$/);
    await other.close();
    await page.evaluate(`globalThis.away = false;
      document.dispatchEvent(new Event("visibilitychange"));`);
  });

  test("says when it is out of date, shows what it had, and goes on from there", async () => {
    const { port, world } = server;
    await server.stop();
    const banner = page.getByText("The daemon does not answer. This is from");
    await banner.waitFor();
    await card(1).getByText("while away").waitFor();
    await picture(page, "unreachable");
    await page.evaluate("location.hash = '#/session/shop-2'");
    await page.getByText("the daemon does not answer").first().waitFor();
    server = new CannedServer(world, port);
    await banner.waitFor({ state: "hidden" });
    await page.getByRole("heading", { name: "make checkout idempotent" }).waitFor();
    expect(server.cursors[0]).toMatch(/^e\.\d+$/);
  });

  test("stops asking once it is signed out", async () => {
    await page.route("**/api/v1/events", (route) => route.fulfill({ status: 401, body: "{}" }));
    await page.reload();
    await page.getByRole("heading", { name: "Not signed in" }).waitFor();
    await page.getByText("ao web").waitFor();
  });
});

import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";

import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

import type { Running } from "./ao-running.ts";
import type { Machine } from "./ao.ts";
import { waitFor } from "./wait.ts";

const programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where this machine's browser is; undefined where there is none. */
export const browserProgram = programs.find((path) => existsSync(path));

const pictures = join(dirname(dirname(import.meta.dir)), "artifacts", "dashboard");

/** Starts the distribution's own browser. Its sandbox does not run as root, as in a container. */
export function launchBrowser(): Promise<Browser> {
  if (browserProgram === undefined) throw new Error("no Chromium on this machine");
  mkdirSync(pictures, { recursive: true });
  return chromium.launch({
    executablePath: browserProgram,
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb"],
  });
}

/** Takes a picture of a page for people to look at; git does not see it. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

/** A daemon with its web face on a port of its own. */
export interface Served {
  daemon: Running;
  url: string;
}

/** Starts `ao daemon`, and waits until it tells where it is. */
export async function startDaemon(
  machine: Machine,
  env: Record<string, string> = {},
): Promise<Served> {
  const daemon = machine.start(["daemon"], { env });
  const url = await waitFor(() => /\bat (http:\S+)/.exec(daemon.stderr)?.[1], {
    withinMs: 15_000,
    what: "the daemon's address",
  });
  return { daemon, url };
}

/** What a page complained of; a test ends with none. */
export interface Watched {
  page: Page;
  complaints: string[];
}

/** Opens a page that notes everything its console and its requests complain of. */
export async function openPage(context: BrowserContext): Promise<Watched> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`page: ${error.message}`));
  return { page, complaints };
}

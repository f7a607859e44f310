import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

import { type ModelServer, startModelServer } from "../../tests/support/model-server/server.ts";
import { run } from "../run.ts";
import type { Subject } from "./catalogue.ts";

/** A person's machine for one agent: a home, a repository, a data folder, a model. */
export interface Place {
  root: string;
  home: string;
  repository: string;
  dataDir: string;
  model: ModelServer;
}

/** Makes a place in a temporary folder, with everything that a logged-in person has. */
export async function makePlace(subject: Subject): Promise<Place> {
  const root = mkdtempSync(join(tmpdir(), `ao-conformance-${subject.agent}-`));
  const place: Place = {
    root,
    home: join(root, "home"),
    repository: join(root, "shop"),
    dataDir: join(root, "data"),
    model: startModelServer(),
  };
  for (const folder of [place.home, place.repository, join(root, "tmp")]) mkdirSync(folder);
  const files = { ".gitconfig": gitConfig, ...subject.files(place) };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(place.home, path)), { recursive: true });
    writeFileSync(join(place.home, path), content, { mode: 0o600 });
  }
  writeFileSync(join(place.repository, "readme.md"), "# shop\n");
  const env = { PATH: process.env["PATH"], HOME: place.home };
  for (const words of [
    ["init", "-b", "main"],
    ["add", "-A"],
    ["commit", "-m", "start"],
  ]) {
    const { exitCode, stderr } = await run(["git", ...words], { env, cwd: place.repository });
    if (exitCode !== 0) throw new Error(`git ${words.join(" ")}: ${stderr}`);
  }
  return place;
}

/** Takes everything away again. */
export async function removePlace(place: Place): Promise<void> {
  await place.model.stop();
  rmSync(place.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** The environment of the person's shell: nothing of the one that this script runs in. */
export function shellEnvironment(
  place: Place,
  subject: Subject,
  binaries: string,
): Record<string, string> {
  return {
    HOME: place.home,
    PATH: [binaries, process.env["PATH"] ?? ""].join(delimiter),
    LANG: "C.UTF-8",
    SHELL: "/bin/sh",
    USER: "person",
    // Codex refuses to run from below the temporary folder.
    TMPDIR: join(place.root, "tmp"),
    AO_DATA_DIR: place.dataDir,
    // Whatever an agent tries beyond its model fails at once.
    HTTPS_PROXY: "http://127.0.0.1:9",
    NO_PROXY: "127.0.0.1,localhost",
    npm_config_registry: "http://127.0.0.1:9",
    ...subject.env(place),
  };
}

/** The content of each of the person's settings; null for one that does not exist. */
export function readSettings(place: Place, subject: Subject): Record<string, string | null> {
  const read = (path: string) => {
    const full = join(place.home, path);
    return existsSync(full) ? readFileSync(full, "utf8") : null;
  };
  return Object.fromEntries(subject.settings.map((path) => [path, read(path)]));
}

const gitConfig = "[user]\n\tname = Person\n\temail = person@example.com\n";

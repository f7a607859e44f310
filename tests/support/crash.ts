import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Session } from "../../src/domain/session.ts";
import { type ProcessIdentity, readStat } from "../../src/process/identity.ts";
import { holderSockets, tmuxSocketPath } from "../../src/runtime/socket.ts";
import { openOperations } from "../../src/store/operation.ts";
import { listSessions } from "../../src/store/session.ts";
import { openStore } from "../../src/store/store.ts";
import { gitIn } from "./repository.ts";

/** A process that belongs to a data dir. */
export interface Found extends ProcessIdentity {
  kind: "agent" | "holder" | "helper" | "other";
  sessionId: string;
}

/** Every living process that was started for a data dir (Linux: by environment and words). */
export function processesOf(dataDir: string): Found[] {
  return readdirSync("/proc").flatMap((name): Found[] => {
    const pid = Number(name);
    const stat = Number.isInteger(pid) && pid !== process.pid ? readStat(pid) : undefined;
    if (!stat || stat.isZombie) return [];
    const words = readProc(pid, "cmdline");
    const variables = readProc(pid, "environ");
    const at = words.findIndex((word) => word === "__hold");
    if (at >= 0 && words[at + 1]?.startsWith(`${dataDir}/`)) {
      const sessionId = words[at + 1]?.split("/").at(-2) ?? "";
      return [{ pid, start: stat.start, kind: "holder", sessionId }];
    }
    if (words.includes("__run-once") && words.includes(dataDir)) {
      return [{ pid, start: stat.start, kind: "helper", sessionId: "" }];
    }
    const isOwn = words.includes(dataDir) || variables.includes(`AO_DATA_DIR=${dataDir}`);
    if (!isOwn) return [];
    const id = variables.find((one) => one.startsWith("AO_SESSION_ID="))?.slice(14);
    const isAgent = id !== undefined && variables.some((one) => one.startsWith("AO_LAUNCH_ID="));
    return [{ pid, start: stat.start, kind: isAgent ? "agent" : "other", sessionId: id ?? "" }];
  });
}

function readProc(pid: number, file: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0");
  } catch {
    // It has ended since it was listed.
    return [];
  }
}

/** What can be seen of a world from outside. */
export interface Place {
  root: string;
  dataDir: string;
}

/** What is wrong in a world where nothing is under way: empty when all belongs together. */
export function findOrphans(place: Place): string[] {
  const { rows, open } = readRows(place.dataDir);
  const kept = rows.filter(({ purgedAt }) => purgedAt === null);
  const live = rows.filter(({ isTerminated }) => !isTerminated);
  const found = processesOf(place.dataDir);
  const agents = found.filter(({ kind }) => kind === "agent").map(({ sessionId }) => sessionId);
  const holders = found.filter(({ kind }) => kind === "holder").map(({ sessionId }) => sessionId);
  const ptys = live.filter(({ runtime }) => runtime === "pty").map(({ id }) => id);
  const panes = live.filter(({ runtime }) => runtime === "tmux").map(({ launchId }) => launchId);
  const sockets = holderSockets(place.dataDir);
  return [
    ...open.map(({ kind, sessionId }) => `open operation: ${kind} of ${sessionId}`),
    ...compare("agent", agents, ids(live)),
    ...compare("holder", holders, ptys),
    ...compare("pane", panesOf(place.dataDir), panes.map(String)),
    ...(sockets.length === ptys.length ? [] : [`${sockets.length} sockets, ${ptys.length} ptys`]),
    ...compare(
      "worktree",
      worktreesOf(place),
      kept.map(({ worktreePath }) => worktreePath),
    ),
    ...compare(
      "branch",
      branchesOf(place),
      kept.map(({ branch }) => branch),
    ),
    ...compare("worktree folder", foldersOf(join(place.dataDir, "worktrees/shop")), ids(kept)),
    // A session that never got as far as a launch has none.
    ...compare("session folder", foldersOf(join(place.dataDir, "sessions")), ids(rows)).filter(
      (problem) => !problem.endsWith("is missing"),
    ),
    ...locksOf(place).map((name) => `lock left: ${name}`),
    ...statusOf(place),
  ];
}

/** Rows and unfinished operations, read by a connection of its own. */
export function readRows(dataDir: string) {
  const store = openStore(dataDir);
  try {
    return {
      rows: listSessions(store, { withTerminated: true }),
      open: openOperations(store),
    };
  } finally {
    store.close();
  }
}

/** The row of one session. Throws when there is none. */
export function rowOf(dataDir: string, id: string): Session {
  const found = readRows(dataDir).rows.find((row) => row.id === id);
  if (!found) throw new Error(`no row ${id}`);
  return found;
}

/** The content of a file as a session's worktree has it, or else its escrow. */
export function contentOf({ root, dataDir }: Place, id: string, path: string): string | undefined {
  const { worktreePath, escrowRef, purgedAt } = rowOf(dataDir, id);
  if (purgedAt === null) {
    const file = join(worktreePath, path);
    return existsSync(file) ? readFileSync(file, "utf8").trimEnd() : undefined;
  }
  return escrowRef === null ? undefined : gitIn(root, "show", `${escrowRef}:${path}`).trimEnd();
}

/** The panes of a data dir's tmux server by launch, dead ones included. */
export function panesOf(dataDir: string): string[] {
  const socket = tmuxSocketPath(dataDir);
  if (!existsSync(socket)) return [];
  try {
    const args = ["-S", socket, "list-panes", "-a", "-F", "#{@ao_launch}"];
    return execFileSync("tmux", args, { stdio: "pipe", encoding: "utf8" })
      .split("\n")
      .filter(Boolean);
  } catch {
    // A server goes with its last pane.
    return [];
  }
}

function compare(what: string, found: string[], wanted: string[]): string[] {
  const left = [...wanted];
  const surplus = found.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [
    ...surplus.map((one) => `${what} ${one} belongs to nothing`),
    ...left.map((one) => `${what} ${one} is missing`),
  ];
}

function ids(rows: readonly Session[]): string[] {
  return rows.map(({ id }) => id);
}

function worktreesOf({ root }: Place): string[] {
  const lines = gitIn(root, "worktree", "list", "--porcelain").split("\n");
  const paths = lines.flatMap((line) => (line.startsWith("worktree ") ? [line.slice(9)] : []));
  return paths.filter((path) => path !== root);
}

function branchesOf({ root }: Place): string[] {
  const names = gitIn(root, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/");
  return names.split("\n").filter((name) => name !== "main" && name !== "");
}

function foldersOf(path: string): string[] {
  return existsSync(path) ? readdirSync(path) : [];
}

function locksOf({ root }: Place): string[] {
  const names = readdirSync(join(root, ".git"), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".lock"));
}

function statusOf({ root }: Place): string[] {
  const status = gitIn(root, "status", "--porcelain");
  return status === "" ? [] : [`the person's work tree: ${status}`];
}

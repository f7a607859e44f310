import { command, group } from "../../src/cli/command.ts";
import { AoError } from "../../src/error.ts";

/** What the sample's commands were called with. */
export const ran: { path: string; args: unknown }[] = [];

const spawn = command({
  meta: { name: "spawn", description: "Start an agent on a task" },
  args: {
    prompt: { type: "positional", required: false, description: "What to do" },
    agent: { type: "string", alias: "a", description: "The agent to start", complete: "agent" },
    title: { type: "string", description: "A title" },
    mode: { type: "enum", options: ["plan", "edit"], default: "plan", description: "How freely" },
    env: { type: "string", repeated: true, valueHint: "NAME=VALUE", description: "Environment" },
    "prompt-file": { type: "string", complete: "file", description: "Read the task from a file" },
    checkout: { type: "boolean", default: true, description: "Leave the branch as it is" },
    watch: { type: "boolean", alias: "w", description: "Watch it" },
  },
  example: 'ao spawn "make checkout idempotent"',
  run: (_context, args) => {
    ran.push({ path: "spawn", args });
    return args.mode === "edit" ? 6 : undefined;
  },
});

const ls = command({
  meta: { name: "ls", description: "List sessions" },
  args: { all: { type: "boolean", description: "Terminated ones too" } },
  example: "ao ls --all",
  run: ({ output }, args) => output.result({ sessions: [] }, () => `all: ${args.all}`),
});

const kill = command({
  meta: { name: "kill", description: "End a session" },
  args: {
    session: { type: "positional", complete: "session", description: "Session id" },
    reason: { type: "string", required: true, description: "Why" },
  },
  example: "ao session kill shop-1 --reason done",
  run: (_context, args) => void ran.push({ path: "session kill", args }),
});

const tell = command({
  meta: { name: "tell", description: "Tell several sessions something" },
  args: {
    text: { type: "positional", description: "The text" },
    sessions: { type: "positional", repeated: true, complete: "session", description: "To whom" },
  },
  example: 'ao tell "stop" shop-1 shop-2',
  run: (_context, args) => void ran.push({ path: "tell", args }),
});

const install = command({
  meta: { name: "install", description: "Install the daemon" },
  example: "ao daemon install",
  run: () => void ran.push({ path: "daemon install", args: {} }),
});

const daemon = command({
  meta: { name: "daemon", description: "Keep the loops alive" },
  args: { port: { type: "string", valueHint: "n", description: "Port" } },
  example: "ao daemon --port 4870",
  subCommands: { install: async () => install },
  run: (_context, args) => void ran.push({ path: "daemon", args }),
});

const session = group({
  meta: { name: "session", description: "Steer sessions" },
  example: "ao session kill shop-1 --reason done",
  subCommands: { kill: async () => kill, ls: async () => ls },
});

const flood = command({
  meta: { name: "flood", description: "Print a lot" },
  args: {
    megabytes: { type: "positional", required: false, default: "10", description: "How much" },
    forever: { type: "boolean", description: "Until nobody reads any more" },
  },
  example: "ao flood",
  run: async ({ output }, { megabytes, forever }) => {
    const line = "x".repeat(999);
    for (let index = 0; index < Number(megabytes) * 1_000; index += 1) output.line(line);
    if (!forever) return;
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => output.line(line), 1);
      output.closed.addEventListener("abort", () => (clearInterval(timer), resolve()));
    });
  },
});

const fail = command({
  meta: { name: "fail", description: "Fail in some way" },
  args: {
    how: { type: "positional", options: ["missing", "defect"], description: "In which way" },
  },
  example: "ao fail missing",
  run: ({ output }, { how }) => {
    output.warn("about to \u001b[31mfail");
    output.note("as asked");
    if (how === "defect") throw new Error("nobody expected this");
    throw new AoError("not_found", "session shop-9 not found", "ao ls --all");
  },
});

const secret = command({
  meta: { name: "hook", description: "Run by agents", hidden: true },
  example: "ao hook claude-code Stop",
  run: () => undefined,
});

/** A small tree with every kind of argument, as the tests of the frame need it. */
export const root = group({
  meta: { name: "ao", description: "Supervises coding agents on your repositories" },
  example: 'ao spawn "make checkout idempotent"',
  sections: { Sessions: ["spawn", "ls"] },
  topics: { json: { description: "The JSON contract", text: "lists are objects\n" } },
  subCommands: {
    spawn: async () => spawn,
    ls: async () => ls,
    session: async () => session,
    tell: async () => tell,
    daemon: async () => daemon,
    flood: async () => flood,
    fail: async () => fail,
    completion: () => import("../../src/cli/completion.ts").then((m) => m.completion),
    hook: async () => secret,
    __hold: async () => secret,
  },
});

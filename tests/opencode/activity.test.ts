import { describe, expect, test } from "bun:test";

import { OpencodeActivity, type OpencodeReport } from "../../src/agent/opencode-activity.ts";
import { opencode, opencodeConfig, opencodeRules } from "../../src/agent/opencode.ts";
import { signalOf } from "../../src/domain/hook.ts";
import type { Activity, ActivityDetail } from "../../src/domain/session.ts";

const root = "ses_root";
const child = "ses_child";

const busy = (id = root) => status(id, "busy");
const idle = (id = root) => [status(id, "idle"), event("session.idle", { sessionID: id })];

describe("what the events of a turn come to", () => {
  test("is busy, then idle, told once each", () => {
    const turn = [busy(), event("message.updated", {}), busy(), busy(), ...idle(), ...idle()];
    expect(fold(turn)).toEqual(["busy ses_root", "idle ses_root"]);
  });

  test("is a failure at its end when it broke off by an error", () => {
    const error = { name: "APIError", data: { message: "no credit" } };
    const events = [busy(), event("session.error", { sessionID: root, error }), ...idle()];
    expect(fold([...events, busy(), ...idle()])).toEqual([
      "busy ses_root",
      "failed no credit",
      "busy ses_root",
      "idle ses_root",
    ]);
  });

  test("is idle when a person has broken it off", () => {
    const error = { name: "MessageAbortedError", data: { message: "Aborted" } };
    const events = [busy(), event("session.error", { sessionID: root, error }), ...idle()];
    expect(fold(events)).toEqual(["busy ses_root", "idle ses_root"]);
  });

  test("is a dialog and its answer", () => {
    const events = [busy(), asked("per_1", "rm x"), replied("per_1"), busy(), ...idle()];
    expect(fold(events)).toEqual([
      "busy ses_root",
      "approval bash: rm x",
      "answered per_1",
      "idle ses_root",
    ]);
  });

  test("shows the dialog that waits behind an answered one", () => {
    const events = [asked("per_1", "one"), asked("per_2", "two"), replied("per_2")];
    expect(fold([...events, replied("per_1"), replied("per_1")])).toEqual([
      "approval bash: one",
      "approval bash: two",
      "approval bash: one",
      "answered per_1",
    ]);
  });

  test("is a question with its words", () => {
    const questions = [{ question: "Which colour?", options: [] }];
    const one = event("question.asked", { id: "que_1", sessionID: root, questions });
    const rejected = event("question.rejected", { sessionID: root, requestID: "que_1" });
    expect(fold([one, rejected])).toEqual(["question Which colour?", "answered que_1"]);
  });

  test("leaves the turns of sub-agents out, but not what they ask", () => {
    const events = [
      busy(),
      event("session.created", { sessionID: child, info: { parentID: root } }),
      busy(child),
      asked("per_1", "ls", child),
      replied("per_1"),
      ...idle(child),
      ...idle(),
    ];
    expect(fold(events)).toEqual([
      "busy ses_root",
      "approval bash: ls",
      "answered per_1",
      "idle ses_root",
    ]);
  });

  test("tells once of each text that ao has sent, and of no other", () => {
    const part = (text: string, metadata?: Record<string, unknown>) =>
      event("message.part.updated", { sessionID: root, part: { type: "text", text, metadata } });
    const sent = part("hello", { ao: "message:1" });
    expect(fold([sent, sent, part("typed"), part("task", { ao: "task:shop-1" })])).toEqual([
      "taken hello",
    ]);
  });

  test("follows a person to another conversation", () => {
    const events = [
      event("session.created", { sessionID: "ses_new", info: {} }),
      busy("ses_new"),
      ...idle("ses_new"),
    ];
    expect(fold(events)).toEqual(["busy ses_new", "idle ses_new"]);
  });
});

describe("after a stream that was interrupted", () => {
  test("tells what has begun meanwhile", () => {
    const activity = new OpencodeActivity(root);
    const dialogs = [{ id: "per_1", kind: "approval" as const, text: "bash: ls" }];
    expect(lines(activity.resume({ children: [], busy: [root], dialogs }))).toEqual([
      "busy ses_root",
      "approval bash: ls",
    ]);
    expect(lines(activity.resume({ children: [], busy: [root], dialogs }))).toEqual([]);
  });

  test("tells what has ended meanwhile", () => {
    const activity = new OpencodeActivity(root);
    for (const one of [busy(), asked("per_1", "ls")]) activity.read(one);
    expect(lines(activity.resume({ children: [], busy: [], dialogs: [] }))).toEqual([
      "answered per_1",
      "idle ses_root",
    ]);
  });

  test("takes no conversation of a sub-agent for the session's own", () => {
    const activity = new OpencodeActivity(root);
    activity.resume({ children: [child], busy: [], dialogs: [] });
    const events = [busy(), busy(child), ...idle(child), ...idle()];
    expect(lines(events.flatMap((one) => activity.read(one)))).toEqual([
      "busy ses_root",
      "idle ses_root",
    ]);
    expect(lines(activity.resume({ children: [], busy: [child], dialogs: [] }))).toEqual([]);
  });

  test("tells nothing of a server that is quiet from the start", () => {
    expect(new OpencodeActivity(root).resume({ children: [], busy: [], dialogs: [] })).toEqual([]);
  });
});

describe("readHook", () => {
  test("turns the reports of a turn into the activity of the session", () => {
    let session = {
      activity: "idle" as Activity,
      activityDetail: null as ActivityDetail | null,
      launchId: "launch-1",
      agentSessionId: root,
    };
    const seen: string[] = [];
    const turn = [busy(), asked("per_1", "rm x"), busy(), replied("per_1"), ...idle()];
    for (const report of reportsOf(turn)) {
      const read = opencode.readHook?.(report.event, report.payload);
      if (!read) throw new Error(`${report.event} is not read`);
      const { activity = session.activity, detail = null } = signalOf(read, session, 0);
      session = { ...session, activity, activityDetail: detail };
      seen.push(`${activity} ${detail?.text ?? ""}`.trim());
    }
    expect(seen).toEqual(["active", "blocked bash: rm x", "active", "idle"]);
  });

  test("tells the conversation's id", () => {
    const read = opencode.readHook?.("started", { sessionID: root });
    expect(read).toEqual({ meaning: { kind: "started" }, agentSessionId: root });
    expect(opencode.readHook?.("something", {})).toBeUndefined();
  });
});

describe("a launch", () => {
  test("keeps a person's settings and lays its own over them", () => {
    const own = JSON.stringify({ theme: "dark", instructions: ["mine.md"], autoupdate: true });
    const config = opencodeConfig({ sessionDir: "/s", model: "a/b", mode: "accept-edits", own });
    expect(JSON.parse(config)).toEqual({
      theme: "dark",
      autoupdate: false,
      instructions: ["mine.md", "/s/instructions.md"],
      model: "a/b",
      permission: { edit: "allow", bash: "ask", webfetch: "ask", external_directory: "ask" },
    });
  });

  test("says nothing about what the person's settings decide", () => {
    const request = { sessionDir: "/s", model: null, mode: "default", own: "{ // x" } as const;
    expect(JSON.parse(opencodeConfig(request))).toEqual({
      autoupdate: false,
      instructions: ["/s/instructions.md"],
    });
    expect(opencodeRules("default")).toEqual([]);
    expect(opencodeRules("bypass")).toEqual([{ permission: "*", pattern: "*", action: "allow" }]);
  });
});

function event(type: string, properties: Record<string, unknown>) {
  return { type, properties };
}

function status(sessionID: string, type: string) {
  return event("session.status", { sessionID, status: { type } });
}

function asked(id: string, command: string, sessionID = root) {
  return event("permission.asked", { id, sessionID, permission: "bash", patterns: [command] });
}

function replied(requestID: string) {
  return event("permission.replied", { sessionID: root, requestID, reply: "once" });
}

function reportsOf(events: ReturnType<typeof event>[]): OpencodeReport[] {
  const activity = new OpencodeActivity(root);
  return events.flatMap((one) => activity.read(one));
}

function fold(events: ReturnType<typeof event>[]): string[] {
  return lines(reportsOf(events));
}

function lines(reports: OpencodeReport[]): string[] {
  return reports.map(({ event: name, payload }) => {
    return `${name} ${payload["text"] ?? payload["id"] ?? payload["sessionID"]}`;
  });
}

import { type Command, group } from "./command.ts";
import { topics } from "./topics.ts";

/** The whole tree: a command is found by typing its path. */
export const root: Command = group({
  meta: { name: "ao", description: "Supervise coding agents working in parallel" },
  example: 'ao spawn "make checkout idempotent"',
  sections: {
    Sessions: [
      "spawn",
      "ls",
      "send",
      "approve",
      "attach",
      "logs",
      "screen",
      "diff",
      "why",
      "session",
    ],
    Projects: ["project", "agent", "config"],
    "What happened": ["events", "recover", "quota", "doctor"],
    "Keep it running": ["daemon"],
    Shell: ["completion", "version"],
  },
  topics,
  subCommands: {
    spawn: () => import("./spawn.ts").then((m) => m.spawn),
    ls: () => import("./session/ls.ts").then((m) => m.ls),
    approve: () => import("./approve.ts").then((m) => m.approve),
    send: () => import("./send.ts").then((m) => m.send),
    attach: () => import("./attach.ts").then((m) => m.attach),
    logs: () => import("./logs.ts").then((m) => m.logs),
    screen: () => import("./screen.ts").then((m) => m.screen),
    diff: () => import("./diff.ts").then((m) => m.diff),
    why: () => import("./why.ts").then((m) => m.why),
    session: () => import("./session/session.ts").then((m) => m.session),
    project: () => import("./project/project.ts").then((m) => m.project),
    agent: () => import("./agent/agent.ts").then((m) => m.agent),
    config: () => import("./config/config.ts").then((m) => m.config),
    events: () => import("./events.ts").then((m) => m.events),
    recover: () => import("./recover/recover.ts").then((m) => m.recover),
    quota: () => import("./quota.ts").then((m) => m.quota),
    doctor: () => import("./doctor.ts").then((m) => m.doctor),
    daemon: () => import("./daemon/daemon.ts").then((m) => m.daemon),
    completion: () => import("./completion.ts").then((m) => m.completion),
    version: () => import("./version.ts").then((m) => m.version),
  },
});

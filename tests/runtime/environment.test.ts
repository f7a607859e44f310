import { describe, expect, test } from "bun:test";

import { agentEnvironment, ownEnvironment } from "../../src/runtime/environment.ts";

const session = { sessionId: "shop-1", projectId: "shop", dataDir: "/data", launchId: "l1" };
const environment = (
  shell: Record<string, string>,
  parts: { projectEnv?: Record<string, string>; aoDir?: string } = {},
) => agentEnvironment({ shell, projectEnv: {}, session, ...parts });

describe("an agent's environment", () => {
  test("has no marker of an enclosing agent, multiplexer or tool", () => {
    const markers = {
      CLAUDECODE: "1",
      CLAUDE_CODE_SESSION_ID: "x",
      CLAUDE_CODE_ENTRYPOINT: "cli",
      CLAUDE_ENV_FILE: "/x",
      CODEX_SANDBOX: "seatbelt",
      TMUX: "/tmp/x",
      TMUX_PANE: "%1",
      STY: "1",
      BUN_OPTIONS: "--preload x",
      BUN_BE_BUN: "1",
      GIT_DIR: "/elsewhere",
      AO_SESSION_ID: "parent-1",
      AO_PROMPT_FILE: "/parent",
      AO_ANYTHING: "x",
    };
    const env = environment({ ...markers, HOME: "/home/me" });
    expect(env).toEqual({
      HOME: "/home/me",
      TERM: "xterm-256color",
      COLORTERM: "truecolor",
      AO_SESSION_ID: "shop-1",
      AO_PROJECT_ID: "shop",
      AO_DATA_DIR: "/data",
      AO_LAUNCH_ID: "l1",
    });
  });

  test("keeps a person's settings of agents and credentials", () => {
    const settings = {
      CODEX_HOME: "/codex",
      CLAUDE_CONFIG_DIR: "/claude",
      CLAUDE_CODE_OAUTH_TOKEN: "t",
      CLAUDE_CODE_USE_BEDROCK: "1",
      ANTHROPIC_API_KEY: "k",
      GITHUB_TOKEN: "g",
      NO_COLOR: "1",
    };
    expect(environment(settings)).toMatchObject(settings);
  });

  test("takes the project's variables over the shell's, but not over its own", () => {
    const projectEnv = { EDITOR: "true", TERM: "dumb", AO_SESSION_ID: "wrong" };
    const env = environment({ EDITOR: "vi" }, { projectEnv });
    expect(env).toMatchObject({ EDITOR: "true", TERM: "dumb", AO_SESSION_ID: "shop-1" });
  });

  test("finds this very program first when asked to", () => {
    expect(environment({ PATH: "/bin:/ao:/usr/bin" })["PATH"]).toBe("/bin:/ao:/usr/bin");
    const env = environment({ PATH: "/bin:/ao:/usr/bin" }, { aoDir: "/ao" });
    expect(env["PATH"]).toBe("/ao:/bin:/usr/bin");
  });

  test("names its prompt file when there is one", () => {
    const parts = { shell: {}, projectEnv: {}, session: { ...session, promptFile: "/p" } };
    expect(agentEnvironment(parts)["AO_PROMPT_FILE"]).toBe("/p");
  });
});

test("gives a runtime's own processes a few harmless variables only", () => {
  const env = { HOME: "/h", PATH: "/bin", AO_LAUNCH_ID: "l", GITHUB_TOKEN: "g", BUN_OPTIONS: "x" };
  expect(ownEnvironment(env)).toEqual({ HOME: "/h", PATH: "/bin" });
});

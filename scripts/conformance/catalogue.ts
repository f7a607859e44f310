import { createHash } from "node:crypto";

import type { Place } from "./place.ts";
import type { StepName } from "./steps.ts";

/** A program of the registry, pinned. */
export interface Program {
  package: string;
  version: string;
  /** The executable that must be there after the installation. */
  binary: string;
}

/** One agent as a person has it who is logged in: nothing here is for `ao`. */
export interface Subject extends Program {
  /** The agent's name for `ao`. */
  agent: string;
  /** Environment of the person's shell. */
  env(place: Place): Record<string, string>;
  /** Files of the person's home, by path in it. */
  files(place: Place): Record<string, string>;
  /** Of these, the settings that must be byte-identical afterwards. */
  settings: string[];
  /** Where the program notes what it trusts: no worktree may be left in it after a clean-up. */
  trust?: string;
  /** What a reader of the table should know of a step. */
  notes?: Partial<Record<StepName, string>>;
  /** Steps that this program cannot do, with the reason. */
  cannot: Partial<Record<StepName, string>>;
}

const key = "sk-ant-fake-0123456789abcdefghijklmnop";

const claudeCode: Subject = {
  agent: "claude-code",
  package: "@anthropic-ai/claude-code",
  version: "2.1.197",
  binary: "claude",
  env: ({ model }) => ({
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: key,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_TELEMETRY: "1",
    DISABLE_ERROR_REPORTING: "1",
    DISABLE_AUTOUPDATER: "1",
    // Bypass mode as root is refused outside of a sandbox.
    ...(process.getuid?.() === 0 ? { IS_SANDBOX: "1" } : {}),
  }),
  files: () => ({
    ".claude.json": json({
      hasCompletedOnboarding: true,
      theme: "dark",
      customApiKeyResponses: { approved: [key.slice(-20)], rejected: [] },
    }),
    ".claude/settings.json": json({ spinnerTipsEnabled: false }),
  }),
  settings: [".claude/settings.json"],
  cannot: {},
};

const codex: Subject = {
  agent: "codex",
  package: "@openai/codex",
  version: "0.169.0",
  binary: "codex",
  env: () => ({ FAKE_KEY: "fake" }),
  files: ({ model }) => ({
    ".codex/config.toml": `model = "fake-model"
model_provider = "fake"

[model_providers.fake]
name = "fake"
base_url = "${model.url}/v1"
wire_api = "responses"
env_key = "FAKE_KEY"

[analytics]
enabled = false

[tui]
screen_reader_detection_done = true

[tui.model_availability_nux]
"gpt-6.1-sol" = 4
`,
  }),
  settings: [".codex/config.toml"],
  cannot: {},
};

const opencode: Subject = {
  agent: "opencode",
  package: "opencode-ai",
  version: "1.18.33",
  binary: "opencode",
  env: () => ({
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
  }),
  files: ({ model }) => ({
    ".config/opencode/opencode.json": json({
      $schema: "https://opencode.ai/config.json",
      provider: {
        fake: {
          npm: "@ai-sdk/openai-compatible",
          options: { baseURL: `${model.url}/v1`, apiKey: "fake" },
          models: { "fake-model": { tool_call: true } },
        },
      },
      model: "fake/fake-model",
      small_model: "fake/fake-model",
      autoupdate: false,
      share: "disabled",
      permission: { bash: "ask" },
    }),
  }),
  settings: [".config/opencode/opencode.json"],
  cannot: {},
};

const gemini: Subject = {
  agent: "gemini",
  package: "@google/gemini-cli",
  version: "0.61.0",
  binary: "gemini",
  env: ({ model }) => ({ GEMINI_API_KEY: "fake", GOOGLE_GEMINI_BASE_URL: model.url }),
  files: () => ({
    ".gemini/settings.json": json({
      security: { auth: { selectedType: "gemini-api-key" } },
      general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
    }),
  }),
  settings: [".gemini/settings.json"],
  trust: ".gemini/trusted_hooks.json",
  cannot: {},
};

const qwen: Subject = {
  agent: "qwen",
  package: "@qwen-code/qwen-code",
  version: "0.15.10",
  binary: "qwen",
  env: ({ model }) => ({
    OPENAI_API_KEY: "fake",
    OPENAI_BASE_URL: `${model.url}/v1`,
    OPENAI_MODEL: "fake-model",
    // This program asks a proxy for its model even on loopback.
    HTTPS_PROXY: "",
  }),
  files: () => ({
    ".qwen/settings.json": json({
      $version: 4,
      security: { auth: { selectedType: "openai" } },
      general: { enableAutoUpdate: false },
      privacy: { usageStatisticsEnabled: false },
    }),
  }),
  settings: [".qwen/settings.json"],
  cannot: {},
};

const copilot: Subject = {
  agent: "copilot",
  package: "@github/copilot",
  version: "1.0.102",
  binary: "copilot",
  env: ({ model }) => ({
    COPILOT_OFFLINE: "true",
    COPILOT_PROVIDER_BASE_URL: `${model.url}/v1`,
    COPILOT_PROVIDER_API_KEY: "fake",
    COPILOT_MODEL: "fake-model",
    COPILOT_PROVIDER_MAX_PROMPT_TOKENS: "200000",
    COPILOT_PROVIDER_MAX_OUTPUT_TOKENS: "8000",
  }),
  files: () => ({}),
  settings: [".copilot/settings.json"],
  trust: ".copilot/config.json",
  notes: { "long text": "the program puts it into a file and points the model to that" },
  cannot: {},
};

/** Every program that is tried, in the order of the table. */
export const subjects: readonly Subject[] = [claudeCode, codex, opencode, gemini, qwen, copilot];

/** A short name of a text's content. */
export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

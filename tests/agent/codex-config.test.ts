import { expect, test } from "bun:test";

import { hookArguments, toml } from "../../src/agent/codex-config.ts";

test("hash a hook as codex 0.169.0 itself has stored it after a person's yes", () => {
  const [, stop, , ups, , state] = hookArguments([
    { event: "Stop", command: "true stop", timeoutSeconds: 600 },
    { event: "UserPromptSubmit", command: "true ups", timeoutSeconds: 600 },
  ]);
  expect(stop).toBe('hooks.Stop=[{hooks=[{type="command",command="true stop",timeout=600}]}]');
  expect(ups).toContain("hooks.UserPromptSubmit=");
  const config = "/<session-flags>/config.toml";
  expect(Bun.TOML.parse(state ?? "")).toEqual({
    hooks: {
      state: {
        [`${config}:stop:0:0`]: {
          trusted_hash: "sha256:2b642db671bab5c6818bc7cf6d25c4a49382c66d49a101d9c08d65fb64d0c63b",
        },
        [`${config}:user_prompt_submit:0:0`]: {
          trusted_hash: "sha256:7ef91025cdc3744db53a6ea9c5c7232878d2fd6406a0fe7879b36ddc124fa2ed",
        },
      },
    },
  });
});

test("write any text as a TOML string that reads as the same", () => {
  const text = 'a "quote", a \\ and\na line\t\x7f\x1b ü 漢';
  expect(Bun.TOML.parse(`x = ${toml(text)}`)).toEqual({ x: text });
});

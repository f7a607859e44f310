import { describe, expect, test } from "bun:test";

import { Output, type OutputOptions } from "../../src/cli/output.ts";
import { AoError } from "../../src/error.ts";
import { FakeSink } from "../support/fake-sink.ts";
import { runBash, runSample } from "../support/sample.ts";

describe("output", () => {
  test("json prints one line into a pipe and indents on a terminal", () => {
    const piped = open({});
    piped.output.json({ sessions: [{ id: "shop-1" }] });
    expect(piped.stdout.text).toBe('{"sessions":[{"id":"shop-1"}]}\n');
    const terminal = open({ columns: 80 });
    terminal.output.json({ a: 1 });
    expect(terminal.stdout.text).toBe('{\n  "a": 1\n}\n');
  });

  test("result prints the value with --json and the text without", () => {
    const json = open({ json: true });
    json.output.result({ id: "shop-1" }, () => "shop-1 killed");
    expect(json.stdout.text).toBe('{"id":"shop-1"}\n');
    const text = open({});
    text.output.result({ id: "shop-1" }, () => "shop-1 killed");
    text.output.result({ id: "shop-2" }, () => undefined);
    expect(text.stdout.text).toBe("shop-1 killed\n");
  });

  test("colour is for terminals only and is switched off in four ways", () => {
    const painted = "\u001b[31mred\u001b[39m";
    const cases: [Partial<Shown>, string][] = [
      [{ columns: 80 }, painted],
      [{}, "red"],
      [{ columns: 80, noColor: true }, "red"],
      [{ columns: 80, env: { NO_COLOR: "0" } }, "red"],
      [{ columns: 80, env: { NO_COLOR: "" } }, painted],
      [{ columns: 80, env: { TERM: "dumb" } }, "red"],
    ];
    for (const [shown, expected] of cases) {
      expect(open(shown).output.paint.red("red")).toBe(expected);
    }
  });

  test("notes and warnings go to stderr and fall silent with --quiet", () => {
    const { output, stdout, stderr } = open({});
    output.note('no sessions; start one: `ao spawn "…"`');
    output.warn("GitHub is \u001b]0;title\u0007slow");
    expect(stdout.text).toBe("");
    expect(stderr.text).toBe('no sessions; start one: `ao spawn "…"`\nwarning: GitHub is slow\n');
    const quiet = open({ quiet: true });
    quiet.output.note("a");
    quiet.output.warn("b");
    expect(quiet.stderr.text).toBe("");
    expect(quiet.output.fail(new AoError("failed", "c"))).toBe(1);
    expect(quiet.stderr.text).toBe("error: c\nhint: ao doctor\n");
  });

  test("fail tells error and hint and knows each exit code", () => {
    const { output, stderr } = open({});
    const codes = (
      ["failed", "usage", "not_found", "conflict", "unavailable", "timeout", "interrupted"] as const
    ).map((code) => output.fail(new AoError(code, "x")));
    expect(codes).toEqual([1, 2, 3, 4, 5, 6, 130]);
    stderr.text = "";
    output.fail(new AoError("not_found", "session shop-9 not found", "ao ls --all"));
    expect(stderr.text).toBe("error: session shop-9 not found\nhint: ao ls --all\n");
  });

  test("fail shows the stack and the cause of what nobody expected", () => {
    const { output, stderr } = open({});
    const cause = new Error("the disk is gone");
    expect(output.fail(new Error("cannot read", { cause }))).toBe(70);
    expect(stderr.text).toStartWith("error: internal: Error: cannot read\n    at ");
    expect(stderr.text).toContain("caused by Error: the disk is gone\n    at ");
    expect(output.fail("a string")).toBe(70);
  });

  test("steps show their times on a terminal only", async () => {
    const { output, stderr } = open({ errorColumns: 80 });
    await output.step("worktree", () => Promise.resolve());
    output.stepOutput("outside\n");
    const failing = output.step("setup", async () => {
      output.stepOutput("npm \u001b[2Jci\ndone\n");
      throw new AoError("failed", "setup failed");
    });
    expect(failing).rejects.toThrow("setup failed");
    await failing.catch(() => undefined);
    expect(stderr.text.replace(/\d+ ms/g, "N ms")).toBe(
      "  · worktree …\r\u001b[K  ✓ worktree  N ms\n    outside\n" +
        "  · setup …\n    npm ci\n    done\n  ✗ setup  N ms\n",
    );
    for (const shown of [{}, { errorColumns: 80, quiet: true }, { errorColumns: 80, json: true }]) {
      const silent = open(shown);
      expect(await silent.output.step("x", () => 7)).toBe(7);
      silent.output.stepOutput("text");
      expect(silent.stderr.text).toBe("");
    }
  });

  test("a warning within a step gets a line of its own", async () => {
    const { output, stderr } = open({ errorColumns: 80, noColor: true });
    await output.step("fetch", () => output.warn("offline"));
    expect(stderr.text.replace(/\d+ ms/, "N ms")).toBe(
      "  · fetch …\nwarning: offline\n  ✓ fetch  N ms\n",
    );
  });

  test("confirm without a terminal is a usage error with the hint", async () => {
    const { output } = open({});
    expect(output.confirm("trust it?", "ao project trust --yes")).rejects.toMatchObject({
      code: "usage",
      hint: "ao project trust --yes",
    });
  });

  test("a closed pipe ends the writing, any other error is a failure", async () => {
    const closed = open({});
    closed.stdout.break("EPIPE");
    closed.output.line("lost");
    await closed.output.flush();
    expect([closed.output.closed.aborted, closed.stdout.text]).toEqual([true, ""]);
    const full = open({});
    full.stdout.break("ENOSPC");
    expect(full.output.flush()).rejects.toMatchObject({ code: "failed" });
    expect(full.output.hasFailed).toBe(true);
  });

  test("a table without rows notes what to do", () => {
    const { output, stdout, stderr } = open({});
    output.table([], [{ header: "ID", value: String }], "no sessions");
    expect([stdout.text, stderr.text]).toEqual(["", "no sessions\n"]);
    output.table([1], [{ header: "ID", value: String }], "no sessions");
    expect(stdout.text).toBe("ID\n1\n");
  });
});

describe("the running program", () => {
  test.concurrent("a big output reaches a slow reader whole", async () => {
    const { stdout, exitCode } = await runBash(
      "set -o pipefail; $AO flood 10 | (sleep 0.3; wc -c)",
    );
    expect([exitCode, stdout.trim()]).toEqual([0, "10000000"]);
  });

  test.concurrent("a reader that leaves ends even an endless output with 0", async () => {
    const ended = await runBash("set -o pipefail; $AO flood 1 --forever | head -c 5");
    expect(ended).toEqual({ exitCode: 0, stdout: "xxxxx", stderr: "" });
  });

  test.concurrent("errors leave stdout empty, with --json too", async () => {
    const [plain, json, unknown] = await Promise.all([
      runSample("fail", "missing", "-q"),
      runSample("--json", "fail", "missing", "-q"),
      runSample("--json", "frobnicate"),
    ]);
    const told = "error: session shop-9 not found\nhint: ao ls --all\n";
    expect(plain).toEqual({ exitCode: 3, stdout: "", stderr: told });
    expect(json).toEqual(plain);
    expect(unknown).toMatchObject({ exitCode: 2, stdout: "" });
  });

  test.concurrent("a defect is exit 70 with its stack", async () => {
    const { exitCode, stdout, stderr } = await runSample("fail", "defect");
    expect([exitCode, stdout]).toEqual([70, ""]);
    expect(stderr).toMatch(/error: internal: Error: nobody expected this\n +at .*sample-tree\.ts/);
  });

  test.concurrent("an exit code of a command is the program's", async () => {
    expect((await runSample("spawn", "--mode", "edit")).exitCode).toBe(6);
    expect((await runSample("spawn")).exitCode).toBe(0);
  });
});

interface Shown extends Omit<OutputOptions, "stdout" | "stderr"> {
  columns: number;
  errorColumns: number;
}

function open({ columns, errorColumns, ...options }: Partial<Shown>) {
  const stdout = new FakeSink(columns);
  const stderr = new FakeSink(errorColumns);
  const env = { TERM: "xterm" };
  const flags = { json: false, quiet: false, noColor: false };
  return { output: new Output({ ...flags, env, ...options, stdout, stderr }), stdout, stderr };
}

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * The compiled program, built once for all test files of a run: it starts several times as fast as
 * the source does, and it is what people run.
 */
export function compiledAo(): string {
  const known = process.env["AO_TEST_BINARY"];
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), "ao-binary-"));
  const path = join(folder, "ao");
  const script = join(import.meta.dir, "../../scripts/build.ts");
  execFileSync(process.execPath, [script, "--outfile", path], { stdio: "pipe" });
  process.env["AO_TEST_BINARY"] = path;
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return path;
}

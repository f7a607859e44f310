import { expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import openapiTypes, { astToString } from "openapi-typescript";

import { openApiDocument } from "../../src/web/openapi.ts";
import { routes } from "../../src/web/routes.ts";
import { Machine, slowMs } from "../support/ao.ts";
import { readToken } from "../support/http.ts";

interface Operation {
  operationId: string;
  summary: string;
  parameters?: { name: string; in: string }[];
  requestBody?: object;
  responses: Record<string, object>;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

/** As a client reads it. */
const document = JSON.parse(JSON.stringify(openApiDocument(routes))) as Document;

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

test("routes and document have each other, one to one", () => {
  const told = operations.map(({ path, method, operation }) => {
    const { operationId, summary, responses } = operation;
    const hasBody = operation.requestBody !== undefined;
    const params = (operation.parameters ?? []).filter((one) => one.in === "path");
    const names = params.map(({ name }) => `{${name}}`);
    const statuses = Object.keys(responses).filter((status) => status !== "default");
    return { path, method, operationId, summary, hasBody, names, statuses };
  });
  const made = routes.map(({ path, method, operationId, summary, body, answer }) => ({
    path,
    method: method.toLowerCase(),
    ...{ operationId, summary },
    hasBody: body !== undefined,
    names: path.match(/\{\w+\}/g) ?? [],
    statuses: [String(answer.status)],
  }));
  const byId = (one: { operationId: string }, other: { operationId: string }) =>
    one.operationId < other.operationId ? -1 : 1;
  expect(told.toSorted(byId)).toEqual(made.toSorted(byId));
  const ids = made.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test("every reference in the document leads somewhere, and every name is used", () => {
  const text = JSON.stringify(document);
  const used = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name ?? "");
  expect(used.length).toBeGreaterThan(10);
  expect([...new Set(used)].sort()).toEqual(Object.keys(document.components.schemas).sort());
});

test(
  "a client from the registry, typed by the document, adds, spawns, follows and kills",
  async () => {
    await using machine = await Machine.create();
    await using daemon = machine.start(["daemon"]);
    await daemon.said(/runs as process/);
    const url = /http:\S+/.exec(daemon.stderr)?.[0] ?? "";
    const token = readToken(machine.dataDir);
    const headers = { authorization: `Bearer ${token}` };
    const served = await (await fetch(`${url}/api/v1/openapi.json`, { headers })).json();
    expect(served).toEqual(document);
    using client = await generatedClient(served as object);
    const told = await client.run(url, token, machine.repository);
    expect(JSON.parse(told)).toEqual({
      id: "shop-1",
      wasLive: true,
      listed: ["shop-1"],
      killed: "killed",
      error: "SESSION_NOT_FOUND",
      types: ["session_created", "session_updated"],
    });
  },
  slowMs,
);

/** A program of its own with the types that were made from a document; it must pass the checker. */
async function generatedClient(api: object) {
  const root = dirname(dirname(import.meta.dir));
  const folder = mkdtempSync(join(tmpdir(), "ao-client-"));
  const types = astToString(await openapiTypes(JSON.stringify(api)));
  mkdirSync(join(folder, "src"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "src", "paths.ts"), types);
  cpSync(join(root, "tests/fixtures/api-client.txt"), join(folder, "src", "client.ts"));
  const options = { extends: join(root, "tsconfig.json"), include: ["src"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
  const bun = async (...words: string[]) => {
    const child = Bun.spawn([process.execPath, ...words], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const texts = [child.stdout, child.stderr].map((stream) => new Response(stream).text());
    const [output = "", errors = ""] = await Promise.all(texts);
    if ((await child.exited) === 0) return output;
    throw new Error(`${words.join(" ")}: ${output}${errors}`);
  };
  await bun("check");
  return {
    run: (...words: string[]) => bun("src/client.ts", ...words),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

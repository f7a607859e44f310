import { afterAll, expect, test } from "bun:test";
import { chmodSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { rotateToken } from "../../src/engine/api-token.ts";
import { speak, StreamReader } from "../support/http.ts";
import { waitFor } from "../support/wait.ts";
import { SampleFace } from "../support/web.ts";

const assets: Record<string, string> = { "/": "the page", "/page.js": "the script" };
const face = new SampleFace({
  limits: { bodyBytes: 4_096 },
  page: async (_request, path) => {
    if (path === "/boom") throw new Error("the secret detail");
    return assets[path] ? new Response(assets[path]) : undefined;
  },
});
face.sample.project();
const host = new URL(face.url).host;
const port = Number(new URL(face.url).port);
const bearer = () => ({ authorization: `Bearer ${face.token}` });

/** Begun first, since it takes the server some 12 s to lose its patience. */
const slow = speak(port, `GET /api/v1/projects HTTP/1.1\r\nHost: ${host}\r\nX-Slow: `);
const slowBody = speak(
  port,
  `POST /api/v1/login HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n` +
    "Content-Length: 99\r\n\r\n{",
);

afterAll(async () => await face[Symbol.asyncDispose]());

/** The status and the code of an answer, which must be an envelope with the id of its request. */
async function told(answer: Response): Promise<[number, string]> {
  const body = (await answer.json()) as Record<string, string>;
  expect(body["requestId"]).toBe(answer.headers.get("x-request-id") ?? "none");
  expect(body["message"]).toBeTruthy();
  expect(body["error"]).toMatch(/^[a-z_]+$/);
  return [answer.status, body["code"] ?? ""];
}

/** Requests that must change nothing, by what is wrong with them. */
const refused: Record<string, [RequestInit & { headers: Record<string, string> }, number, string]> =
  {
    "no token": [{ headers: {} }, 401, "UNAUTHORIZED"],
    "a wrong token": [{ headers: { authorization: "Bearer x" } }, 401, "UNAUTHORIZED"],
    "a token of another scheme": [{ headers: { authorization: "Basic x" } }, 401, "UNAUTHORIZED"],
    "a made-up cookie": [{ headers: { cookie: "ao-x=1.abc" } }, 401, "UNAUTHORIZED"],
    "a foreign page": [{ headers: { origin: "https://evil.example" } }, 403, "ORIGIN_FORBIDDEN"],
    "a page without origin": [{ headers: { origin: "null" } }, 403, "ORIGIN_FORBIDDEN"],
    "a page of another port": [
      { headers: { origin: "http://127.0.0.1:3000" } },
      403,
      "ORIGIN_FORBIDDEN",
    ],
    "a look-alike": [
      { headers: { origin: `http://${host}.evil.example` } },
      403,
      "ORIGIN_FORBIDDEN",
    ],
    "a foreign page, as the browser says": [
      { headers: { "sec-fetch-site": "cross-site" } },
      403,
      "ORIGIN_FORBIDDEN",
    ],
    "a rebound name": [{ headers: { host: "evil.example" } }, 403, "HOST_FORBIDDEN"],
    "a rebound name with our port": [
      { headers: { host: `evil.example:${port}` } },
      403,
      "HOST_FORBIDDEN",
    ],
    "a name that begins as ours": [
      { headers: { host: "127.0.0.1.evil.example" } },
      403,
      "HOST_FORBIDDEN",
    ],
  };

test.each(Object.entries(refused))("%s is refused", async (what, [init, status, code]) => {
  const isToken = /token|cookie/.test(what);
  const headers = { ...(isToken ? {} : bearer()), ...init.headers };
  expect(await told(await face.fetch("/api/v1/projects", { headers }))).toEqual([status, code]);
  // Before any handler: a change by the same way is refused as well, and nothing is changed.
  const changing = { method: "DELETE", headers };
  const answer = await face.fetch("/api/v1/projects/shop", changing);
  expect(await told(answer)).toEqual([status, code]);
  const shop = await (await face.fetch("/api/v1/projects/shop")).json();
  expect(shop).toMatchObject({ isArchived: false });
});

test("a simple cross-site POST is refused, whatever it brings", async () => {
  const headers = { ...bearer(), "content-type": "text/plain" };
  const body = '{"path":"/srv/shop"}';
  const request = { method: "POST", headers, body };
  expect(await told(await face.fetch("/api/v1/projects", request))).toEqual([415, "NOT_JSON"]);
  const origin = "https://evil.example";
  const foreign = { ...request, headers: { ...headers, origin } };
  const answer = await face.fetch("/api/v1/projects", foreign);
  expect(await told(answer)).toEqual([403, "ORIGIN_FORBIDDEN"]);
});

test("a WebSocket of a foreign page is refused before it opens", async () => {
  const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
  const head = `GET /api/v1/sessions/shop-1/terminal HTTP/1.1\r\nHost: ${host}\r\n${upgrade}`;
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nConnection: close\r\n";
  const authorization = `Authorization: Bearer ${face.token}\r\n`;
  const ask = (origin: string) => speak(port, `${head}${key}${authorization}${origin}\r\n`);
  expect(await ask("Origin: https://evil.example\r\n")).toMatch(/^HTTP\/1.1 403/);
  // The same without that origin gets as far as the session, which does not exist.
  expect(await ask(`Origin: http://${host}\r\n`)).toMatch(/^HTTP\/1.1 404/);
});

test("paths that leave the page's folder name nothing", async () => {
  const paths = ["/../token", "/%2e%2e/token", "/..%2ftoken", "/page.js/../../token", "/%00", "//"];
  for (const path of paths) {
    const authorization = `Authorization: Bearer ${face.token}`;
    const head = `Host: ${host}\r\n${authorization}\r\nConnection: close`;
    const answer = await speak(port, `GET ${path} HTTP/1.1\r\n${head}\r\n\r\n`);
    expect([path, answer]).toEqual([path, expect.stringMatching(/^HTTP\/1.1 (?:404|400)/)]);
    expect(answer).not.toContain(face.token);
  }
});

test("the page is for everybody of this machine, and nothing but the page", async () => {
  const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  const link = { ...headers, "sec-fetch-dest": "document" };
  expect(await (await face.fetch("/", { headers: link })).text()).toBe("the page");
  const frame = { ...headers, "sec-fetch-dest": "iframe" };
  expect((await face.fetch("/", { headers: frame })).status).toBe(403);
  expect((await face.fetch("/api/v1/projects", { headers: link })).status).toBe(403);
  expect(
    (await face.fetch("/page.js", { headers: {} })).headers.get("x-content-type-options"),
  ).toBe("nosniff");
});

test("only the health is told without a token", async () => {
  const answer = await face.fetch("/healthz", { headers: {} });
  expect(await answer.json()).toEqual({
    status: "ok",
    name: "ao",
    version: expect.any(String),
    pid: process.pid,
  });
  expect((await face.fetch("/readyz", { headers: {} })).status).toBe(401);
});

test("a body beyond the limit is refused, announced or not", async () => {
  const body = JSON.stringify({ path: `/${"x".repeat(5_000)}` });
  const init = { method: "POST", headers: { ...bearer(), "content-type": "application/json" } };
  const announced = await face.fetch("/api/v1/projects", { ...init, body });
  expect(await told(announced)).toEqual([413, "BODY_TOO_LARGE"]);
  const stream = new Blob([body]).stream();
  const chunked = await face.fetch("/api/v1/projects", { ...init, body: stream });
  expect(await told(chunked)).toEqual([413, "BODY_TOO_LARGE"]);
});

test("what is no JSON, of the wrong shape, or at no route is told in words", async () => {
  const init = { method: "POST", headers: { ...bearer(), "content-type": "application/json" } };
  const answer = await face.fetch("/api/v1/projects", { ...init, body: "{" });
  expect(await told(answer)).toEqual([400, "INVALID_JSON"]);
  const ask = async (method: string, path: string, body: unknown) =>
    await told(await face.send(method, path, body));
  expect(await ask("POST", "/api/v1/projects", { path: 1 })).toEqual([400, "INVALID_BODY"]);
  expect(await ask("POST", "/api/v1/projects", { path: "/x", y: 1 })).toEqual([
    400,
    "INVALID_BODY",
  ]);
  expect(await ask("POST", "/api/v1/strange", {})).toEqual([404, "ROUTE_NOT_FOUND"]);
  expect(await ask("PUT", "/api/v1/projects", {})).toEqual([405, "METHOD_NOT_ALLOWED"]);
  expect(await told(await face.fetch("/api/v1/sessions?projct=shop"))).toEqual([
    400,
    "INVALID_QUERY",
  ]);
  expect(await told(await face.fetch("/api/v1/sessions/shop-9"))).toEqual([
    404,
    "SESSION_NOT_FOUND",
  ]);
});

test("what nobody expected is answered with its id, and told to the log alone", async () => {
  const headers = { ...bearer(), "x-request-id": "mine-1" };
  const answer = await face.fetch("/boom", { headers });
  expect([answer.status, answer.headers.get("x-request-id")]).toEqual([500, "mine-1"]);
  const text = await answer.text();
  expect(text).toContain("INTERNAL_ERROR");
  expect(text).not.toContain("secret");
  expect(Bun.inspect(face.errors.at(-1))).toMatch(/mine-1[\s\S]*the secret detail/);
});

test("token and socket belong to the user alone", () => {
  const { dataDir } = face.sample;
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
  const files = [join(dataDir, "token"), face.socketPath];
  expect(files.map(modeOf)).toEqual(["600", "600"]);
});

test("a port that is taken is passed over", async () => {
  await using other = new SampleFace({ port });
  expect(Number(new URL(other.url).port)).toBeGreaterThan(port);
  expect((await other.fetch("/api/v1/projects")).status).toBe(200);
});

test("the private socket answers like the port", async () => {
  const init = { unix: face.socketPath, headers: bearer() };
  expect((await fetch("http://localhost/api/v1/projects", init)).status).toBe(200);
  const without = { unix: face.socketPath, headers: {} };
  expect((await fetch("http://localhost/api/v1/projects", without)).status).toBe(401);
});

test("a token that others could read is put right and told", async () => {
  await using other = new SampleFace();
  const path = join(other.sample.dataDir, "token");
  chmodSync(path, 0o644);
  expect((await other.fetch("/api/v1/projects")).status).toBe(200);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(other.notes).toEqual([expect.stringContaining("ao token rotate")]);
});

test("a token file that is a link or empty lets nobody in", async () => {
  await using other = new SampleFace();
  const path = join(other.sample.dataDir, "token");
  const headers = { authorization: "Bearer x" };
  writeFileSync(path, "\n");
  expect((await other.fetch("/api/v1/projects", { headers })).status).toBe(503);
  rmSync(path);
  symlinkSync("/dev/null", path);
  expect((await other.fetch("/api/v1/projects", { headers })).status).toBe(503);
});

test("a new token is taken at once, and ends what the old one has opened", async () => {
  await using other = new SampleFace({ limits: { heartbeatMs: 20 } });
  const old = { authorization: `Bearer ${other.token}` };
  await using stream = await StreamReader.open(`${other.url}/api/v1/events`, old);
  rotateToken(other.sample.dataDir);
  expect((await other.fetch("/api/v1/projects", { headers: old })).status).toBe(401);
  expect((await other.fetch("/api/v1/projects")).status).toBe(200);
  await waitFor(() => stream.hasEnded, { what: "the end of the old token's stream" });
});

test("a browser is logged in once by a link, and its cookie ends with the token", async () => {
  await using other = new SampleFace();
  const { file, url } = (await (await other.send("POST", "/api/v1/login/link", {})).json()) as {
    file: string;
    url: string;
  };
  const code = new URL(url).hash.slice(1);
  expect(new URL(url).pathname + new URL(url).search).toBe("/login");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await Bun.file(file).text()).toContain(url);
  const headers = { "content-type": "application/json", origin: other.url };
  const login = { method: "POST", headers, body: JSON.stringify({ code }) };
  const answer = await other.fetch("/api/v1/login", login);
  const cookie = answer.headers.get("set-cookie") ?? "";
  expect(cookie).toMatch(
    /^ao-[0-9a-f]{12}=[^;]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/,
  );
  expect(readdirSync(other.sample.dataDir).filter((name) => name.startsWith("login-"))).toEqual([]);
  expect(await told(await other.fetch("/api/v1/login", login))).toEqual([
    401,
    "LOGIN_CODE_INVALID",
  ]);
  const browser = { headers: { cookie: `else=1; ${cookie.split(";")[0]}` } };
  expect((await other.fetch("/api/v1/projects", browser)).status).toBe(200);
  rotateToken(other.sample.dataDir);
  expect(await told(await other.fetch("/api/v1/projects", browser))).toEqual([401, "UNAUTHORIZED"]);
});

test("a client without a token that never ends is cut off, and has held nobody up", async () => {
  expect((await face.fetch("/api/v1/projects")).status).toBe(200);
  expect(await slow).toBe("");
  expect(await slowBody).not.toContain(" 200 ");
}, 30_000);

import { afterEach, beforeEach, expect, test } from "bun:test";

import type { PermissionMode } from "../../src/domain/session.ts";
import { OpencodeFeed } from "../../src/engine/opencode/feed.ts";
import { OpencodeClient } from "../../src/opencode/client.ts";
import { waitFor } from "../support/wait.ts";
import { FakeOpencode } from "./fake-server.ts";

let fake: FakeOpencode;
let feed: OpencodeFeed;
let following: Promise<void>;
const told: string[] = [];
const conversations: (string | undefined)[] = [];

beforeEach(() => {
  fake = new FakeOpencode();
  told.length = 0;
  conversations.length = 0;
});

afterEach(async () => {
  feed.stop();
  await following;
  fake[Symbol.dispose]();
});

test("tells what the server is doing when the feed begins", async () => {
  fake.busy.add("ses_root");
  fake.permissions.push(permission("per_1"));
  follow("default");
  await waitFor(() => told.length === 2);
  expect(told).toEqual(["busy", "approval"]);
});

test("goes on after a stream that broke, and misses nothing", async () => {
  follow("default");
  await waitFor(() => fake.followers === 1);
  fake.emit("session.status", { sessionID: "ses_root", status: { type: "busy" } });
  await waitFor(() => told.length === 1);
  fake.busy.add("ses_root");
  fake.trouble("GET /event", { status: 503 });
  fake.breakStreams();
  fake.permissions.push(permission("per_1"));
  await waitFor(() => told.length === 2);
  await waitFor(() => fake.followers === 1);
  fake.permissions.length = 0;
  fake.busy.clear();
  fake.breakStreams();
  await waitFor(() => told.length === 4);
  expect(told).toEqual(["busy", "approval", "answered", "idle"]);
}, 20_000);

test("does not follow a sub-agent of an earlier launch that goes on", async () => {
  const child = fake.add({ parentID: "ses_root" });
  follow("default");
  await waitFor(() => fake.followers === 1);
  fake.emit("session.status", { sessionID: child, status: { type: "busy" } });
  fake.emit("session.status", { sessionID: "ses_root", status: { type: "busy" } });
  await waitFor(() => told.length === 1);
  expect(conversations).toEqual(["ses_root"]);
});

test("allows in mode auto what the settings would ask, each time once", async () => {
  fake.permissions.push(permission("per_1"));
  follow("auto");
  await waitFor(() => fake.permissions.length === 0 && fake.followers === 1);
  fake.permissions.push(permission("per_2"));
  fake.emit("permission.asked", { ...permission("per_2") });
  await waitFor(() => fake.permissions.length === 0);
  fake.emit("session.status", { sessionID: "ses_root", status: { type: "busy" } });
  await waitFor(() => told.length === 1);
  expect(told).toEqual(["busy"]);
});

test("asks the person when a permission cannot be answered in mode auto", async () => {
  follow("auto");
  await waitFor(() => fake.followers === 1);
  fake.trouble("POST /permission/:id/reply", { status: 500 });
  fake.emit("permission.asked", { ...permission("per_1") });
  await waitFor(() => told.length === 1);
  expect(told).toEqual(["approval"]);
});

function follow(mode: PermissionMode): void {
  const client = new OpencodeClient(fake.address);
  feed = new OpencodeFeed(client, mode, "ses_root", async ({ event, payload }) => {
    told.push(event);
    conversations.push(payload["sessionID"]);
  });
  following = feed.follow();
}

function permission(id: string) {
  return { id, sessionID: "ses_root", permission: "bash", patterns: ["ls"] };
}

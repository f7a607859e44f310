/**
 * GitHub on loopback as a process of its own: prints its address as one line of JSON, and is
 * told what to be by `POST /_control`. Ends with its standard input.
 */
import { GitHubServer } from "./server.ts";

const server = new GitHubServer();
await Bun.write(Bun.stdout, `${JSON.stringify({ url: server.url, env: server.env })}\n`);
for await (const _chunk of Bun.stdin.stream()) {
  // Only its end matters: then the test is over, however it ended.
}
await server[Symbol.asyncDispose]();

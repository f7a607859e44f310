/** A process that takes the lock, says so and waits to be killed, for lock.test.ts. */
import { withRepositoryLock } from "../../src/git/lock.ts";

const [lockDir = "", gitDir = ""] = process.argv.slice(2);
await withRepositoryLock({ lockDir, gitDir }, async () => {
  process.stdout.write("held\n");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});

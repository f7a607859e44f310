/** A process that adds work trees one after the other under the lock, for lock.test.ts. */
import { join } from "node:path";

import { withRepositoryLock } from "../../src/git/lock.ts";
import { addWorktree } from "../../src/git/worktree.ts";

const [root = "", owned = "", lockDir = "", name = "", count = "0", baseSha = ""] =
  process.argv.slice(2);
for (let number = 0; number < Number(count); number++) {
  const id = `${name}-${number}`;
  const plan = { root, path: join(owned, id), branch: `ao/${id}/root`, baseSha };
  await withRepositoryLock({ lockDir, gitDir: join(root, ".git") }, () => addWorktree(plan));
}

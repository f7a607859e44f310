import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { Desk } from "./desk.ts";

/**
 * Fifty open pull requests in five repositories, as DESIGN §10 counts them; ten were reviewed.
 * They were opened a while ago, and are not known yet.
 */
export class Crowd extends Desk {
  readonly refs: string[] = [];

  constructor() {
    super();
    this.server.setTime(this.now - 10 * 60_000);
    const shas = Array.from({ length: 50 }, (_unused, index) => this.commit(`work ${index}`));
    for (let index = 0; index < 50; index++) {
      const project = `shop${index % 5}`;
      const repo = `acme/${project}`;
      if (index < 5) {
        // Five clones would only take longer: one repository, entered at five places.
        const path = join(this.repository.root, project);
        mkdirSync(path);
        this.project(project, repo, path);
      }
      const id = this.session(project);
      const head = `ao/${id}/root`;
      const ref = this.server.pr({ repo, head, sha: shas[index] ?? "" });
      this.refs.push(ref);
      if (index % 5 === 0) this.server.thread(ref, { path: "a.ts" });
    }
    this.server.setTime(this.now);
  }
}

import { AoError } from "../../error.ts";
import { listProjects } from "../../store/project.ts";
import { readQuota } from "../../store/quota.ts";
import type { Engine } from "../engine.ts";
import { tokenOf } from "../github/github.ts";
import type { Finding } from "./doctor.ts";

/** Whether the pull requests of each host can be watched, without asking the host. */
export async function checkHosts(engine: Engine): Promise<Finding[]> {
  const hosts = new Set(
    listProjects(engine.store).flatMap(({ host, owner }) => (host && owner ? [host] : [])),
  );
  return await Promise.all([...hosts].sort().map((host) => checkHost(engine, host)));
}

async function checkHost(engine: Engine, host: string): Promise<Finding> {
  const check = `login ${host}`;
  try {
    const { source } = await tokenOf(engine, host);
    const { rest } = readQuota(engine.store, host);
    const isOthers = rest?.isWithoutLogin && rest.until > Date.now();
    if (!isOthers) return { check, level: "ok", detail: `from ${source}` };
    const detail = `from ${source}, but ${rest.reason}, and watches its pull requests in vain`;
    const hint = `gh auth login --hostname ${host}, or start \`ao daemon\` where the token is set`;
    return { check, level: "warning", detail, hint };
  } catch (error) {
    if (!(error instanceof AoError)) throw error;
    const detail = `${error.message}; its pull requests are not watched`;
    const { hint } = error;
    return { check, level: "warning", detail, ...(hint ? { hint } : {}) };
  }
}

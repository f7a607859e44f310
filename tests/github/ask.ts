import type { GitHub } from "../../src/github/client.ts";
import { rateLimit } from "../../src/github/query.ts";

/** The smallest question there is: whose token this is. Throws what the answer says went wrong. */
export async function ask(github: GitHub): Promise<unknown> {
  const { data, errors } = await github.graphql(`query { viewer { login } ${rateLimit} }`);
  const failure = errors.get("viewer");
  if (failure) throw failure;
  return data["viewer"];
}

import axe, { type AxeResults } from "axe-core";
import type { Page } from "playwright-core";

/**
 * What axe finds on a page that keeps people out: serious and critical violations, with where.
 * All its rules are tried, or those that are named.
 */
export async function violationsIn(page: Page, rules?: readonly string[]): Promise<string[]> {
  await page.evaluate(axe.source);
  const options = { resultTypes: ["violations"], ...(rules && { runOnly: rules }) };
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(document, ${JSON.stringify(options)})`,
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id} at ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}

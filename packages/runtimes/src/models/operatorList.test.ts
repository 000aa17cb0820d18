/** The list of operators in docs/models.md is made from the readers' tables: `UPDATE_DOCS=1 npx vitest run operatorList` writes it. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { modelFormats } from "./index.ts";

const page = new URL("../../../../docs/models.md", import.meta.url);
const heading = "\n## Operators\n";

/** Operators of domains other than the format's own are written with them: `com.microsoft.Gelu`. */
function listed(operators: readonly string[]): string {
  const families = new Map<string, string[]>();
  for (const operator of operators) {
    const at = operator.lastIndexOf(".");
    const domain = at < 0 ? "" : operator.slice(0, at);
    families.set(domain, [...(families.get(domain) ?? []), operator.slice(at + 1)]);
  }
  return [...families].map(([domain, names]) => `${domain === "" ? "" : `\`${domain}\`: `}${[...names].sort().join(", ")}.`).join("\n\n");
}

it("docs/models.md lists the operators that are read", () => {
  const lists = modelFormats.map(({ name, operators }) => `### ${name}\n\n${listed(operators)}\n`).join("\n");
  const text = readFileSync(page, "utf8");
  const updated = `${text.slice(0, text.indexOf(heading) + heading.length)}\n${lists}`;
  if (process.env.UPDATE_DOCS) writeFileSync(page, updated);
  expect(readFileSync(page, "utf8"), "run UPDATE_DOCS=1 npx vitest run operatorList").toBe(updated);
});

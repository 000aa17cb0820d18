/**
 * How much is tested. `npm test` holds one case of every claim; `npm run test:full` holds all cases, by vitest's `--mode full`.
 * `test:chaos` is one file of the latter by itself.
 */
export const full = process.env.MODE === "full" || process.env.MODE === "chaos";

/** All cases in the full tier, else the first. */
export function casesOf<Case>(cases: readonly Case[]): readonly Case[] {
  return full ? cases : cases.slice(0, 1);
}

/**
 * How much is tested. `npm test` holds one case of every claim; `npm run test:full` holds all cases, by vitest's `--mode full`.
 * The long form of the chaos suite is in neither: it is `npm run test:chaos`.
 */
export const full = process.env.MODE === "full";
export const chaos = process.env.MODE === "chaos";

/** All cases in the full tier, else the first. */
export function casesOf<Case>(cases: readonly Case[]): readonly Case[] {
  return full ? cases : cases.slice(0, 1);
}

/** The nearest known spelling of a misspelt word. */
import { distance } from "fastest-levenshtein";

/** Fewer letters are part of too many words to mean one. */
const FEWEST_LETTERS = 3;

/** The candidate that a misspelt word most likely meant (letter case counts little), or nothing where none is near. */
export function nearestSpelling(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const edits = slips(word.toLowerCase(), candidate.toLowerCase());
    if (edits < bestDistance) [best, bestDistance] = [candidate, edits];
  }
  if (best !== undefined && bestDistance <= Math.max(1, Math.ceil(best.length / 3))) return best;
  return theOneThatHolds(word, candidates);
}

/** The one candidate of which the word is a part: `jetson` of `jetson-nano`. */
function theOneThatHolds(word: string, candidates: readonly string[]): string | undefined {
  const holding = candidates.filter((candidate) => candidate.toLowerCase().includes(word.toLowerCase()));
  return word.length >= FEWEST_LETTERS && holding.length === 1 ? holding[0] : undefined;
}

/** Edits from one word to the other; two neighbouring letters in the wrong order are one slip of the finger. */
function slips(word: string, candidate: string): number {
  const at = [...word].findIndex((letter, i) => letter !== candidate[i]);
  const mended = at < 0 ? word : `${word.slice(0, at)}${word[at + 1] ?? ""}${word[at]}${word.slice(at + 2)}`;
  return mended === candidate && mended !== word ? 1 : distance(word, candidate);
}

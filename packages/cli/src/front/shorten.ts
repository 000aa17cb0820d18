/** Texts shortened to a width, so that those that differ still differ. */

const GAP = "…";

/**
 * Each text within `width` characters, with `…` where something is left out. Different texts stay different: where no cut
 * achieves that within the width, they become as long as it takes.
 */
export function shortened(texts: readonly string[], width: number): readonly string[] {
  const longest = Math.max(0, ...texts.map((text) => text.length));
  for (let room = Math.max(width, 8); room < longest; room++) {
    for (const cut of cuts(texts, room)) {
      const result = texts.map((text) => (text.length <= room ? text : cut(text)));
      if (new Set(result).size === new Set(texts).size) return result;
    }
  }
  return texts;
}

/** Ways to cut: the beginning, the beginning and the end, or both around a window further in. */
function cuts(texts: readonly string[], room: number): ((text: string) => string)[] {
  const kept = room - GAP.length;
  // The beginning alone if that will do; then the more of it the better.
  const heads = Array.from({ length: kept + 1 }, (_, tail) => kept - tail);
  const ends = heads.map((head) => {
    return (text: string) => `${text.slice(0, head)}${GAP}${text.slice(text.length - (kept - head))}`;
  });
  const first = texts.reduce((shared, text) => {
    let length = 0;
    while (length < shared && text[length] === texts[0]?.[length]) length++;
    return length;
  }, texts[0]?.length ?? 0);
  const inner = kept - GAP.length;
  return [...ends, (text) => `${GAP}${text.slice(first, first + inner)}${GAP}`];
}

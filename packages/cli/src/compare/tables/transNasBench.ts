/** TransNAS-Bench-101, its two spaces. */
import { parseTable } from "@archwright/core";
import { choiceSpace, matchText, type PublishedTable } from "./publishedTable.ts";

const operations = ["none", "skip", "conv 1x1", "conv 3x3"];
const edges = ["1<-0", "2<-0", "2<-1", "3<-0", "3<-1", "3<-2"];

/**
 * The cells of TransNAS-Bench-101 (Duan et al., CVPR 2021): six edges of four operations each, 4,096 in all, written
 * `64-41414-1_02_333`. The published file is a pickle of PyTorch; docs/comparing.md has the program that exports it as CSV.
 */
export const transNasMicro: PublishedTable = {
  name: "transnas-micro",
  space: choiceSpace(
    "transnas-micro",
    edges.map((name) => ({ name, options: operations, ordered: false })),
    {
      format: ([a, b, c, d, e, f]) => `64-41414-${a}_${b}${c}_${d}${e}${f}`,
      parse: (text) => matchText(text, /^64-41414-([0-3])_([0-3])([0-3])_([0-3])([0-3])([0-3])$/, "64-41414-1_02_333").map(Number),
    },
  ),
  read: parseTable,
};

const modules = ["same", "wider", "smaller", "wider and smaller"];

/**
 * The backbones of TransNAS-Bench-101: four to six modules, each of which may double the channels, halve the image or both, written
 * `64-1234-basic`. The table knows 3,256 of these.
 */
export const transNasMacro: PublishedTable = {
  name: "transnas-macro",
  space: choiceSpace(
    "transnas-macro",
    [
      ...[1, 2, 3, 4].map((i) => ({ name: `module ${i}`, options: modules, ordered: false })),
      { name: "module 5", options: ["absent", ...modules], ordered: false },
      { name: "module 6", options: ["absent", ...modules], ordered: false, when: { gene: 4, options: [1, 2, 3, 4] } },
    ],
    {
      format: (g) =>
        `64-${g
          .slice(0, 4)
          .map((option) => option + 1)
          .join("")}${g
          .slice(4)
          .filter((option) => option > 0)
          .join("")}-basic`,
      parse: (text) => {
        const digits = [...(matchText(text, /^64-([1-4]{4,6})-basic$/, "64-1234-basic")[0] as string)].map(Number);
        return [...digits.slice(0, 4).map((digit) => digit - 1), digits[4] ?? 0, digits[5] ?? 0];
      },
    },
  ),
  read: parseTable,
};

import { type Gene, InputError } from "@archwright/core";
import { expect, it } from "vitest";
import { checkedCandidates } from "./external.ts";

const genes: readonly Gene[] = [
  { name: "depth", options: ["1", "2"], ordered: true },
  { name: "second", options: ["a", "b", "c"], ordered: false, when: { gene: 0, options: [1] } },
];

it("takes positions among the options, and none for what does not count", () => {
  expect(checkedCandidates([[1, 2]], genes)).toEqual([[1, 2]]);
  expect(
    checkedCandidates(
      [
        [0, 2],
        [0, null],
      ],
      genes,
    ),
  ).toEqual([
    [0, 0],
    [0, 0],
  ]);
  expect(checkedCandidates([], genes)).toEqual([]);
});

it.each([undefined, {}, [3], [[1]], [[1, 3]], [[0.5, 0]], [["1", 0]], [[1, -1]]])("refuses %j", (candidates) => {
  expect(() => checkedCandidates(candidates, genes)).toThrow(InputError);
});

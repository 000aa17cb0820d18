import { expect, it } from "vitest";
import type { Run } from "../experiment/index.ts";
import { findRun, runOfId } from "./lookup.ts";

const runs = ["digits-1", "digits-2", "flowers-1"].map((id) => ({ id, name: id.replace(/-\d+$/, "") }) as Run);
const store = { runs: () => runs };

it("finds a run by its id, the newest of an experiment by its name, and the latest of all", () => {
  expect(findRun(store, "digits-1").id).toBe("digits-1");
  expect(findRun(store, "digits").id).toBe("digits-2");
  expect(findRun(store, undefined).id).toBe("flowers-1");
  // An id that is another experiment's name as well.
  expect(findRun({ runs: () => [...runs, { id: "digits-1-1", name: "digits-1" } as Run] }, "digits-1").id).toBe("digits-1");
});

it("names the nearest id of a run that there is not, and takes no name where an id is wanted", () => {
  expect(() => findRun(store, "digits-3")).toThrow("there is no run 'digits-3'\n  expected: one of digits-1, digits-2, flowers-1");
  expect(() => findRun({ runs: () => [] }, undefined)).toThrow("the store holds no run yet");
  expect(() => runOfId(store, "digits")).toThrow("write instead: digits-1");
  expect(runOfId(store, "digits-1").id).toBe("digits-1");
});

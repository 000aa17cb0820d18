/** Statistics of comparisons: pure functions of numbers. */
export * from "./friedman.ts";
export * from "./intervals.ts";
export * from "./meanDifferences.ts";
export * from "./multiple.ts";
export * from "./signedRank.ts";
export { studentLimit, studentTails } from "./student.ts";

// Prints how many tests passed and failed, `N passed, N failed`, by vitest's JSON reports; status 1 where anything failed.
//
//   node scripts/countTests.mjs FAILED_STEPS REPORT.json …
//
// A step that failed though none of its tests did, lint for example, counts as a failure.
import { existsSync, readFileSync } from "node:fs";

const [failedSteps, ...files] = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const file of files.filter((name) => existsSync(name))) {
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(file, "utf8"));
  passed += numPassedTests;
  failed += numFailedTests;
}
failed = Math.max(failed, Number(failedSteps));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

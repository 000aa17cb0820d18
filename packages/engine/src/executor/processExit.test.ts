import { expect, test } from "vitest";
import { failureOfExit } from "./processExit.ts";
import { memoryMark } from "./watchdog.ts";

test("a process that was ended for its memory failed of that, also where its end outlasted the time limit", () => {
  const exit = { code: null, signal: "SIGKILL", output: `\n${memoryMark} 300000000 bytes\n` } as const;
  expect(failureOfExit(exit, 2 ** 28)).toMatchObject({ code: "out-of-memory", message: expect.stringContaining("256 MiB") });
  expect(failureOfExit({ ...exit, timeLimitMs: 1_000 }, 2 ** 28)).toMatchObject({ code: "out-of-memory" });
  expect(failureOfExit({ ...exit, output: "", timeLimitMs: 1_000 }, 2 ** 28)).toMatchObject({ code: "timeout" });
  expect(failureOfExit({ ...exit, output: "" }, 2 ** 28)).toMatchObject({ code: "crash" });
});

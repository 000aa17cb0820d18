import { expect, test } from "vitest";
import { failureOfEnding } from "./processExit.ts";
import { memoryMark } from "./watchdog.ts";

test("a process that was ended for its memory failed of that, also where its end outlasted the time limit", () => {
  const ending = { code: null, signal: "SIGKILL", output: `\n${memoryMark} 300000000 bytes\n` } as const;
  expect(failureOfEnding(ending, 2 ** 28)).toMatchObject({ code: "out-of-memory", message: expect.stringContaining("256 MiB") });
  expect(failureOfEnding({ ...ending, timeLimitMs: 1_000 }, 2 ** 28)).toMatchObject({ code: "out-of-memory" });
  expect(failureOfEnding({ ...ending, output: "", timeLimitMs: 1_000 }, 2 ** 28)).toMatchObject({ code: "timeout" });
  expect(failureOfEnding({ ...ending, output: "" }, 2 ** 28)).toMatchObject({ code: "crash" });
});

/** The command line inside of a test's own process. */
import { vi } from "vitest";
import type { Ended } from "./cli.ts";

/** A command line, run inside of the test's own process. */
export interface InProcess {
  run(...args: readonly string[]): Promise<Ended>;
  /** The one JSON document of a command that must succeed. */
  json(...args: readonly string[]): Promise<unknown>;
}

/**
 * The command line inside of this process, in a folder: it spares the second that starting a program takes, so it is for tests
 * of many commands. They wait for each other, because what each writes is caught. The folder becomes the process's own.
 */
export async function commandLineIn(folder: string): Promise<InProcess> {
  process.chdir(folder);
  const { run } = await import("archwright");
  const command = async (args: readonly string[]): Promise<Ended> => {
    const caught = { stdout: "", stderr: "" };
    const spies = (["stdout", "stderr"] as const).map((stream) =>
      vi.spyOn(process[stream], "write").mockImplementation((text) => {
        caught[stream] += String(text);
        return true;
      }),
    );
    try {
      return { code: await run(args), signal: null, ...caught };
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  };
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (...args: readonly string[]) => {
    const ended = last.then(() => command(args));
    last = ended.catch(() => undefined);
    return ended;
  };
  return {
    run: inTurn,
    json: async (...args) => {
      const { code, stdout, stderr } = await inTurn(...args, "--json");
      if (code !== 0) throw new Error(`archwright ${args.join(" ")} ended with ${code}:\n${stderr}`);
      return JSON.parse(stdout);
    },
  };
}

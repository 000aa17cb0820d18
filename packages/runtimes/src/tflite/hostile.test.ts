import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { tryHostileFiles } from "./tryHostile.fixture.ts";

const full = process.env.MODE === "full";
const summary = (text: string) => JSON.parse(text) as ReturnType<typeof tryHostileFiles>;

describe("damaged and hostile files", () => {
  it("are read or refused with a clear message", () => {
    const { faults, read, refused } = tryHostileFiles(0, 500);
    expect(faults).toEqual([]);
    // Both happen often, so neither is the only thing that is tested.
    expect(read).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(50);
  });

  it.runIf(full)(
    "take at most two seconds each, and 512 MB",
    () => {
      const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
      const script = fileURLToPath(new URL("./tryHostile.fixture.ts", import.meta.url));
      const options = ["--max-old-space-size=512", "--import", tsx, "--conditions", "archwright-source"];
      const { stdout, stderr, status } = spawnSync(process.execPath, [...options, script, "500", "10000"], { encoding: "utf8" });
      expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
      const { faults, slowestMs } = summary(stdout);
      expect(faults).toEqual([]);
      expect(slowestMs).toBeLessThan(2000);
    },
    120_000,
  );
});

/** The options of `search` that go on with a run. */
import type { MissingPiece, ResumeOptions } from "@archwright/engine";
import type { RedisArgs } from "../fleet/options.ts";

export interface ResumeArgs extends Omit<RedisArgs, "redis"> {
  readonly redis?: string | undefined;
  readonly file: string;
  /** A run's id; empty where the option stands alone. */
  readonly resume?: string | undefined;
  readonly takeOver: boolean;
  readonly redisDataLimit?: string | undefined;
  readonly seed?: number | undefined;
  readonly store: string;
}

export const resumeOptions = {
  resume: {
    type: "string",
    describe: "Continue this run; without a value, the newest unfinished run of this experiment",
  },
  "take-over": {
    type: "boolean",
    default: false,
    describe: "With --resume: continue even a run that another machine may still be running",
  },
} as const;

/** `--resume FILE` means the file of the experiment, as no run's id has a dot or a slash. */
export function separateResume(args: readonly string[]): string[] {
  return args.map((arg, i) =>
    arg === "--resume" && /[./\\]/.test(args[i + 1] ?? "") && !args[i + 1]?.startsWith("-") ? "--resume=" : arg,
  );
}

export function resumeOf({ resume, takeOver }: ResumeArgs): ResumeOptions | undefined {
  if (resume === undefined) return undefined;
  return { ...(resume === "" ? {} : { run: resume }), takeOver };
}

/** What the final report lacks, for people; nothing where it is complete. */
export function describeMissing(missing: readonly MissingPiece[], again: string): string {
  if (missing.length === 0) return "";
  const lines = missing.map((piece) => {
    const what = piece.step === "test" ? "was not tested" : `was not measured on ${piece.device}`;
    return `  trial ${piece.trial} ${what}: ${piece.code}: ${piece.message.split("\n")[0]}\n`;
  });
  return `the final report is not complete:\n${lines.join("")}  to try again: ${again}\n`;
}

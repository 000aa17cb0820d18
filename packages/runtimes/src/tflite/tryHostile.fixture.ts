/** Reads damaged and hostile files, for tests; as a program it prints what came of those whose numbers it is given. */
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { InputError } from "@archwright/core/base";
import { networkCosts } from "@archwright/core/ir";
import { hostileFile } from "./hostile.fixture.ts";
import { readTflite } from "./readTflite.ts";

/** What came of a number of files. */
export interface Outcome {
  readonly read: number;
  readonly refused: number;
  /** Files that neither were read nor refused with a clear message, by number. */
  readonly faults: readonly string[];
  readonly slowestMs: number;
}

const unclear = (message: string) => /[^\P{C}\n]/u.test(message) || message.length > 3000;

/** Files `from` up to, not including, `to`. */
export function tryHostileFiles(from: number, to: number): Outcome {
  let [read, refused, slowestMs] = [0, 0, 0];
  const faults: string[] = [];
  for (let number = from; number < to; number++) {
    const bytes = hostileFile(number);
    const start = performance.now();
    try {
      const { network, notes, unread } = readTflite(bytes, "model.tflite");
      const { macs, flops } = networkCosts(network);
      if (!Number.isFinite(macs + flops)) faults.push(`${number}: its cost is ${macs}, ${flops}`);
      if ([...notes, ...unread.flatMap(({ node, operator, why }) => [node, operator, why])].some(unclear))
        faults.push(`${number}: an unclear note`);
      read++;
    } catch (error) {
      if (!(error instanceof InputError)) faults.push(`${number}: ${(error as Error).stack}`);
      else if (unclear(error.message)) faults.push(`${number}: an unclear message: ${JSON.stringify(error.message.slice(0, 200))}`);
      refused++;
    }
    slowestMs = Math.max(slowestMs, performance.now() - start);
  }
  return { read, refused, faults, slowestMs };
}

if (argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(tryHostileFiles(Number(argv[2]), Number(argv[3]))));

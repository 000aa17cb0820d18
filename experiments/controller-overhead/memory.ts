/** What this process holds in memory after a full garbage collection. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const MIB = 2 ** 20;

/** Memory of this process after a full garbage collection: what JavaScript holds, typed arrays included, and the whole process. */
export function memoryMib(): { readonly heap: number; readonly rss: number } {
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: (heapUsed + external) / MIB, rss: rss / MIB };
}

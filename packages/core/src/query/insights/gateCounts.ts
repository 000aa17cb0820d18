/** How many trials each gate let pass and stopped. */
import { type Gate, gateCodes, gates, statusCodes } from "../../experiment/index.ts";
import type { TrialColumns } from "../columnar/index.ts";

export interface GateCount {
  readonly gate: Gate;
  /** Trials that came to it: a gate that has nothing to check lets all pass. */
  readonly reached: number;
  readonly passed: number;
  /** Over a budget. */
  readonly stopped: number;
  /** Could not be evaluated there. */
  readonly failed: number;
}

/** In the order of the gates. */
export function gateCounts(columns: TrialColumns): readonly GateCount[] {
  const [status, gate] = [columns.codes("status"), columns.codes("gate")];
  const counts = gates.map(() => ({ ended: 0, stopped: 0, failed: 0 }));
  for (let row = 0; row < status.length; row++) {
    const count = counts[(gate[row] as number) - 1];
    if (count === undefined) continue;
    count.ended++;
    if (status[row] === statusCodes.infeasible) count.stopped++;
    else if (status[row] === statusCodes.failed) count.failed++;
  }
  return gates.map((name, i): GateCount => {
    const { stopped, failed } = counts[gateCodes[name] - 1] as { stopped: number; failed: number };
    const reached = counts.slice(i).reduce((sum, { ended }) => sum + ended, 0);
    return { gate: name, reached, passed: reached - stopped - failed, stopped, failed };
  });
}

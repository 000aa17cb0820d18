/** Devices whose latency is looked up in a column of a CSV table. */
import type { z } from "zod";
import { type TableColumn, tableColumnSchema } from "../tables/index.ts";
import { eachBudget, onlyLatency } from "./checks.ts";
import type { DeviceKind } from "./types.ts";

export interface TableSpec {
  readonly kind: "table";
  readonly latency: TableColumn;
}

export const tableKind: DeviceKind<TableSpec> = {
  kind: "table",
  keys: {
    latency_table: tableColumnSchema.optional().describe("A column of latencies in ms in a CSV table, in place of a cost model."),
  },
  names: [],
  resolve: ({ name, budgets, latency_table }, context) => {
    eachBudget(context, budgets, (cost) => onlyLatency({ name }, cost, "a budget"));
    const written = latency_table as z.output<typeof tableColumnSchema>;
    return { kind: "table", latency: context.located(["latency_table", "file"], () => context.column(written)) };
  },
  checkKnows: onlyLatency,
  decides: ({ kind, latency: { contentHash } }) => ({ kind, latency: { contentHash } }),
  describe: ({ latency }) => ({ latency_table: latency }),
  columns: ({ latency }) => [latency],
  limits: () => ({}),
  open: ({ latency }, { space, latencies }) => {
    const known = latencies(latency, space);
    return {
      needsNetwork: false,
      known,
      estimate: (architecture) => {
        // Unknown only on a device that decides nothing: what the others know is all that is asked for.
        const value = known.get(architecture);
        return value === undefined ? {} : { latencyMs: { value, low95: null, high95: null, source: "table" } };
      },
    };
  },
  gates: ["analytic"],
  restricts: true,
  latencyIs: "looked up",
  hints: false,
};

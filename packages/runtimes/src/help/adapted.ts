/** HELP, adapted to one device. */
import { correlation, item } from "@archwright/core/base";
import { networkCosts } from "@archwright/core/ir";
import type { AdaptedLatencyPredictor, DescribeArchitecture, LatencyExplanation, LatencyPrediction } from "@archwright/core/latency";
import type { HelpState } from "./state.ts";

/** 97.5 % quantile of Student's t for the 12 degrees of freedom of ten measurements. */
const intervalFactor = 2.18;

/** What is known of a device once the model is adapted to it. */
export interface AdaptedState {
  /** Log-latencies (ms) that were measured, by architecture. */
  readonly logs: ReadonlyMap<string, number>;
  /** Standard deviation of log-latencies around the predictions. */
  readonly sd: number;
  readonly warnings: readonly string[];
}

/** HELP, adapted to a device. */
export class AdaptedHelpPredictor implements AdaptedLatencyPredictor {
  readonly #learned: HelpState;
  readonly #state: AdaptedState;
  readonly #describe: DescribeArchitecture;
  readonly #predictLogs: (architectures: readonly string[]) => Float64Array;
  readonly #middle: number;

  constructor(
    learned: HelpState,
    state: AdaptedState,
    describe: DescribeArchitecture,
    predictLogs: (architectures: readonly string[]) => Float64Array,
  ) {
    this.#learned = learned;
    this.#state = state;
    this.#describe = describe;
    this.#predictLogs = predictLogs;
    this.#middle = [...state.logs.values()].reduce((sum, log) => sum + log, 0) / state.logs.size;
  }

  predict(architectures: readonly string[]): readonly LatencyPrediction[] {
    // Limits far outside of what is ever right keep extrapolations finite.
    const sd = Math.min(this.#state.sd, 5);
    const relative = Math.exp((sd * sd) / 2) * Math.sqrt(Math.expm1(sd * sd));
    const ratio = Math.exp(intervalFactor * sd);
    return Array.from(this.#predictLogs(architectures), (log): LatencyPrediction => {
      const latencyMs = Math.exp(Number.isNaN(log) ? this.#middle : Math.min(Math.max(log, this.#middle - 20), this.#middle + 20));
      return { latencyMs, sdMs: latencyMs * relative, low95Ms: latencyMs / ratio, high95Ms: latencyMs * ratio };
    });
  }

  explain(): LatencyExplanation {
    const { sample, sampleLogs, sources } = this.#learned;
    const predicted = [...this.#predictLogs(sample)];
    const costs = sample.map((architecture) => networkCosts(this.#describe(architecture).network));
    const logOf = (values: readonly number[]) => values.map((value) => Math.log1p(value));
    const totals: readonly (readonly [string, readonly number[]])[] = [
      ["operations", costs.map(({ flops }) => flops)],
      ["bytes moved", costs.map(({ bytesMoved }) => bytesMoved)],
      ["weight bytes", costs.map(({ weightBytes }) => weightBytes)],
    ];
    const byCorrelation = <T extends { readonly correlation: number }>(list: T[]) => list.sort((a, b) => b.correlation - a.correlation);
    return {
      sources: byCorrelation(
        sources.map(({ name }, device) => {
          const known = sampleLogs[device]?.flatMap((log, i) => (log === null ? [] : [[item(predicted, i), log] as const])) ?? [];
          return {
            device: name,
            correlation: correlation(
              known.map(([prediction]) => prediction),
              known.map(([, log]) => log),
            ),
          };
        }),
      ),
      totals: byCorrelation(totals.map(([total, values]) => ({ total, correlation: correlation(predicted, logOf(values)) }))),
      noise: this.#state.sd,
      warnings: this.#state.warnings,
    };
  }
}

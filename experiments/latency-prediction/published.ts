/** Spearman correlations of others, to print beside ours. None of them was computed by this study. */
import type { SpaceName } from "./tasks.ts";

export interface PublishedValidation {
  /** The release of HELP (Lee et al., NeurIPS 2021) with about 20 measurements, run by us: over all architectures of the table, and
   * in its own protocol, which leaves out the slowest and the fastest tenth. */
  readonly release: number;
  readonly releaseTrimmed: number;
  /** Ridge regression on the encoding, fed 80 % of the column, run by us before this study. */
  readonly ridgeCeiling: number;
}

export const publishedValidation: Readonly<Record<SpaceName, Readonly<Record<string, PublishedValidation>>>> = {
  nasbench201: {
    titanx_1: { release: 0.971, releaseTrimmed: 0.956, ridgeCeiling: 0.981 },
    titanx_32: { release: 0.972, releaseTrimmed: 0.958, ridgeCeiling: 0.983 },
    titanx_256: { release: 0.987, releaseTrimmed: 0.973, ridgeCeiling: 0.997 },
    gold_6240: { release: 0.946, releaseTrimmed: 0.93, ridgeCeiling: 0.959 },
    mean: { release: 0.969, releaseTrimmed: 0.954, ridgeCeiling: 0.98 },
  },
  fbnet: {
    titanx_1: { release: 0.981, releaseTrimmed: 0.957, ridgeCeiling: 0.995 },
    titanx_32: { release: 0.972, releaseTrimmed: 0.937, ridgeCeiling: 0.994 },
    titanx_64: { release: 0.975, releaseTrimmed: 0.933, ridgeCeiling: 0.988 },
    gold_6240: { release: 0.948, releaseTrimmed: 0.928, ridgeCeiling: 0.962 },
    mean: { release: 0.969, releaseTrimmed: 0.939, ridgeCeiling: 0.985 },
  },
};

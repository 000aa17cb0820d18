/** Memory after so many jobs, of each process. */
export interface Reading {
  readonly jobs: number;
  readonly mib: readonly number[];
}

/** So many MiB more for each 1,000 jobs are growth: a tenth of a GiB for 100,000. Less is the noise of a garbage collector. */
const flatMibPerThousand = 0.1;

/** Least-squares slopes of the readings from a third of the jobs on, when everything has found its size. */
export function formatVerdict(readings: readonly Reading[], names: readonly string[]): string {
  const last = readings.at(-1)?.jobs ?? 0;
  const warm = readings.filter(({ jobs }) => jobs >= last / 3);
  const lines = names.map((name, i) => {
    const slope = slopeOf(warm.map(({ jobs, mib }) => [jobs / 1000, mib[i] as number]));
    return `${name}: ${slope >= 0 ? "+" : ""}${(slope * 1024).toFixed(1)} KiB per 1,000 jobs, ${slope < flatMibPerThousand ? "flat" : "GROWS"}`;
  });
  return `from job ${warm[0]?.jobs} on: ${lines.join("; ")}`;
}

function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(points.map(([each]) => each));
  const y = mean(points.map(([, each]) => each));
  return mean(points.map(([a, b]) => (a - x) * (b - y))) / mean(points.map(([a]) => (a - x) ** 2));
}

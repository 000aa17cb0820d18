/** Memory after so many jobs, of each process. */
export interface Reading {
  readonly jobs: number;
  readonly mib: readonly number[];
}

/** Ten bytes more a job are growth: one MiB for 100,000. */
const flatBytesPerJob = 10;

/** Least-squares slopes of the readings from a third of the jobs on, when everything has found its size. */
export function formatVerdict(readings: readonly Reading[], names: readonly string[]): string {
  const last = readings.at(-1)?.jobs ?? 0;
  const warm = readings.filter(({ jobs }) => jobs >= last / 3);
  const lines = names.map((name, i) => {
    const slope = slopeOf(warm.map(({ jobs, mib }) => [jobs, (mib[i] as number) * 2 ** 20]));
    return `${name}: ${slope >= 0 ? "+" : ""}${slope.toFixed(2)} bytes a job, ${slope < flatBytesPerJob ? "flat" : "GROWS"}`;
  });
  return `from job ${warm[0]?.jobs} on: ${lines.join("; ")}`;
}

function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(points.map(([each]) => each));
  const y = mean(points.map(([, each]) => each));
  return mean(points.map(([a, b]) => (a - x) * (b - y))) / mean(points.map(([a]) => (a - x) ** 2));
}

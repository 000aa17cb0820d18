/** Seconds gone by, and seconds that all threads of this process were busy: the latter hardly depends on who else uses the machine. */
export interface Elapsed {
  readonly wall: number;
  readonly cpu: number;
}

export function startWatch(): () => Elapsed {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { wall: (performance.now() - startedAt) / 1e3, cpu: (user + system) / 1e6 };
  };
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}

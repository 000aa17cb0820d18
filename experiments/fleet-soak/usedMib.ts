/** What this process holds on to, in MiB: its heap and its buffers after a full collection. Needs `--expose-gc`. */
export function usedMib(): number {
  if (!globalThis.gc) throw new Error("start this with --expose-gc");
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

/** Work on many things, some of them at once. */

/** Does all of them, so many at once; looks at the limit again whenever one is done. */
export async function eachAtOnce<T>(
  items: readonly T[],
  limit: () => number,
  act: (item: T) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const running = new Set<Promise<void>>();
  for (const item of items) {
    while (running.size > 0 && running.size >= limit()) await Promise.race(running);
    if (signal?.aborted) break;
    const work: Promise<void> = act(item).finally(() => running.delete(work));
    running.add(work);
  }
  await Promise.all(running);
}

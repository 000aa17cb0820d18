/** Works through a list, several items at a time. */

/** Files handled at once: enough to hide waiting, too few to run out of file handles. */
const AT_ONCE = 16;

/** Does something with each item, several at a time; results in order. Rejects with the first error, after what was begun has ended. */
export async function eachOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let failed = false;
  const line = async () => {
    while (next < items.length && !failed) {
      const at = next++;
      try {
        results[at] = await work(items[at] as T);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lines = await Promise.allSettled(Array.from({ length: AT_ONCE }, line));
  for (const ended of lines) if (ended.status === "rejected") throw ended.reason;
  return results;
}

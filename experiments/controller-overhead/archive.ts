/** Offers a million trials to the Pareto archive, and prints its memory and time at each power of ten. */
import { createQuickRng } from "@archwright/core/base";
import { ParetoArchive } from "@archwright/core/search";
import { memoryMib } from "./memory.ts";

/**
 * Objectives that pull apart, as those of networks do: a point near the plane on which they add up to one, with noise that keeps
 * finding better ones ever more seldom.
 */
function point(objectives: number, number: number): number[] {
  const rng = createQuickRng(number);
  const shares = Array.from({ length: objectives }, () => -Math.log(1 - rng.next()));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const excess = 1 + rng.next();
  return shares.map((share) => (share / total) * excess);
}

export function measureArchive(): void {
  console.log("objectives      offers   front   heap MiB   RSS MiB   offers/s since the last line (CPU time)");
  for (const objectives of [2, 3]) {
    const archive = new ParetoArchive<{ readonly number: number }>(objectives);
    let offers = 0;
    for (const limit of [1e3, 1e4, 1e5, 1e6]) {
      const before = process.cpuUsage();
      const fresh = limit - offers;
      for (; offers < limit; offers++) archive.add(point(objectives, offers), { number: offers });
      const { user, system } = process.cpuUsage(before);
      const { heap, rss } = memoryMib();
      const cells = [heap.toFixed(2).padStart(10), rss.toFixed(0).padStart(9)];
      const rate = ((fresh * 1e6) / (user + system)).toFixed(0).padStart(10);
      console.log(`${objectives}          ${String(limit).padStart(12)} ${String(archive.size).padStart(7)} ${cells.join(" ")} ${rate}`);
    }
  }
}

/** Device profiles that do not exist, as variations of others. */
import { createRng } from "../../base/index.ts";
import { item } from "../../base/matrix.ts";
import type { DeviceProfile, MemoryLevel } from "../../devices/index.ts";

/** Standard deviation of the logarithm of the factor by which each number differs from its model's. */
const spread = 0.7;

/**
 * Profiles that take turns in varying the given ones: every rate, bandwidth, capacity, overhead and efficiency is multiplied by a
 * random factor of its own.
 * @param seed of everything that is drawn.
 */
export function madeUpProfiles(seed: number | string, models: readonly DeviceProfile[], count: number): readonly DeviceProfile[] {
  return Array.from({ length: count }, (_, i) => {
    const model = item(models, i % models.length);
    const rng = createRng(`made-up profile ${seed}/${i}`);
    const factor = () => Math.exp(spread * rng.normal());
    let [fastest, least] = [Number.POSITIVE_INFINITY, 0];
    const memory = model.memory.map((level): MemoryLevel => {
      // Farther levels are neither faster nor smaller.
      fastest = Math.min(fastest, level.bandwidthBytesPerSecond * factor());
      least = Math.max(least, Math.round(level.capacityBytes * factor()));
      return { ...level, bandwidthBytesPerSecond: fastest, capacityBytes: least };
    });
    return {
      ...model,
      name: `made-up-${i + 1}`,
      description: `made up, as a variation of ${model.name}`,
      formats: model.formats.map((format) => ({ ...format, operationsPerSecond: format.operationsPerSecond * factor() })),
      memory,
      overheadPerKernelMs: model.overheadPerKernelMs === null ? null : model.overheadPerKernelMs * factor(),
      efficiency: Object.fromEntries(
        Object.entries(model.efficiency).map(([name, share]) => [name, share === null ? null : Math.min(1, share * factor())]),
      ) as DeviceProfile["efficiency"],
      budgets: {},
    };
  });
}

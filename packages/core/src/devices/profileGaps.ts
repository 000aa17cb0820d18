/** What a profile does not state, and what that means for the costs computed from it. */
import type { NumberFormat } from "../ir/index.ts";
import type { DeviceProfile } from "./profile.ts";
import type { CostName } from "./types.ts";

/** The profile's keys, as they are written, that are needed to know the energy of a network in this format and are not stated. */
export function missingForEnergy({ formats, memory, staticPowerMw }: DeviceProfile, format: NumberFormat): readonly string[] {
  const arithmetic = formats.find((known) => known.format === format);
  return [
    ...(staticPowerMw === null ? ["static_power"] : []),
    ...(arithmetic?.energyPerOperationMj == null ? [`energy_per_operation of ${format}`] : []),
    ...memory.flatMap((level) => (level.energyPerByteMj === null ? [`energy_per_byte of ${level.name}`] : [])),
  ];
}

/** Whether a profile states all that a cost cannot be computed without. */
export function knowsCost(profile: DeviceProfile, format: NumberFormat, cost: CostName): boolean {
  return cost !== "energyMj" || missingForEnergy(profile, format).length === 0;
}

/** In sentences: the costs that are not known, and those that are lower bounds, because of what the profile does not state. */
export function profileGaps(profile: DeviceProfile, format: NumberFormat): readonly string[] {
  const { overheadPerKernelMs, efficiency, runtime } = profile;
  const energy = missingForEnergy(profile, format);
  const atPeak = Object.entries(efficiency).flatMap(([kind, share]) => (share === null ? [kind] : []));
  const left = (key: string, missing: boolean, meaning: string) => (missing ? [`the profile does not state ${key}: ${meaning}`] : []);
  return [
    ...left("overhead_per_kernel", overheadPerKernelMs === null, "latency is a lower bound, without it"),
    ...left(`the efficiency of ${atPeak.join(", ")}`, atPeak.length > 0, "latency is a lower bound, at the peak rate"),
    ...left("the runtime's memory", runtime.memoryBytes === null, "peak_memory is a lower bound, without it"),
    ...left("the runtime's flash", runtime.flashBytes === null, "flash is a lower bound, without it"),
    ...left(energy.join(", "), energy.length > 0, "energy is not known"),
  ];
}

/** The analytic cost model: a network's costs, computed from a device's profile. */
import { InputError, nearestSpelling } from "../base/index.ts";
import { deploy, type Network, type NumberFormat, planMemory, tensorBytes } from "../ir/index.ts";
import { type KernelWork, networkWork } from "./kernelWork.ts";
import { descriptionBytes, memoryOptions, persistentBytes, plannerRules, withPadding } from "./planner.ts";
import type { DeviceProfile, FormatProfile, MemoryContent, MemoryLevel } from "./profile.ts";
import { missingForEnergy } from "./profileGaps.ts";
import { hasScratchpad, type ScratchpadTraffic, scratchpadTraffic } from "./scratchpad.ts";
import type { Bottleneck, CostModel, CostReport, KernelCost } from "./types.ts";

export interface AnalyticOptions {
  /** Number format of tensors and weights; the profile's own where absent. */
  readonly format?: NumberFormat;
}

/**
 * What a network costs on a device, computed from the device's profile alone: a roofline for each kernel
 * (Williams, Waterman and Patterson 2009), one roof for arithmetic and one for each memory level.
 *
 * - Kernels: those of `fuseKernels(deploy(network, { format }))`. A kernel takes as long as the slowest of its arithmetic
 *   (operations / (peak rate · efficiency of its class)) and of each level's traffic (bytes / bandwidth), plus the overhead.
 * - Traffic: activations are served by the nearest level that holds the kernel's whole working set; weights by the nearest
 *   that holds all of the network's weights (and, in a cache shared with activations, the arena), because they must survive
 *   from one inference to the next; else by their home. What a level serves also passes through the levels before it.
 * - Of microcontrollers and accelerators the nearest level of activations is a scratchpad. Where what the runtime leaves of it (and weights that it
 *   serves) is smaller than the arena, tensors move between it and the level behind it as `planTraffic` plans; kernels are charged what is loaded and
 *   stored for them. A kernel that does not fit by itself runs in the level behind.
 * - Peak memory: the arena of `planMemory` under the profile's planner, what the runtime keeps of each layer and channel, its own, and the
 *   weights where their home is the activations' home. Flash: all that is stored (`storedBytes`, and what describes it in the form that the
 *   planner names), and the runtime's code.
 * - Energy: operations and bytes at each level, each times its energy, plus static power times latency. Only where the
 *   profile states them all.
 * - What else the profile does not state counts for nothing, so that the cost is a lower bound: see `profileGaps`.
 *
 * Not modelled: tensors that are cached in part, how well a kernel of a certain shape fills the machine, clocks that change,
 * input and output of the device.
 * @throws InputError where the device does not compute in the format.
 */
export function createAnalyticModel(profile: DeviceProfile, options: AnalyticOptions = {}): CostModel {
  const format = options.format ?? profile.format;
  const arithmetic = profile.formats.find((known) => known.format === format);
  if (!arithmetic) {
    const known = profile.formats.map((entry) => entry.format);
    throw new InputError(`${profile.name} does not compute in ${format}`, {
      expected: `one of ${known.join(", ")}`,
      suggestion: nearestSpelling(format, known),
    });
  }
  const levels = profile.memory;
  const activationLevels = levelsHolding(profile, "activations");
  const weightLevels = levelsHolding(profile, "weights");
  const sharesHome = activationLevels.at(-1) === weightLevels.at(-1);
  const rules = plannerRules(profile.planning);
  const planning = memoryOptions(rules);

  const overheadMs = profile.overheadPerKernelMs ?? 0;
  const energy = energyOf(profile, arithmetic);

  const [scratchpad, behind] = hasScratchpad[profile.kind] ? activationLevels : [];

  const kernelCost = (kernel: KernelWork, weightsFrom: MemoryLevel, moved: ScratchpadTraffic | undefined): KernelCost => {
    const bytes = levels.map(() => 0);
    const pass = (chain: readonly MemoryLevel[], serving: MemoryLevel, amount: number) => {
      for (const level of chain) {
        bytes[levels.indexOf(level)] = (bytes[levels.indexOf(level)] as number) + amount;
        if (level === serving) break;
      }
    };
    const workingSet = (level: MemoryLevel) => kernel.activationBytes + (level.holds.includes("weights") ? kernel.weightBytes : 0);
    if (moved && scratchpad && behind) {
      const isInMain = kernel.nodes.some((node) => moved.inMain.has(node));
      pass(activationLevels, isInMain ? behind : scratchpad, kernel.activationBytes);
      const between = kernel.nodes.reduce((sum, node) => sum + (moved.bytes.get(node) ?? 0), 0);
      pass(activationLevels, behind, between);
    } else pass(activationLevels, nearest(activationLevels, workingSet), kernel.activationBytes);
    pass(weightLevels, weightsFrom, kernel.weightBytes);

    let bottleneck: Bottleneck = { kind: "compute" };
    const rate = arithmetic.operationsPerSecond * (profile.efficiency[kernel.operatorClass] ?? 1);
    let slowestMs = (kernel.operations / rate) * 1e3;
    levels.forEach((level, i) => {
      const ms = ((bytes[i] as number) / level.bandwidthBytesPerSecond) * 1e3;
      if (ms > slowestMs) [slowestMs, bottleneck] = [ms, { kind: "memory", level: level.name }];
    });
    if (overheadMs > slowestMs) bottleneck = { kind: "overhead" };
    const latencyMs = slowestMs + overheadMs;
    const { nodes, operations } = kernel;
    return { nodes, latencyMs, energyMj: energy?.(operations, bytes, latencyMs) ?? null, bottleneck, operations, bytes };
  };

  return {
    device: profile.name,
    estimate(network): CostReport {
      const deployed = withPadding(deploy(network, { format }), rules);
      const { kernels: work, storedBytes: parameterBytes } = networkWork(deployed);
      const storedBytes = parameterBytes + descriptionBytes(rules.storage, deployed);
      const plan = planMemory(deployed, planning);
      const arenaBytes = plan.arenaBytes + persistentBytes(rules.persistent, deployed) + (rules.inputsInArena ? 0 : inputBytes(deployed));
      const weightsFrom = nearest(weightLevels, (level) => storedBytes + (level.holds.includes("activations") ? arenaBytes : 0));
      const kept =
        persistentBytes(rules.persistent, deployed) + (profile.runtime.memoryBytes ?? 0) + (weightsFrom === scratchpad ? storedBytes : 0);
      const moved =
        scratchpad &&
        behind &&
        scratchpadTraffic(deployed, plan, planning, { capacityBytes: scratchpad.capacityBytes - kept, kernels: work });
      const kernels = work.map((kernel) => kernelCost(kernel, weightsFrom, moved));
      const computed = (value: number) => ({ value, low95: null, high95: null, source: "analytic" }) as const;
      return {
        costs: {
          latencyMs: computed(kernels.reduce((sum, kernel) => sum + kernel.latencyMs, 0)),
          peakMemoryBytes: computed(arenaBytes + (profile.runtime.memoryBytes ?? 0) + (sharesHome ? storedBytes : 0)),
          flashBytes: computed(storedBytes + (profile.runtime.flashBytes ?? 0)),
          ...(energy ? { energyMj: computed(kernels.reduce((sum, kernel) => sum + (kernel.energyMj as number), 0)) } : {}),
        },
        kernels,
        deployed,
        plan,
      };
    },
  };
}

/** Bytes of the network's inputs, where the caller keeps them beside the arena. */
function inputBytes({ nodes }: Network): number {
  return nodes.reduce((sum, { op, output }) => sum + (op.kind === "input" ? tensorBytes(output) : 0), 0);
}

/** The energy of a kernel, mJ, by its operations, the bytes that each level serves, and its latency; undefined where it is not known. */
function energyOf(profile: DeviceProfile, { format, energyPerOperationMj }: FormatProfile) {
  if (missingForEnergy(profile, format).length > 0) return undefined;
  return (operations: number, bytes: readonly number[], latencyMs: number) =>
    profile.memory.reduce(
      (sum, level, i) => sum + (bytes[i] as number) * (level.energyPerByteMj as number),
      operations * (energyPerOperationMj as number),
    ) +
    ((profile.staticPowerMw as number) * latencyMs) / 1e3;
}

function levelsHolding(profile: DeviceProfile, content: MemoryContent): readonly MemoryLevel[] {
  return profile.memory.filter((level) => level.holds.includes(content));
}

/** The first level that has room, else the last, which is home: what exceeds its capacity exceeds a budget and is still estimated. */
function nearest(chain: readonly MemoryLevel[], needed: (level: MemoryLevel) => number): MemoryLevel {
  return chain.find((level) => needed(level) <= level.capacityBytes) ?? (chain.at(-1) as MemoryLevel);
}

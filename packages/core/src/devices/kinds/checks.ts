/** Complaints that several kinds of device share. */
import { formatLimit, formatQuantity, InputError } from "../../base/index.ts";
import type { NumberFormat } from "../../ir/index.ts";
import type { Budgets } from "../budgets.ts";
import type { DeviceProfile } from "../profile.ts";
import { knowsCost, missingForEnergy } from "../profileGaps.ts";
import { type CostName, costTerms } from "../types.ts";
import type { DeviceContext } from "./types.ts";

/** Checks each budget of an entry where it is written. */
export function eachBudget(
  { located }: Pick<DeviceContext, "located">,
  budgets: Budgets,
  check: (cost: CostName, budget: number) => void,
): void {
  for (const [cost, budget] of Object.entries(budgets) as [CostName, number][]) {
    located(["budgets", costTerms[cost].yaml], () => check(cost, budget));
  }
}

/** Of a table, a fitted device and a measured one only latency is known well enough to decide anything. */
export function onlyLatency({ name }: { readonly name: string }, cost: CostName, use: string): void {
  if (cost === "latencyMs") return;
  const { yaml } = costTerms[cost];
  throw new InputError(`only the latency of '${name}' is known, so '${yaml}' cannot be ${use}`, {
    expected: `latency, or a device with a profile for '${yaml}'`,
  });
}

/** A cost needs numbers that not every profile states. */
export function checkStated(profile: DeviceProfile, format: NumberFormat, cost: CostName, use: string): void {
  if (knowsCost(profile, format, cost)) return;
  const { yaml } = costTerms[cost];
  throw new InputError(`the ${yaml} of networks on '${profile.name}' is not known, so '${yaml}' cannot be ${use}`, {
    expected: `a profile that states ${missingForEnergy(profile, format).join(", ")} (0 where it is none)`,
  });
}

/** A budget beyond what the device has promises too much; one that its runtime alone uses up can be met by no network. */
export function checkPossible(cost: CostName, budget: number, profile: DeviceProfile): void {
  const { yaml, dimension } = costTerms[cost];
  const most = profile.budgets[cost];
  if (most !== undefined && budget > most) {
    throw new InputError(`the budget '${yaml}' is more than ${profile.name} has`, {
      expected: `at most ${formatLimit(most, dimension, "down")}`,
      suggestion: `${yaml}: ${formatLimit(most, dimension, "down")}`,
    });
  }
  const { memoryBytes, flashBytes } = profile.runtime;
  const least = { peakMemoryBytes: memoryBytes ?? 0, flashBytes: flashBytes ?? 0, latencyMs: 0, energyMj: 0 }[cost];
  if (budget <= least) {
    throw new InputError(`no network meets the budget '${yaml}' of ${formatQuantity(budget, dimension)}`, {
      expected: `more than the ${formatQuantity(least, dimension)} that the runtime on ${profile.name} takes by itself`,
    });
  }
}

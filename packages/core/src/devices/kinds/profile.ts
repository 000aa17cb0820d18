/** Devices whose costs are computed from a profile: the shipped ones, and the user's own YAML files. */
import { formatQuantity, InputError, type Json } from "../../base/index.ts";
import type { Network, NumberFormat } from "../../ir/index.ts";
import { createAnalyticModel } from "../analytic.ts";
import { checkBudgets, costValues } from "../budgets.ts";
import type { DeviceProfile } from "../profile.ts";
import { profileGaps } from "../profileGaps.ts";
import { parseDeviceProfile } from "../profileSchema.ts";
import { type CostReport, costNames, costTerms } from "../types.ts";
import { checkPossible, checkStated, eachBudget } from "./checks.ts";
import type { CostBreakdown, DeviceKind } from "./types.ts";

export interface ProfileSpec {
  readonly kind: "profile";
  readonly profile: DeviceProfile;
  readonly format: NumberFormat;
}

export const profileKind: DeviceKind<ProfileSpec> = {
  kind: "profile",
  keys: {},
  names: [],
  library: {
    ending: /\.ya?ml$/,
    accepts: (device) => device.kind !== "fitted",
    parse: parseDeviceProfile,
    brief: (device) => {
      const { kind, format, description } = device as DeviceProfile;
      return { kind, format, description };
    },
    costs: costNames,
    about: "Costs are computed from the device's profile; what exceeds a budget is never trained.",
    madeFor: () => undefined,
    formats: (device) => (device as DeviceProfile).formats.map(({ format }) => format),
    estimate: (device, { network }, _models, format = (device as DeviceProfile).format) => {
      const profile = device as DeviceProfile;
      const report = createAnalyticModel(profile, { format }).estimate(network);
      const warnings = [...overBudget(report, profile), ...profileGaps(profile, format)];
      return { estimates: report.costs, warnings, breakdown: breakdownOf(report, profile, format) };
    },
  },
  resolve: ({ name, budgets, format: written }, context) => {
    const profile = context.library(name) as DeviceProfile;
    const format = written ?? profile.format;
    context.located(["format"], () => checkFormat(format, profile));
    eachBudget(context, budgets, (cost) => checkStated(profile, format, cost, "a budget"));
    context.located(["format"], () => {
      for (const cost of Object.keys(profile.budgets) as (keyof typeof budgets)[]) {
        checkStated(profile, format, cost, "a budget, which the profile sets");
      }
    });
    eachBudget(context, budgets, (cost, budget) => checkPossible(cost, budget, profile));
    // What does not fit the device at all is infeasible even where the user sets no budget.
    return { kind: "profile", budgets: { ...profile.budgets, ...budgets }, profile, format };
  },
  checkKnows: ({ profile, format }, cost, use) => checkStated(profile, format, cost, use),
  decides: ({ kind, profile, format }) => ({ kind, profile: numbersOf(profile), format }),
  describe: ({ profile, format }) => describeProfile(profile, format),
  limits: ({ profile }) => profile.budgets,
  open: ({ profile, format }) => {
    const model = createAnalyticModel(profile, { format });
    return { needsNetwork: true, estimate: (_, network) => (network ? model.estimate(network).costs : {}) };
  },
  gates: ["analytic"],
  restricts: false,
  latencyIs: "predicted",
  hints: false,
  breakDown: ({ profile, format }, network) => breakDownByProfile(profile, format, network),
};

/** What a profile says of itself decides nothing. */
export function numbersOf({ description: _description, sources: _sources, ...numbers }: DeviceProfile): Readonly<Record<string, Json>> {
  return numbers as unknown as Readonly<Record<string, Json>>;
}

/** The same as a user would write it, but for the budgets, which stand by themselves. */
export function describeProfile(profile: DeviceProfile, format: NumberFormat): Readonly<Record<string, unknown>> {
  const { budgets: _budgets, ...numbers } = numbersOf(profile);
  return { format, profile: numbers };
}

export function breakDownByProfile(profile: DeviceProfile, format: NumberFormat, network: Network): CostBreakdown {
  return breakdownOf(createAnalyticModel(profile, { format }).estimate(network), profile, format);
}

function breakdownOf({ kernels, deployed, plan }: CostReport, profile: DeviceProfile, format: NumberFormat): CostBreakdown {
  if (!kernels || !deployed || !plan) throw new Error("the analytic model says nothing of kernels");
  return { format, deployed, kernels, plan, profile };
}

/** In sentences: what does not fit the device. */
function overBudget(report: CostReport, { name, budgets }: DeviceProfile): readonly string[] {
  return checkBudgets(costValues(report), budgets).map(({ cost, value, budget }) => {
    const { yaml, dimension } = costTerms[cost];
    return `${yaml} is ${formatQuantity(value, dimension)}, more than the ${formatQuantity(budget, dimension)} of ${name}`;
  });
}

function checkFormat(format: NumberFormat, profile: DeviceProfile): void {
  const known = profile.formats.map((entry) => entry.format);
  if (known.includes(format)) return;
  throw new InputError(`${profile.name} does not compute in ${format}`, {
    expected: `one of ${known.join(", ")}`,
    suggestion: `format: ${profile.format}`,
  });
}

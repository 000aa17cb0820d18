/** Devices that a runtime measures; the profile of another device hints at their costs before. */
import { InputError } from "../../base/index.ts";
import type { NumberFormat } from "../../ir/index.ts";
import { createAnalyticModel } from "../analytic.ts";
import type { DeviceProfile } from "../profile.ts";
import { type MeasuringRuntime, runtimeDevices, runtimeOfDevice } from "../runtimes.ts";
import { eachBudget, onlyLatency } from "./checks.ts";
import { breakDownByProfile, describeProfile, numbersOf } from "./profile.ts";
import type { DeviceKind, Estimates } from "./types.ts";

export interface MeasuredSpec {
  readonly kind: "measured";
  /** Name of the runtime that measures it. */
  readonly runtime: string;
  /** Of the device that hints at its costs. */
  readonly profile: DeviceProfile;
  readonly format: NumberFormat;
}

export const measuredKind: DeviceKind<MeasuredSpec> = {
  kind: "measured",
  keys: {},
  names: runtimeDevices,
  resolve: ({ name, budgets, format: written }, context) => {
    const runtime = runtimeOfDevice(name);
    if (!runtime) throw new Error(`no runtime measures '${name}'`);
    const profile = context.located(["name"], () => context.library(runtime.predictedBy) as DeviceProfile);
    eachBudget(context, budgets, (cost) => onlyLatency({ name }, cost, "a budget"));
    const format = written ?? (runtime.formats[0] as NumberFormat);
    context.located(["format"], () => checkMeasurable(name, format, runtime));
    return { kind: "measured", runtime: runtime.name, profile, format };
  },
  checkKnows: onlyLatency,
  decides: ({ kind, runtime, profile, format }) => ({ kind, runtime, profile: numbersOf(profile), format }),
  describe: ({ runtime, profile, format }) => ({ runtime, ...describeProfile(profile, format) }),
  limits: () => ({}),
  open: ({ profile, format }) => {
    const model = createAnalyticModel(profile, { format });
    return { needsNetwork: true, estimate: (_, network) => (network ? hinted(model.estimate(network).costs, profile.name) : {}) };
  },
  gates: ["measured"],
  restricts: false,
  latencyIs: "predicted",
  hints: true,
  runtime: ({ runtime }) => runtime,
  breakDown: ({ profile, format }, network) => breakDownByProfile(profile, format, network),
};

/** Costs computed from the profile of another device, marked as such. */
function hinted(costs: Estimates, profile: string): Estimates {
  return Object.fromEntries(Object.entries(costs).map(([cost, estimate]) => [cost, { ...estimate, profile }]));
}

function checkMeasurable(device: string, format: NumberFormat, { formats }: MeasuringRuntime): void {
  if (formats.includes(format)) return;
  throw new InputError(`'${device}' measures networks in ${formats.join(" or ")} only, not in ${format}`, {
    suggestion: `format: ${formats[0]}`,
  });
}

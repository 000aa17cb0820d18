/** Devices whose latency is predicted from a few measurements, as `device fit` makes them. */
import { InputError } from "../../base/index.ts";
import { type Network, networkCosts } from "../../ir/index.ts";
import type { LatencyPrediction } from "../../latency/index.ts";
import { createSpace } from "../../spaces/index.ts";
import { checkSameSpace, type FittedDevice, openFittedDevice, parseFittedDevice, predictLatency, predictNetwork } from "../fitted/index.ts";
import type { CostEstimate } from "../types.ts";
import { eachBudget, onlyLatency } from "./checks.ts";
import type { DeviceKind } from "./types.ts";

export interface FittedSpec {
  readonly kind: "fitted";
  readonly fitted: FittedDevice;
}

export const fittedKind: DeviceKind<FittedSpec> = {
  kind: "fitted",
  keys: {},
  names: [],
  library: {
    ending: /\.fitted\.json$/,
    accepts: (device) => device.kind === "fitted",
    parse: parseFittedDevice,
    brief: (device) => {
      const { kind, space, measurements } = device as FittedDevice;
      return { kind, format: null, description: `latency in ${space.name}, fitted to ${measurements.length} measurements` };
    },
    costs: ["latencyMs"],
    about: "Latency is predicted from the device's measurements; what is surely over the budget is never trained.",
    madeFor: (device) => device as FittedDevice,
    formats: () => [],
    estimate: (device, { architecture, network }, models) => {
      const fitted = device as FittedDevice;
      if (architecture !== undefined) {
        return { estimates: { latencyMs: estimateOf(predictLatency(openFittedDevice(fitted, models), architecture)) }, warnings: [] };
      }
      return { estimates: { latencyMs: estimateOf(predictNetwork(fitted, network, models)) }, warnings: farFromMeasured(fitted, network) };
    },
  },
  resolve: ({ name, budgets, format }, context) => {
    const fitted = context.library(name) as FittedDevice;
    eachBudget(context, budgets, (cost) => onlyLatency({ name }, cost, "a budget"));
    context.located(["name"], () => checkSameSpace(`'${name}'`, fitted, context));
    if (format !== undefined) context.located(["format"], () => refuseFormat(name));
    return { kind: "fitted", fitted: { ...fitted, networkPredictor: null } };
  },
  checkKnows: onlyLatency,
  decides: ({ kind, fitted }) => ({ kind, fitted: fitted.hash }),
  describe: ({ fitted }) => ({ fitted: fitted.hash.slice(0, 12) }),
  limits: () => ({}),
  open: ({ fitted }, { latencyModels }) => {
    const predictor = openFittedDevice(fitted, latencyModels);
    return {
      // What is predicted of a network that cannot be built would be an accident.
      needsNetwork: true,
      estimate: (architecture) => ({ latencyMs: estimateOf(predictLatency(predictor, architecture)) }),
    };
  },
  gates: ["predicted"],
  restricts: false,
  latencyIs: "predicted",
  hints: false,
};

function estimateOf({ latencyMs, low95Ms, high95Ms }: LatencyPrediction): CostEstimate {
  return { value: latencyMs, low95: low95Ms, high95: high95Ms, source: "predicted" };
}

/** Networks much smaller or larger than those measured are beyond what the measurements can tell. */
function farFromMeasured({ name, space: spec, task, measurements }: FittedDevice, network: Network): readonly string[] {
  const space = createSpace(spec, task);
  const measured = measurements.map(({ architecture }) => networkCosts(space.network(space.parse(architecture), task)).macs);
  const { macs } = networkCosts(network);
  const [least, most] = [Math.min(...measured), Math.max(...measured)];
  if (macs >= least / 2 && macs <= 2 * most) return [];
  const millions = (count: number) => `${(count / 1e6).toPrecision(3)} million`;
  return [
    `the model has ${millions(macs)} multiply-accumulates, the networks measured on '${name}' have ${millions(least)} to ${millions(most)}: the estimate is a guess`,
  ];
}

function refuseFormat(device: string): never {
  throw new InputError(`'${device}' is fitted to measurements, whatever their number format was`, { expected: "no 'format'" });
}

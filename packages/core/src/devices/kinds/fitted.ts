/** Devices whose latency is predicted from a few measurements, as `device fit` makes them. */
import { InputError } from "../../base/index.ts";
import type { LatencyPrediction } from "../../latency/index.ts";
import type { SpaceSpec, Task } from "../../spaces/index.ts";
import {
  checkSameSpace,
  currentDevice,
  type FittedDevice,
  type FittedSpace,
  isSameSpace,
  openFittedSpace,
  parseFittedDevice,
  predictLatency,
  predictNetwork,
} from "../fitted/index.ts";
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
      const { kind, spaces, files } = device as FittedDevice;
      const of = [...spaces.map(({ space }) => space.name), ...(files.length === 0 ? [] : ["files"])].join(", ");
      const count = spaces.reduce((sum, { measurements }) => sum + measurements.length, files.length);
      return { kind, format: null, description: `latency in ${of}, fitted to ${count} measurements` };
    },
    costs: ["latencyMs"],
    about: "Latency is predicted from the device's measurements; what is surely over the budget is never trained.",
    madeFor: (device) => (device as FittedDevice).spaces,
    formats: () => [],
    estimate: (device, { architecture, network, of }, models) => {
      const fitted = device as FittedDevice;
      const own = of ? fitted.spaces.find((known) => isSameSpace(known, of)) : fitted.spaces[0];
      if (architecture !== undefined && own) {
        return { estimates: { latencyMs: estimateOf(predictLatency(openFittedSpace(own, models), architecture)) }, warnings: [] };
      }
      const { warnings, ...prediction } = predictNetwork(fitted, network);
      return { estimates: { latencyMs: estimateOf(prediction) }, warnings };
    },
  },
  resolve: ({ name, budgets, format }, context) => {
    const fitted = context.library(name) as FittedDevice;
    eachBudget(context, budgets, (cost) => onlyLatency({ name }, cost, "a budget"));
    const own = context.located(["name"], () => spaceOf(name, fitted, context));
    if (format !== undefined) context.located(["format"], () => refuseFormat(name));
    return { kind: "fitted", fitted: { ...fitted, spaces: [own], files: [], extrapolation: null } };
  },
  checkKnows: onlyLatency,
  decides: ({ kind, fitted }) => ({ kind, fitted: fitted.hash }),
  describe: ({ fitted }) => ({ fitted: fitted.hash.slice(0, 12) }),
  limits: () => ({}),
  open: ({ fitted }, { latencyModels }) => {
    // Experiments that were stored earlier hold a device of version 1.
    const [own] = currentDevice(fitted).spaces;
    if (!own) throw new Error("a fitted device of an experiment has its space");
    const predictor = openFittedSpace(own, latencyModels);
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

/** What a device knows of a space. @throws InputError where it was not fitted for it. */
function spaceOf(name: string, { spaces }: FittedDevice, asked: { readonly space: SpaceSpec; readonly task: Task }): FittedSpace {
  const own = spaces.find((known) => isSameSpace(known, asked));
  if (own) return own;
  const nearest = spaces.find(({ space }) => space.name === asked.space.name) ?? spaces[0];
  if (nearest) checkSameSpace(`'${name}'`, nearest, asked);
  throw new InputError(`'${name}' was fitted to files, not for the space '${asked.space.name}'`, {
    expected: "a device that was fitted for the space",
    advice: `measure some of its architectures: 'archwright device fit ${name} --space ${asked.space.name} --add'`,
  });
}

function refuseFormat(device: string): never {
  throw new InputError(`'${device}' is fitted to measurements, whatever their number format was`, { expected: "no 'format'" });
}

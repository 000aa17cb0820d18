/** Devices whose latency is predicted from a few measurements, as `device fit` makes them. */
import { InputError } from "../../base/index.ts";
import { checkSameSpace, type FittedDevice, openFittedDevice, parseFittedDevice, predictLatency } from "../fitted/index.ts";
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
    parse: parseFittedDevice,
    brief: (device) => {
      const { kind, space, measurements } = device as FittedDevice;
      return { kind, format: null, description: `latency in ${space.name}, fitted to ${measurements.length} measurements` };
    },
    costs: ["latencyMs"],
  },
  accepts: (device) => device.kind === "fitted",
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
      estimate: (architecture) => {
        const { latencyMs, low95Ms, high95Ms } = predictLatency(predictor, architecture);
        return { latencyMs: { value: latencyMs, low95: low95Ms, high95: high95Ms, source: "predicted" } };
      },
    };
  },
  gates: ["predicted"],
  restricts: false,
  latencyIs: "predicted",
  hints: false,
};

function refuseFormat(device: string): never {
  throw new InputError(`'${device}' is fitted to measurements, whatever their number format was`, { expected: "no 'format'" });
}

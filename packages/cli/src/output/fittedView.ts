/** A fitted device as it is shown, in JSON and to people. */

import type { FittedDevice, FittedSpace } from "@archwright/core";
import { taskKindOf } from "@archwright/core/tasks";

/** How many source devices people are shown; JSON holds all. */
const SOURCES_SHOWN = 5;

/** What a device knows of one space, as JSON shows it. */
function spaceView({ space, task, model, sources, measurements, report }: FittedSpace) {
  const { leaveOneOut, relativeSd, noise, sources: resembles, totals, warnings } = report;
  return {
    space,
    task,
    model,
    sources,
    measurements: measurements.map(({ architecture, latencyMs }) => ({ architecture, latency_ms: latencyMs })),
    relative_sd: relativeSd,
    noise,
    leave_one_out:
      leaveOneOut === null
        ? null
        : {
            median_error_percent: leaveOneOut.medianErrorPercent,
            worst_error_percent: leaveOneOut.worstErrorPercent,
            inside95: leaveOneOut.inside95,
            spearman: leaveOneOut.spearman,
          },
    resembles,
    driven_by: totals,
    warnings,
  };
}

/** A fitted device as JSON shows it: what is said of its first space, then its other spaces and its files. */
export function fittedView({ name, kind, spaces, files, measuredOn, fittedAt, hash }: FittedDevice) {
  const [first, ...others] = spaces;
  return {
    name,
    kind,
    ...(first ? spaceView(first) : { space: null, warnings: [] }),
    other_spaces: others.map(spaceView),
    files: files.map(({ file, latencyMs }) => ({ file, latency_ms: latencyMs })),
    measured_on: measuredOn,
    fitted_at: fittedAt,
    hash,
  };
}

/** A fitted device for people. */
export function describeFitted({ name, spaces, files, measuredOn }: FittedDevice): string {
  const on = measuredOn === null ? "" : ` of ${measuredOn}`;
  return [
    ...spaces.flatMap((own) => describeSpaceOf(name, own, on)),
    ...(files.length === 0 ? [] : [`${name}: fitted to ${files.length} ${files.length === 1 ? "model's file" : "models' files"}${on}`]),
    "any other network: extrapolated from all of these measurements, with an interval as wide as it is unlike them",
  ].join("\n");
}

function describeSpaceOf(name: string, { space, task, model, sources, measurements, report }: FittedSpace, on: string): readonly string[] {
  const images = taskKindOf(task).describeInput(task);
  const learned = sources.length === 0 ? "no other device" : `${sources.length} other ${sources.length === 1 ? "device" : "devices"}`;
  const resembles = report.sources.slice(0, SOURCES_SHOWN).map(({ device, correlation }) => `${device} ${correlation.toFixed(2)}`);
  const totals = report.totals.map(({ total, correlation }) => `${total} ${correlation.toFixed(2)}`);
  return [
    `${name}: latency of networks of ${space.name} for ${images}, fitted to ${measurements.length} measurements${on}; the model (${model}) learned from ${learned}`,
    `how sure: relative standard deviation ${percent(report.relativeSd)} (median over architectures), of which noise ${percent(report.noise)}`,
    describeLeaveOneOut(report.leaveOneOut, measurements.length),
    ...(resembles.length === 0 ? [] : [`resembles (correlation): ${resembles.join(", ")}`]),
    ...(totals.length === 0 ? [] : [`goes with (correlation): ${totals.join(", ")}`]),
    ...report.warnings.map((warning) => `warning: ${warning}`),
  ];
}

function describeLeaveOneOut(left: FittedSpace["report"]["leaveOneOut"], count: number): string {
  if (left === null) return "check: too few measurements to predict one from the others";
  const { medianErrorPercent, worstErrorPercent, inside95, spearman } = left;
  return `check, each measurement predicted from the others: error ${medianErrorPercent.toFixed(1)} % (median), ${worstErrorPercent.toFixed(1)} % (worst); ${inside95} of ${count} inside the 95 % interval; rank correlation ${spearman.toFixed(2)}`;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

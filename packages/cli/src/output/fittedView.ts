/** A fitted device as it is shown, in JSON and to people. */

import type { FittedDevice } from "@archwright/core";
import { taskKindOf } from "@archwright/core/tasks";

/** How many source devices people are shown; JSON holds all. */
const SOURCES_SHOWN = 5;

/** A fitted device as JSON shows it. */
export function fittedView(device: FittedDevice) {
  const { leaveOneOut, relativeSd, noise, sources, totals, warnings } = device.report;
  return {
    name: device.name,
    kind: device.kind,
    space: device.space,
    task: device.task,
    model: device.model,
    sources: device.sources,
    measurements: device.measurements.map(({ architecture, latencyMs }) => ({ architecture, latency_ms: latencyMs })),
    measured_on: device.measuredOn,
    fitted_at: device.fittedAt,
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
    resembles: sources,
    driven_by: totals,
    warnings,
    hash: device.hash,
  };
}

/** A fitted device for people. */
export function describeFitted({ name, space, task, model, sources, measurements, measuredOn, report }: FittedDevice): string {
  const images = taskKindOf(task).describeInput(task);
  const learned = sources.length === 0 ? "no other device" : `${sources.length} other ${sources.length === 1 ? "device" : "devices"}`;
  const resembles = report.sources.slice(0, SOURCES_SHOWN).map(({ device, correlation }) => `${device} ${correlation.toFixed(2)}`);
  const totals = report.totals.map(({ total, correlation }) => `${total} ${correlation.toFixed(2)}`);
  return [
    `${name}: latency of networks of ${space.name} for ${images}, fitted to ${measurements.length} measurements${measuredOn === null ? "" : ` of ${measuredOn}`}; the model (${model}) learned from ${learned}`,
    `how sure: relative standard deviation ${percent(report.relativeSd)} (median over architectures), of which noise ${percent(report.noise)}`,
    describeLeaveOneOut(report.leaveOneOut, measurements.length),
    ...(resembles.length === 0 ? [] : [`resembles (correlation): ${resembles.join(", ")}`]),
    ...(totals.length === 0 ? [] : [`goes with (correlation): ${totals.join(", ")}`]),
    ...report.warnings.map((warning) => `warning: ${warning}`),
  ].join("\n");
}

function describeLeaveOneOut(left: FittedDevice["report"]["leaveOneOut"], count: number): string {
  if (left === null) return "check: too few measurements to predict one from the others";
  const { medianErrorPercent, worstErrorPercent, inside95, spearman } = left;
  return `check, each measurement predicted from the others: error ${medianErrorPercent.toFixed(1)} % (median), ${worstErrorPercent.toFixed(1)} % (worst); ${inside95} of ${count} inside the 95 % interval; rank correlation ${spearman.toFixed(2)}`;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

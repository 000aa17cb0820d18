/** What was planned for a search whose budget is a time, in words. */
import { type Experiment, formatQuantity, stageInWords, stagesOf } from "@archwright/core";

/** `planned for 30min: 143 evaluations of 4.2 s each, 2 at once, then 800 steps of 24 candidates`. */
export function describePlan(experiment: Experiment): string {
  const { time, evaluations } = experiment.search;
  if (time?.plan === undefined) throw new Error("nothing was planned");
  const { slots, secondsEach } = time.plan;
  const later = stagesOf(experiment)
    .slice(1)
    .map((stage) => `, then ${stageInWords(stage)}`);
  const each = formatQuantity(1000 * secondsEach, "time");
  return `planned for ${formatQuantity(time.ms, "time")}: ${evaluations} evaluations of ${each} each, ${slots} at once${later.join("")}`;
}

/** The table of `distil.ts`. */
import { mean } from "@archwright/core";
import type { DistillationResults, TaughtTraining } from "./results.ts";

/** Prints scores by student, and differences from the same network and seed without a teacher. */
export function reportDistillation({ students, trainings }: DistillationResults): void {
  console.log(`| taught by | ${students.map((_, i) => `network ${i + 1}`).join(" | ")} | minus the labels alone | steps | s |`);
  console.log(`| --- | ${students.map(() => "--- |").join(" ")} --- | --- | --- |`);
  for (const teacher of new Set(trainings.map((training) => training.teacher))) {
    const own = trainings.filter((training) => training.teacher === teacher);
    const scores = students.map((student) => scoresOf(own.filter(({ architecture }) => architecture === student)));
    const steps = own.map((training) => training.steps);
    const seconds = mean(own.map((training) => training.seconds)).toFixed(0);
    console.log(
      `| ${[teacher, ...scores, difference(own, trainings), `${Math.min(...steps)} to ${Math.max(...steps)}`, seconds].join(" | ")} |`,
    );
  }
}

function scoresOf(trainings: readonly TaughtTraining[]): string {
  const scores = trainings.map(({ score }) => score);
  return `${mean(scores).toFixed(2)} (${scores.map((score) => score.toFixed(2)).join(", ")})`;
}

/** The mean of the paired differences, and its standard error. */
function difference(own: readonly TaughtTraining[], all: readonly TaughtTraining[]): string {
  const differences = own.flatMap(({ architecture, seed, teacher, score }) => {
    const alone = all.find((other) => other.teacher === "the labels alone" && other.architecture === architecture && other.seed === seed);
    return alone && teacher !== alone.teacher ? [score - alone.score] : [];
  });
  if (differences.length < 2) return "";
  const middle = mean(differences);
  const variance = differences.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (differences.length - 1);
  return `${middle.toFixed(2)} ± ${Math.sqrt(variance / differences.length).toFixed(2)}`;
}

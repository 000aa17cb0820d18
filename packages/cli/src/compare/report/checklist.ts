/** The checklist of best practices for NAS, answered from what the comparison knows. */
import type { CompareReport } from "../compare.ts";

export interface ChecklistItem {
  readonly question: string;
  readonly answer: "yes" | "no" | "partly" | "not applicable";
  readonly because: string;
}

/**
 * The items of Lindauer and Hutter, Best Practices for Scientific Research on Neural Architecture Search, JMLR 21(243), 2020, in short
 * form. What only authors can know is answered so.
 */
export function checklistOf({ result, setup, machine, command, options }: CompareReport): ChecklistItem[] {
  const outside = result.contenders.filter(({ algorithm }) => algorithm === undefined).map(({ label }) => label);
  const labels = result.contenders.map(({ label }) => label);
  const lottery = result.lottery.map(({ algorithm, settings }) => `${algorithm}: ${settings.length}`).join(", ");
  const hashes = setup.files.map(({ file, sha256 }) => `${file} ${sha256.slice(0, 12)}`).join(", ");
  const costs = result.tasks.every(({ contenders }) => contenders.every(({ byTrainingSeconds }) => byTrainingSeconds !== undefined));
  const random = labels.some((label) => label === "random");
  return [
    {
      question: "Code of the training pipeline released?",
      answer: "not applicable",
      because: "nothing is trained: values are looked up in tables",
    },
    { question: "Code of the search space released?", answer: "yes", because: `'${options.space}', in the program` },
    {
      question: "Hyperparameters of training and random seeds released?",
      answer: "not applicable",
      because: "they are those of the table's authors",
    },
    {
      question: "Code of the NAS methods released?",
      answer: outside.length === 0 ? "yes" : "partly",
      because: `${machine.program}${machine.commit === null ? "" : `, commit ${machine.commit}`}${outside.length === 0 ? "" : `; that of ${outside.join(", ")} is its authors' to release`}`,
    },
    {
      question: "Hyperparameters of the NAS methods and random seeds released?",
      answer: outside.length === 0 ? "yes" : "partly",
      because: `in the table of contenders; seed ${options.seed}, repeats 0 to ${options.seeds - 1}${outside.length === 0 ? "" : `; those of ${outside.join(", ")} stand in its program`}`,
    },
    {
      question: "Exactly the same benchmark, data, space and training for all?",
      answer: "yes",
      because: `one table for all: SHA-256 ${hashes}`,
    },
    {
      question: "Confounding factors controlled (hardware, versions, run time)?",
      answer: "yes",
      because: `one process on one machine: ${machine.processor}, Node.js ${machine.node}; own times are shown apart`,
    },
    {
      question: "Ablation studies?",
      answer: result.lottery.some(({ settings }) => settings.length > 1) ? "partly" : "no",
      because: result.lottery.length === 0 ? "none here" : `settings were varied (${lottery}), parts of the methods were not`,
    },
    {
      question: "Same evaluation protocol for all?",
      answer: "yes",
      because: "one runner asks, answers and counts for all; repeated and unknown candidates are free",
    },
    {
      question: "Performance over time compared?",
      answer: costs ? "yes" : "partly",
      because: costs
        ? "against evaluations, simulated training cost and own time"
        : "against evaluations and own time; the table was given no training cost",
    },
    { question: "Compared with random search?", answer: random ? "yes" : "no", because: random ? "it takes part always" : "there is none" },
    {
      question: "Multiple runs, and seeds reported?",
      answer: options.seeds >= 2 ? "yes" : "no",
      because: `${options.seeds} of each contender on each task${options.seeds < 30 ? "; 30 are recommended on tables" : ""}`,
    },
    {
      question: "Tabular or surrogate benchmarks used?",
      answer: "yes",
      because: result.tasks.map(({ task, rows }) => `${task}: ${rows} architectures`).join("; "),
    },
    {
      question: "Tuning of hyperparameters, and its cost, reported?",
      answer: result.lottery.length > 0 ? "partly" : "no",
      because:
        result.lottery.length > 0
          ? `each method over drawn settings with the same budget (${lottery}; ${options.settingSeeds} repeats each); how its defaults were found is its authors' to say`
          : "no settings were drawn",
    },
    {
      question: "Time of the whole method reported?",
      answer: costs ? "yes" : "partly",
      because: costs ? "training cost and own time" : "own time; training cost is not known",
    },
    { question: "All details of the set-up reported?", answer: "yes", because: command },
  ];
}

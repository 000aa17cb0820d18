/**
 * What a run's trials say, ready to be shown: the command line renders it, and a page or a script gets the same.
 * Pure functions over core's types and the `Store` interface. None of them writes, asks for the time or knows of a terminal.
 *
 * - {@link queryFront}: the front of a run under conditions; {@link Values} says of each cost whether it is measured or predicted.
 * - {@link FollowedRun}: the same for a run of very many trials, or one that is asked again and again while it grows.
 * - {@link parseCondition}: the condition language, `latency@stm32f746<=5ms`.
 * - {@link frontColumns}: the columns of a table of trials, with names, titles, units and digits.
 * - {@link frontJson}, {@link trialJson}, {@link runJson}: fronts, trials and runs as JSON shows them.
 * - {@link scoreDifferences}: where networks were trained with several seeds, which differences of their scores mean something.
 * - {@link frontPicture}: what a drawing of a front shows: axes, points, staircase, labels, legend.
 * - {@link trialExplanation}: what stopped a trial, and what its network spends where; {@link exceededBudgets}: marks of trials over budget.
 * - {@link summariseNetwork}, {@link operatorCosts}, {@link costPicture}: a network, where its time and memory go, and a drawing of both.
 * - {@link findRun}, {@link findTrial}: look-up by id, by name, or the latest.
 * - {@link hypervolumeCourse}, {@link gateCounts}, {@link bindingBudgets}: how a search went; {@link choiceImportance}, {@link bestOptions}: what it says of the space.
 * - {@link runState}: what a run has come to so far; {@link nearestToBudgets}: of one where nothing was feasible, what came nearest.
 * - {@link wordsFor}: what happens to the trials of an experiment, in words.
 */
export * from "./columnar/index.ts";
export * from "./columns.ts";
export * from "./estimate/index.ts";
export * from "./exceeded.ts";
export * from "./explain.ts";
export * from "./front.ts";
export * from "./frontJson.ts";
export * from "./insights/index.ts";
export * from "./lookup.ts";
export * from "./nearest.ts";
export * from "./picture.ts";
export * from "./runState.ts";
export * from "./seeds/index.ts";
export * from "./trialJson.ts";
export * from "./values.ts";
export * from "./where.ts";
export * from "./wording.ts";

/** Zero-cost proxies: guesses at how good a network will be from one that has not been trained. */
export { activationKernel, naswot } from "./naswot.ts";
export { logSynflow } from "./synflow.ts";
export { type ZenOptions, zenScore } from "./zenScore.ts";

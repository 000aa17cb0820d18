/**
 * Learning rate of a step: linear warm-up from 0, then half a cosine down to 0 (Loshchilov and Hutter 2017).
 * @param step counts from 0 to `steps` − 1.
 */
export function cosineLearningRate(step: number, steps: number, warmupSteps: number, peak: number): number {
  if (step < warmupSteps) return (peak * (step + 1)) / (warmupSteps + 1);
  const progress = (step - warmupSteps) / Math.max(1, steps - warmupSteps);
  return (peak * (1 + Math.cos(Math.PI * Math.min(1, progress)))) / 2;
}

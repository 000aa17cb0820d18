/** How an experiment is begun. */
export function NewExperimentPage() {
  return (
    <>
      <h1>New experiment</h1>
      <section class="panel" aria-label="How to start">
        <div class="prose">
          <p>An experiment is a YAML file: a search space, the devices with their budgets, and how candidates are trained.</p>
          <pre>{"archwright init my-experiment.yaml\narchwright search my-experiment.yaml"}</pre>
          <p class="muted">The run appears under Runs as soon as it begins, and its front grows there while it searches.</p>
        </div>
      </section>
    </>
  );
}

/** Tells how many searches are done, on stderr: a line now and then. */

/** At most one line in this time. */
const lineEveryMs = 5000;

export function createCounter(): (done: number, of: number) => void {
  const began = performance.now();
  let last = began;
  return (done, of) => {
    const now = performance.now();
    if (now - last < lineEveryMs) return;
    last = now;
    const left = ((now - began) / done) * (of - done);
    process.stderr.write(`${done} of ${of} searches, about ${Math.ceil(left / 1000)} s left\n`);
  };
}

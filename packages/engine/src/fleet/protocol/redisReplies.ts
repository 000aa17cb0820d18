/** Replies of Redis to pipelines and transactions. */

/** @throws the first error among the replies of a pipeline. */
export function replyValues(replies: [error: Error | null, result: unknown][] | null): unknown[] {
  if (replies === null) throw new Error("the transaction was not carried out");
  return replies.map(([error, value]) => {
    if (error) throw error;
    return value;
  });
}

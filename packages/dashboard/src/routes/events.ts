/** The stream of events. */
import { createRoute, z } from "@hono/zod-openapi";
import { type Api, type ApiContext, otherErrors } from "../api.ts";
import { HttpError } from "../errors.ts";
import type { DashboardEvent } from "../follow/follower.ts";

const eventsRoute = createRoute({
  method: "get",
  path: "/api/events",
  summary: "What changes, as server-sent events: hello, runs, trials, log",
  description:
    "A stream that stays open. Each event has a name and JSON as its data: `hello` {version}; `runs` {changed, deleted}, ids of runs; `trials` {run}, whose points have changed; `log` {run, at, kind, detail}. After connecting, read once what you show.",
  responses: {
    200: { description: "The stream", content: { "text/event-stream": { schema: z.string() } } },
    ...otherErrors,
  },
});

/** Every stream holds a connection. */
const MOST_LISTENERS = 200;
/** Who has not read so many events is let go: it reads everything anew when it comes back. */
const MOST_UNREAD = 1_000;

export function addEventRoute(api: Api, { follower }: ApiContext, version: string): void {
  api.openapi(eventsRoute, () => {
    if (follower.listeners >= MOST_LISTENERS) {
      throw new HttpError(503, "unavailable", `${MOST_LISTENERS} streams of events are open`, { expected: "fewer open pages" });
    }
    follower.look();
    const encoder = new TextEncoder();
    let stop = () => {};
    const stream = new ReadableStream<Uint8Array>(
      {
        start(controller) {
          const close = () => {
            stop();
            controller.close();
          };
          const send = ({ event, data }: DashboardEvent) => {
            if ((controller.desiredSize ?? 0) <= 0) close();
            else controller.enqueue(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
          };
          // A browser that lost the connection tries again after this time.
          controller.enqueue(encoder.encode("retry: 2000\n\n"));
          stop = follower.listen(send, close);
          send({ event: "hello", data: { version } });
        },
        cancel: () => stop(),
      },
      { highWaterMark: MOST_UNREAD },
    );
    return new Response(stream, { headers: { "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" } });
  });
}

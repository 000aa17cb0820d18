// Shows a fleet's queues in a browser, for reading only. In the folder of the clone:
//
//   npm install --no-save @bull-board/api @bull-board/express express
//   node configs/fleet/bull-board.mjs redis://localhost:6379
//
// The password is taken from ARCHWRIGHT_REDIS_PASSWORD. The page has none of its own, so it is for this machine only.
import { defaultPrefix, measureQueue, trainQueue } from "@archwright/engine/fleet";
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { ExpressAdapter } from "@bull-board/express";
import { Queue } from "bullmq";
import express from "express";

const { protocol, hostname: host, port } = new URL(process.argv[2] ?? "redis://localhost:6379");
const { ARCHWRIGHT_REDIS_USERNAME: username, ARCHWRIGHT_REDIS_PASSWORD: password } = process.env;
const tls = protocol === "rediss:" ? { servername: host } : undefined;
const connection = { host, port: Number(port || 6379), username, password, tls };
const queues = [trainQueue, measureQueue("local")].map((name) => new Queue(name, { connection, prefix: defaultPrefix }));
const serverAdapter = new ExpressAdapter();
createBullBoard({ queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })), serverAdapter });
express()
  .use("/", serverAdapter.getRouter())
  .listen(3000, "127.0.0.1", () => console.log("http://127.0.0.1:3000"));

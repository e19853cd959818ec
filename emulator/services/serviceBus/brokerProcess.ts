/** A broker in a process of its own, for tests that kill it: `node brokerProcess.ts <data folder>` prints its port. */
import { testContext } from "../../testing/context.ts";
import { testBus } from "./testBus.ts";

const context = await testContext(process.argv[2]);
const bus = await testBus(context);
await bus.put("queues/jobs", { requiresSession: true });
await bus.put("queues/plain");
process.stdout.write(`${bus.port}\n`);

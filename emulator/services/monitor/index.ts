import { createHash, randomUUID } from "node:crypto";
import type { EmulatorContext, EmulatorService } from "../../core/context.ts";
import { type Listener, listen } from "../../core/listener.ts";
import type { ArmResource } from "../../core/resources.ts";
import { type LogStore, logsOf } from "./logs.ts";
import { serveMonitor } from "./routes.ts";

export { type LogRow, LogStore, logsOf } from "./logs.ts";

const PORT_KEY = "monitor/logs";
/** Once an hour what a workspace no longer keeps is taken away. */
const RETENTION_MS = 3_600_000;
const DAY_MS = 24 * 3_600_000;

/** Log Analytics workspaces (tables, queries) and Application Insights components (telemetry into the workspace's tables). */
export function createMonitor(context: EmulatorContext): EmulatorService & { readonly logs: LogStore } {
  const logs = logsOf(context);
  let listener: Listener | undefined;
  let timer: NodeJS.Timeout | undefined;
  const origin = async () => `https://localhost:${await context.ports.portFor(PORT_KEY)}`;
  const customerIdOf = (resource: ArmResource | undefined) =>
    resource?.properties.customerId === undefined ? undefined : String(resource.properties.customerId);
  const dropOld = () => {
    for (const each of context.resources.list("Microsoft.OperationalInsights/workspaces")) {
      const days = Number(each.properties.retentionInDays ?? 30);
      logs.forget(customerIdOf(each) ?? "", context.clock.now() - days * DAY_MS);
    }
  };
  return {
    name: "monitor",
    logs,
    hooks: [
      {
        type: "Microsoft.OperationalInsights/workspaces",
        async put({ desired, existing }) {
          // The same name in the same group gets its old data back, as a workspace that is recovered.
          const customerId = customerIdOf(existing) ?? uuidOf(desired.id);
          return {
            customerId,
            retentionInDays: desired.properties.retentionInDays ?? 30,
            createdDate: existing?.properties.createdDate ?? new Date(context.clock.now()).toISOString(),
          };
        },
        async delete(resource) {
          logs.forget(customerIdOf(resource) ?? "");
        },
        actions: {
          sharedKeys: async (resource) => ({
            status: 200,
            body: { primarySharedKey: keyOf(resource, 1), secondarySharedKey: keyOf(resource, 2) },
          }),
        },
      },
      {
        type: "Microsoft.Insights/components",
        async put({ desired, existing }) {
          const key = String(existing?.properties.InstrumentationKey ?? randomUUID());
          const appId = String(existing?.properties.AppId ?? randomUUID());
          const base = await origin();
          const ConnectionString = `InstrumentationKey=${key};IngestionEndpoint=${base}/;LiveEndpoint=${base}/;ApplicationId=${appId}`;
          return {
            InstrumentationKey: key,
            AppId: appId,
            ApplicationId: desired.name,
            ConnectionString,
            Name: desired.name,
          };
        },
      },
    ],
    async start() {
      const port = await context.ports.portFor(PORT_KEY);
      listener = await listen({
        port,
        certificates: context.certificates,
        handler: (request) => serveMonitor(context, logs, request),
      });
      timer = setInterval(dropOld, RETENTION_MS).unref();
      dropOld();
    },
    async stop() {
      clearInterval(timer);
      await listener?.close();
      logs.flush();
    },
  };
}

/** A key that nothing here accepts: the agents that used it are not emulated. */
function keyOf(resource: ArmResource, number: number): string {
  return createHash("sha512").update(`${resource.id.toLowerCase()} ${number}`).digest("base64");
}

function uuidOf(id: string): string {
  const hex = createHash("sha256").update(id.toLowerCase()).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

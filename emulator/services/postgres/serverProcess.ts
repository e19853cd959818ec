/** A Postgres service in a process of its own, for tests that kill it: `node serverProcess.ts <data folder>` prints its port. */
import { testContext } from "../../testing/context.ts";
import { createPostgres } from "./index.ts";

const TYPE = "Microsoft.DBforPostgreSQL/flexibleServers";
const CALLER = {
  objectId: "x",
  tenantId: "t",
  clientId: "c",
  kind: "app",
  audience: "",
  groups: [],
  claims: {},
} as const;

const id = `/subscriptions/s/resourceGroups/g/providers/${TYPE}/db`;
const context = await testContext(process.argv[2]);
const service = createPostgres(context);
const resources = [
  {
    id,
    name: "db",
    type: TYPE,
    properties: { authConfig: { activeDirectoryAuth: "Enabled", passwordAuth: "Disabled" } },
  },
  {
    id: `${id}/firewallRules/azure`,
    name: "azure",
    type: `${TYPE}/firewallRules`,
    properties: { startIpAddress: "0.0.0.0", endIpAddress: "0.0.0.0" },
  },
  {
    id: `${id}/administrators/oid`,
    name: "oid",
    type: `${TYPE}/administrators`,
    properties: { principalName: "boss", principalType: "ServicePrincipal" },
  },
];
for (const resource of resources) context.putResource(resource);
await service.start();
for (const desired of resources)
  await service.hooks.find(({ type }) => type === desired.type)?.put?.({ desired, caller: CALLER });
process.stdout.write(`${await context.ports.portFor(id)}\n`);

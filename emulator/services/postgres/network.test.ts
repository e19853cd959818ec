import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { enterNetwork } from "../../core/privateAccess.ts";
import { testContext } from "../../testing/context.ts";
import { createPostgres } from "./index.ts";

const TYPE = "Microsoft.DBforPostgreSQL/flexibleServers";
const SERVER = `/subscriptions/s/resourceGroups/g/providers/${TYPE}/inner`;
const NETWORK = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/net";
/** Waits for the port, signs in as nobody, and tells the error: 28000 is refused at the door, 28P01 is a stranger inside. */
const KNOCK = `
import pg from "pg";
process.stdin.once("data", async (port) => {
  const client = new pg.Client({ host: "localhost", port: Number(port), user: "nobody", password: "x", database: "postgres", ssl: { rejectUnauthorized: false } });
  await client.connect().catch((error) => console.log(error.code));
  process.exit();
});`;

async function knock(port: string, enter: (pid: number) => () => void): Promise<string> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", KNOCK], { stdio: ["pipe", "pipe", "inherit"] });
  const leave = enter(child.pid ?? 0);
  child.stdin.end(port);
  const said = await text(child.stdout);
  leave();
  return said.trim();
}

it.skipIf(process.platform !== "linux")("a server in a subnet lets in its network and nobody else", async () => {
  await using context = await testContext();
  const service = createPostgres(context);
  await service.start();
  try {
    const properties = { version: "16", network: { delegatedSubnetResourceId: `${NETWORK}/subnets/postgres` } };
    const desired = { id: SERVER, name: "inner", type: TYPE, properties };
    context.putResource(desired);
    const caller = {
      objectId: "x",
      tenantId: "t",
      clientId: "c",
      kind: "app",
      audience: "",
      groups: [],
      claims: {},
    } as const;
    const set = await service.hooks.find(({ type }) => type === TYPE)?.put?.({ desired, caller });
    const port = String(set?.fullyQualifiedDomainName).split(":")[1] ?? "";
    const from = (subnet: string) => (pid: number) => enterNetwork(context, pid, subnet);
    expect([
      await knock(port, () => () => {}),
      await knock(port, from(`${NETWORK}-of-another-app/subnets/apps`)),
      await knock(port, from(`${NETWORK}/subnets/apps`)),
    ]).toEqual(["28000", "28000", "28P01"]);
  } finally {
    await service.stop();
  }
});

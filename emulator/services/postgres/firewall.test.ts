import { expect, it } from "vitest";
import { testContext } from "../../testing/context.ts";
import { allowsPeer, serverAllows, toNumber } from "./firewall.ts";

const range = (startIpAddress: string, endIpAddress: string) => ({ startIpAddress, endIpAddress });
const AZURE = range("0.0.0.0", "0.0.0.0");

it.each([
  [[], "127.0.0.1", false],
  [[], "10.0.0.1", false],
  [[AZURE], "127.0.0.1", true],
  [[AZURE], "::1", true],
  [[AZURE], "::ffff:127.0.0.1", true],
  [[AZURE], "203.0.113.9", false],
  [[range("203.0.113.0", "203.0.113.255")], "203.0.113.9", true],
  [[range("203.0.113.0", "203.0.113.255")], "203.0.114.0", false],
  [[range("0.0.0.0", "255.255.255.255")], "203.0.113.9", true],
  [[range("x", "y")], "127.0.0.1", false],
] as const)("rules %j let %s in: %s", (ranges, address, expected) => {
  expect(allowsPeer(ranges, address)).toBe(expected);
});

it("without a rule a server answers where it has a private address, if it has one", async () => {
  await using context = await testContext();
  const type = "Microsoft.DBforPostgreSQL/flexibleServers";
  const id = `/subscriptions/s/resourceGroups/rg/providers/${type}/db`;
  // A connection that is over has no process at its other end: nobody can tell where it came from.
  const connection = { remoteAddress: "127.0.0.1", remotePort: 1, localPort: 1 };
  context.putResource({ id, type, name: "db", properties: {} });
  expect(serverAllows(context, id, connection)).toBe(false);
  const delegatedSubnetResourceId = "/subscriptions/s/x/virtualNetworks/net/subnets/postgres";
  context.putResource({ id, type, name: "db", properties: { network: { delegatedSubnetResourceId } } });
  expect(serverAllows(context, id, connection)).toBe(true);
});

it("reads addresses as unsigned numbers", () => {
  expect([toNumber("255.255.255.255"), toNumber("1.2.3.4"), toNumber("1.2.3")]).toEqual([
    4294967295,
    16909060,
    undefined,
  ]);
});

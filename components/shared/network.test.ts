import { expect, it } from "vitest";
import { DELEGATED_SUBNETS, type SubnetUse } from "../core/subnets.ts";
import { rawResources, record, resolved, TEST_TAGS, testContext } from "../testing/index.ts";
import { Network } from "./network.ts";

it("two delegated subnets, made one after the other, and a zone for the names of the servers", async () => {
  const made = await record(() => new Network("net", { context: testContext("production") }));
  const raw = rawResources(made);
  const virtualNetworkName = String(raw["net-network"]?.[1].virtualNetworkName);
  const subnet = (subnetName: string, addressPrefix: string, serviceName: string) => [
    "network:Subnet",
    {
      resourceGroupName: "rg",
      virtualNetworkName,
      subnetName,
      addressPrefix,
      delegations: [{ name: subnetName, serviceName }],
      // filled in by azure-native's SDK
      privateEndpointNetworkPolicies: "Disabled",
      privateLinkServiceNetworkPolicies: "Enabled",
    },
  ];
  const privateZoneName = "clinic-prod.private.postgres.database.azure.com";
  expect(raw).toEqual({
    "net-network": [
      "network:VirtualNetwork",
      {
        resourceGroupName: "rg",
        location: "eastus",
        virtualNetworkName: expect.stringMatching(/^vnet-clinic-prod-[a-z2-7]{6}$/),
        addressSpace: { addressPrefixes: ["10.180.0.0/20"] },
        enableDdosProtection: false, // filled in by azure-native's SDK
        enableVmProtection: false,
        tags: { ...TEST_TAGS, "devfactory-component": "net" },
      },
    ],
    "net-apps": subnet("apps", "10.180.0.0/21", "Microsoft.App/environments"),
    "net-postgres": subnet("postgres", "10.180.8.0/28", "Microsoft.DBforPostgreSQL/flexibleServers"),
    "net-zone": [
      "privatedns:PrivateZone",
      { resourceGroupName: "rg", privateZoneName, location: "Global", tags: TEST_TAGS },
    ],
    "net-link": [
      "privatedns:VirtualNetworkLink",
      {
        resourceGroupName: "rg",
        privateZoneName,
        virtualNetworkLinkName: "network",
        location: "Global",
        registrationEnabled: false,
        virtualNetwork: { id: expect.stringMatching(/\/virtualNetworks\/vnet-clinic-prod-/) },
      },
    ],
  });
  expect(made.resources.find((each) => each.name === "net-postgres")?.dependsOn).toContain("net-apps");
});

it("gives functions, sites and container groups a delegated subnet each, made on first use and once, one after the other", async () => {
  const made = await record(async () => {
    const network = new Network("net", { context: testContext("production") });
    const uses: SubnetUse[] = ["sites", "functions", "sites", "groups"];
    const ids = await Promise.all(uses.map((use) => resolved(network.delegatedSubnetId(use))));
    network.endpointsSubnetId; // asked for last
    return ids.map((id) => id.split("/").at(-1));
  });
  expect(made.result).toEqual(["sites", "functions", "sites", "groups"]);
  const subnets = made.resources.filter(({ type }) => type === "azure-native:network:Subnet");
  const rows = subnets.map(({ name, inputs, dependsOn }) => ({
    name,
    addressPrefix: inputs.addressPrefix,
    delegations: inputs.delegations,
    after: dependsOn.filter((each) => subnets.some((other) => other.name === each)),
  }));
  const delegated = (name: string, serviceName: string) => [{ name, serviceName }];
  expect(rows.slice(2)).toEqual([
    {
      name: "net-sites",
      addressPrefix: "10.180.11.0/24",
      delegations: delegated("sites", "Microsoft.Web/serverFarms"),
      after: ["net-postgres"],
    },
    {
      name: "net-functions",
      addressPrefix: "10.180.10.0/24",
      delegations: delegated("functions", "Microsoft.App/environments"),
      after: ["net-sites"],
    },
    {
      name: "net-groups",
      addressPrefix: "10.180.12.0/24",
      delegations: delegated("groups", "Microsoft.ContainerInstance/containerGroups"),
      after: ["net-functions"],
    },
    { name: "net-private-endpoints", addressPrefix: "10.180.9.0/24", delegations: undefined, after: ["net-groups"] },
  ]);
});

it("all ranges lie within the network and none in another", async () => {
  const made = await record(() => {
    const network = new Network("net", { context: testContext("production") });
    for (const use of Object.keys(DELEGATED_SUBNETS) as SubnetUse[]) network.delegatedSubnetId(use);
    network.endpointsSubnetId;
  });
  const ranges = made.resources.flatMap(({ inputs }) => (inputs.addressPrefix ? [rangeOf(inputs.addressPrefix)] : []));
  const [first, last] = rangeOf("10.180.0.0/20");
  expect(ranges.filter(([from, to]) => from < first || to > last)).toEqual([]);
  const sorted = ranges.toSorted(([a], [b]) => a - b);
  expect(sorted.filter(([from], index) => from <= (sorted[index - 1]?.[1] ?? -1))).toEqual([]);
  expect(sorted).toHaveLength(6);
});

/** First and last address of a CIDR range. */
function rangeOf(cidr: unknown): readonly [from: number, to: number] {
  const [address = "", bits] = String(cidr).split("/");
  const from = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return [from, from + 2 ** (32 - Number(bits)) - 1];
}

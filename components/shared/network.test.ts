import { expect, it } from "vitest";
import { rawResources, record, TEST_TAGS, testContext } from "../testing/index.ts";
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

import { expect, it } from "vitest";
import { diffEstimates, estimate, type UsedResource } from "./index.ts";
import { postgres, registry, resource } from "./testing/resources.ts";

const of = (...resources: readonly UsedResource[]) => estimate({ region: "eastus", resources });
const named = (size: string, urn: string): UsedResource => ({ ...registry(size), urn });

it("tells old, new and difference of each resource that changes, and of its parts", () => {
  const [before, after] = [
    of(postgres("Standard_B1ms")),
    of(postgres("Standard_B2s", "Disabled", 64), registry("Basic")),
  ];
  expect(diffEstimates(before, after)).toEqual([
    {
      urn: "urn:pulumi:dev::app::azure-native:dbforpostgresql:Server::db",
      name: "db",
      before: "16.09",
      after: "57",
      delta: "40.91",
      components: [
        { name: "server Standard_B2s", meterId: "pg-b2s", before: null, after: "49.64", delta: "49.64" },
        { name: "disk, as provisioned", meterId: "pg-storage", before: "3.68", after: "7.36", delta: "3.68" },
        { name: "server Standard_B1ms", meterId: "pg-b1ms", before: "12.41", after: null, delta: "-12.41" },
      ],
    },
    {
      urn: "urn:pulumi:dev::app::azure-native:containerregistry:Registry::registry",
      name: "registry",
      before: null,
      after: "5",
      delta: "5",
      components: [
        { name: "registry basic", meterId: "acr-basic", before: null, after: "5", delta: "5" },
        { name: "storage beyond what is included", meterId: "acr-storage", before: null, after: "0", delta: "0" },
      ],
    },
  ]);
});

it("what does not change is left out, what is gone is told", () => {
  const [before, after] = [of(registry("Basic"), postgres("Standard_B1ms")), of(registry("Basic"))];
  expect(diffEstimates(before, before)).toEqual([]);
  expect(diffEstimates(before, after).map(({ name, delta }) => [name, delta])).toEqual([["db", "-16.09"]]);
});

it("a renamed resource is joined by its alias", () => {
  const [before, after] = [of(named("Basic", "urn:old")), of(named("Standard", "urn:new"))];
  expect(diffEstimates(before, after).map(({ urn, delta }) => [urn, delta])).toEqual([
    ["urn:new", "20"],
    ["urn:old", "-5"],
  ]);
  expect(diffEstimates(before, after, { "urn:new": "urn:old" }).map(({ urn, delta }) => [urn, delta])).toEqual([
    ["urn:new", "15"],
  ]);
});

it("equal parts of a resource are added up", () => {
  const pool = { vmSize: "Standard_D2s_v3", count: 1 };
  const cluster = (...agentPoolProfiles: object[]) =>
    of(resource("containerservice:ManagedCluster", "k", { agentPoolProfiles }));
  expect(diffEstimates(cluster(pool), cluster(pool, pool))[0]?.components).toEqual([
    { name: "1 nodes D2s_v3", meterId: "aks-node-d2s-v3", before: "70.08", after: "140.16", delta: "70.08" },
  ]);
});

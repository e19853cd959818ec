import { expect, it } from "vitest";
import type { Profile } from "../core/profile.ts";
import { Network } from "../shared/network.ts";
import { rawResources, record, testContext } from "../testing/index.ts";
import { ContainerEnvironment, type ContainerEnvironmentArgs } from "./containerEnvironment.ts";

type Options = Pick<ContainerEnvironmentArgs, "internal" | "zoneRedundant">;

async function inNetwork(profile: Profile, options: Options = {}) {
  const context = testContext(profile);
  const made = await record(() => {
    new ContainerEnvironment("env", { context, network: new Network("net", { context }), ...options });
  });
  const { vnetConfiguration, zoneRedundant, publicNetworkAccess } = rawResources(made)["env-environment"]?.[1] ?? {};
  return { vnetConfiguration, zoneRedundant, publicNetworkAccess };
}

const infrastructureSubnetId = expect.stringMatching(/\/subnets\/apps$/);
const open = { infrastructureSubnetId, internal: false };
const closed = { infrastructureSubnetId, internal: true };

it.each([
  ["dev", {}, { vnetConfiguration: open }],
  ["production", {}, { vnetConfiguration: open, zoneRedundant: true }],
  ["production", { zoneRedundant: false }, { vnetConfiguration: open, zoneRedundant: false }],
  ["dev", { internal: true }, { vnetConfiguration: closed, publicNetworkAccess: "Disabled" }],
] as const)("in a network, %s with %j: %j", async (profile, options, expected) => {
  expect(await inNetwork(profile, options)).toEqual(expected);
});

it.each(["internal", "zoneRedundant"] as const)("%s needs a network", async (option) => {
  const context = testContext("production");
  await expect(record(() => new ContainerEnvironment("env", { context, [option]: true }))).rejects.toMatchObject({
    code: "OPTION_UNSUPPORTED",
    details: { component: "ContainerEnvironment env", option, needed: "`network`", given: "no network" },
  });
});

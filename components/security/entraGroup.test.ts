import { expect, it } from "vitest";
import { rawResources, record, testContext } from "../testing/index.ts";
import { EntraGroup } from "./entraGroup.ts";

it("a security group by its name, and nobody in it", async () => {
  const made = await record(() => new EntraGroup("ops", { context: testContext("dev"), displayName: "Operators" }));
  expect(rawResources(made)).toEqual({
    "ops-group": ["azuread:index/group:Group", { displayName: "Operators", securityEnabled: true }],
  });
});

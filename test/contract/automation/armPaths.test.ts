import { ARM_PATHS } from "@devfactory/automation/deploy/armPaths.ts";
import { expect, it } from "vitest";
import { AZURE_TYPES } from "../../../emulator/arm/types/table.ts";

/** What a resource of any type is called with needs the type's own words: its id follows from no name alone. */
const GENERIC = ["resources:Resource", "authorization:ManagementLockAtResourceLevel"];

it("every class that the local Azure serves has its path and version, so that a begun create of it can be looked for", () => {
  const prefix = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/";
  const served = AZURE_TYPES.flatMap(({ token, path, apiVersion }) =>
    path ? [[token.slice("azure-native:".length), [path.replace(prefix, "~/"), apiVersion]] as const] : [],
  );
  const wanted = Object.fromEntries(served.filter(([token]) => !GENERIC.includes(token)));
  expect(ARM_PATHS).toEqual(wanted);
});

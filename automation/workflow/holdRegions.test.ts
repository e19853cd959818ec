import { parseAppSpec } from "@devfactory/stacks/spec/index.ts";
import { expect, it } from "vitest";
import { ERRORS } from "../errors.ts";
import { holdRegions } from "./holdRegions.ts";

const web = { name: "web", kind: "web" };

function held(change: object, allowed: boolean) {
  const document = { version: 1, name: "shop", title: "Shop", services: [web], alsoIn: ["westus2", "uksouth"] };
  const parsed = parseAppSpec({ ...document, ...change });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return () => holdRegions(parsed.spec, allowed);
}

it.each([
  ["one region, without the flag", { alsoIn: [] }, false],
  ["several, with the flag", {}, true],
  [
    "several, with a store that needs no network",
    { profile: "standard", resources: [{ name: "qq", kind: "queue" }] },
    true,
  ],
])("%s: may be", (_, change, allowed) => {
  expect(held(change, allowed)()).toBe(undefined);
});

const database = [{ name: "db", kind: "postgres" }];

it.each([
  [
    "without the flag",
    {},
    false,
    "REGIONS_OFF",
    "`alsoIn` names westus2, uksouth, but this platform deploys apps to one region each; it would be eastus alone.",
  ],
  [
    "production",
    { profile: "production" },
    true,
    "REGIONS_PRIVATE",
    "`alsoIn` names westus2, uksouth, but under the profile production the app stands in a network, which ends at eastus.",
  ],
  [
    "standard with a database",
    { profile: "standard", resources: database },
    true,
    "REGIONS_PRIVATE",
    "`alsoIn` names westus2, uksouth, but under the profile standard the app stands in a network, which ends at eastus.",
  ],
] as const)("%s: refused with the field and the way out", (_, change, allowed, code, message) => {
  expect(held(change, allowed)).toThrow(expect.objectContaining({ code, message }));
  expect(ERRORS[code].fix).toContain("Leave `alsoIn` out");
});

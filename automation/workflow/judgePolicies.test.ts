import { expect, it } from "vitest";
import type { NewEvent } from "../jobs/change.ts";
import { holdPolicies, judgePolicies, type PolicyTerms } from "./judgePolicies.ts";

const NOW = new Date("2026-11-28T12:00:00Z");
const GATE = { dev: "warn", standard: "block", production: "block" } as const;

function registry(count: number, status: string | undefined) {
  return Array.from({ length: count }, (_, index) => ({
    urn: `urn:pulumi:a::p::azure-native:containerregistry:Registry::images${index}`,
    type: "azure-native:containerregistry:Registry",
    name: `images${index}`,
    operation: "create",
    inputs: {
      adminUserEnabled: false,
      anonymousPullEnabled: false,
      ...(status && { policies: { azureADAuthenticationAsArmPolicy: { status } } }),
    },
  }));
}

function hold(
  count: number,
  terms: Partial<PolicyTerms> = {},
  profile: keyof typeof GATE = "standard",
  status = "enabled",
) {
  const events: NewEvent[] = [];
  const at = { gate: GATE, waivers: [], ...terms, registry: "cr.azurecr.io", now: NOW };
  const report = (event: NewEvent) => void events.push(event);
  let message: string | undefined;
  try {
    holdPolicies(judgePolicies(registry(count, status), profile, at), { report }, NOW);
  } catch (error) {
    message = (error as Error).message;
  }
  return { told: events.map(({ type, level, message: text }) => [type, level, text]), message };
}

const FAILED =
  'CR03 images0: policies.azureADAuthenticationAsArmPolicy.status is "enabled"; it must be disabled. Set `policies.azureADAuthenticationAsArmPolicy.status` to disabled (ContainerRegistry sets it by profile: look for `transform.registry.policies`).';

it.each([
  ["dev", "warn", undefined],
  ["dev", "block", `1 broken rule must be mended before anything is made: ${FAILED}`],
  ["standard", "warn", undefined],
  ["standard", "block", `1 broken rule must be mended before anything is made: ${FAILED}`],
] as const)("%s with the gate %s", (profile, gate, refused) => {
  const { told, message } = hold(1, { gate: { ...GATE, [profile]: gate } }, profile);
  expect(message).toBe(refused);
  const level = gate === "block" ? "error" : "warning";
  expect(told).toEqual([["policies", level, "Policies: 1 fail, 0 not known yet, 2 pass"]]);
});

it("of many failures the first ten are told, and how many there are", () => {
  const { message } = hold(12);
  expect(message).toMatch(/^12 broken rules must be mended .*CR03 images9: [^;]+; [^;]+; and 2 more$/);
});

it("a plan that breaks nothing passes, and one that is not known yet is told only where it would count", () => {
  expect(hold(1, {}, "standard", "disabled")).toEqual({
    told: [["policies", "info", "Policies: 0 fail, 0 not known yet, 3 pass"]],
    message: undefined,
  });
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  expect(hold(1, {}, "standard", unknown)).toEqual({
    told: [
      ["policies", "info", "Policies: 0 fail, 1 not known yet, 2 pass"],
      [
        "policies_open",
        "warning",
        "Not known before it exists, so not decided: CR03. The next deployment is judged by it.",
      ],
    ],
    message: undefined,
  });
  expect(hold(1, {}, "dev", unknown).told).toHaveLength(1);
});

const waiver = {
  rule: "CR03",
  target: "azure-native:containerregistry:Registry",
  reason: "pull with a token for ARM",
  owner: "ada",
  approver: "grace",
};

it.each([
  ["2026-11-28", "in 1 day"],
  ["2026-12-11", "in 14 days"],
  ["2026-12-12", undefined],
])("a waiver until %s: %s, told once for all that it covers", (expires, when) => {
  const { told, message } = hold(2, { waivers: [{ ...waiver, expires }] });
  expect([message, told[0]]).toEqual([
    undefined,
    ["policies", "info", "Policies: 0 fail, 0 not known yet, 2 waived, 4 pass"],
  ]);
  const ending = ["waiver_ending", "warning", `The waiver of CR03 ends on ${expires}, ${when}; ada answers for it.`];
  expect(told.slice(1)).toEqual(when ? [ending] : []);
});

it.each([
  ["ended", { expires: "2026-11-27" }, "it ended on 2026-11-27"],
  [
    "has no second person",
    { expires: "2026-12-31", approver: "ada" },
    "a rule that holds in every profile needs an approver",
  ],
  ["is about another rule", { rule: "CR01", expires: "2026-12-31" }, FAILED],
])("a waiver that %s waives nothing", (_, change, text) => {
  expect(hold(1, { waivers: [{ ...waiver, ...change } as never] }).message).toContain(text);
});

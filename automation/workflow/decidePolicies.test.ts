import { type PlannedResource, UNKNOWN } from "@devfactory/checks/index.ts";
import { expect, it } from "vitest";
import { decidePolicies } from "./decidePolicies.ts";
import type { PolicyTerms } from "./judgePolicies.ts";

const TYPE = "azure-native:containerregistry:Registry";
const GATE = { dev: "warn", standard: "block", production: "block" } as const;
const terms = { gate: GATE, waivers: [], registry: "cr.azurecr.io", now: new Date("2026-11-28T12:00:00Z") };

function registry(status: string, stack: string, name = "images"): PlannedResource {
  const policies = { azureADAuthenticationAsArmPolicy: { status } };
  const urn = `urn:pulumi:${stack}::p::devfactory:azure:ContainerRegistry$${TYPE}::${name}`;
  return { urn, type: TYPE, name, inputs: { adminUserEnabled: false, anonymousPullEnabled: false, policies } };
}
const preview = [registry(UNKNOWN, "app-1")];

async function decide(recorded: () => Promise<readonly PlannedResource[]>, more: Partial<PolicyTerms> = {}) {
  const { fail, unknown, pass, open, waived } = await decidePolicies(
    preview,
    "standard",
    { ...terms, ...more },
    recorded,
  );
  return {
    counts: [fail, unknown, pass],
    open: open.map(({ verdict, urn }) => [verdict, urn]),
    waived: waived.map(({ urn }) => urn),
  };
}

it("what the preview does not know is decided by the recording, at the preview's own resource", async () => {
  const urn = preview[0]?.urn;
  expect(await decide(async () => [registry("enabled", "plan")])).toEqual({
    counts: [1, 0, 2],
    open: [["fail", urn]],
    waived: [],
  });
  expect(await decide(async () => [registry("disabled", "plan")])).toEqual({ counts: [0, 0, 3], open: [], waived: [] });
  const waiver = { rule: "CR03", target: TYPE, reason: "r", owner: "ada", approver: "grace", expires: "2026-12-31" };
  expect(await decide(async () => [registry("enabled", "plan")], { waivers: [waiver] })).toEqual({
    counts: [0, 0, 2],
    open: [],
    waived: [urn],
  });
});

it.each<[string, () => Promise<readonly PlannedResource[]>]>([
  ["does not know either", async () => [registry(UNKNOWN, "plan")]],
  ["does not hold the resource", async () => [registry("disabled", "plan", "others")]],
  ["fails", () => Promise.reject(new Error("no program"))],
])("a recording that %s leaves it open", async (_, recorded) => {
  expect(await decide(recorded)).toEqual({ counts: [0, 1, 2], open: [["unknown", preview[0]?.urn]], waived: [] });
});

it("nothing is recorded where the gate only warns, or where all is known", async () => {
  const never = () => {
    throw new Error("recorded");
  };
  await expect(decidePolicies(preview, "dev", terms, never)).resolves.toMatchObject({ unknown: 1 });
  await expect(decidePolicies([registry("enabled", "a")], "standard", terms, never)).resolves.toMatchObject({
    fail: 1,
  });
});

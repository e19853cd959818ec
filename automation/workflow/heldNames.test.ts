import { expect, it } from "vitest";
import type { DeletedResource } from "../care/freeNames.ts";
import { AutomationError } from "../errors.ts";
import type { NewEvent } from "../jobs/change.ts";
import { type HeldName, withHeldNames } from "./heldNames.ts";
import type { StepContext } from "./step.ts";

const VAULT = "Microsoft.KeyVault/vaults";
const held: readonly HeldName[] = [{ type: VAULT, name: "kv-shop" }];
const own: DeletedResource = { type: VAULT, name: "kv-shop", location: "eastus", purgeProtected: false };
const refusal = (names: readonly HeldName[] | undefined = held) =>
  new AutomationError("PREFLIGHT_FAILED", { findings: "held", advice: "recover it.", ...(names && { held: names }) });

/** Runs work that is refused once (or always), and tells what was done about it. */
async function run(
  profile: "dev" | "standard" | "production",
  given: {
    readonly deleted?: readonly DeletedResource[];
    readonly error?: Error;
    readonly always?: boolean;
    readonly unread?: boolean;
  } = {},
) {
  const { deleted = [own], error = refusal(), always = false, unread = false } = given;
  const events: NewEvent[] = [];
  const purged: unknown[] = [];
  const tries: (readonly string[])[] = [];
  const context = {
    job: { appId: "app1" },
    app: {},
    signal: new AbortController().signal,
    commit: async () => {},
    report: (event: NewEvent) => void events.push(event),
    services: {
      deletedOf: async () => {
        if (unread) throw new Error("no route");
        return deleted;
      },
      freeNames: async (appId: string, _: AbortSignal, only: readonly string[]) => {
        purged.push([appId, only]);
        return { freed: only, held: [] };
      },
    },
  } as unknown as StepContext;
  const done = await withHeldNames(profile, context, async (_, recover) => {
    tries.push(recover);
    if (tries.length === 1 || always) throw error;
    return "deployed";
  }).catch((reason: unknown) => reason);
  return { done, tries, purged, told: events.map(({ type, data }) => [type, data]) };
}

it("dev: what the app had is purged, by its name alone, and made anew", async () => {
  const other = { ...own, name: "kv-other" };
  expect(await run("dev", { deleted: [other, own] })).toEqual({
    done: "deployed",
    tries: [[], []],
    purged: [["app1", ["kv-shop"]]],
    told: [["names_freed", { freed: ["kv-shop"] }]],
  });
});

it("dev: what is protected against purging is brought back, beside what is purged", async () => {
  const two = { ...own, name: "kv-2", purgeProtected: true };
  const error = refusal([...held, { type: VAULT, name: "kv-2" }]);
  expect(await run("dev", { deleted: [two, own], error })).toEqual({
    done: "deployed",
    tries: [[], ["kv-2"]],
    purged: [["app1", ["kv-shop"]]],
    told: [
      ["names_freed", { freed: ["kv-shop"] }],
      ["names_recovered", { names: ["kv-2"] }],
    ],
  });
});

it.each([
  ["standard", false],
  ["standard", true],
  ["production", false],
  ["production", true],
] as const)(
  "%s, protected against purging %s: it is brought back, and nothing is purged",
  async (profile, purgeProtected) => {
    expect(await run(profile, { deleted: [{ ...own, name: "KV-SHOP", purgeProtected }] })).toEqual({
      done: "deployed",
      tries: [[], ["KV-SHOP"]],
      purged: [],
      told: [["names_recovered", { names: ["KV-SHOP"] }]],
    });
  },
);

it.each([
  ["what is not the app's", "dev", { deleted: [] }],
  ["what is not the app's", "production", { deleted: [] }],
  ["when one of two is not the app's", "production", { error: refusal([...held, { type: VAULT, name: "kv-2" }]) }],
  ["another type of that name", "dev", { deleted: [{ ...own, type: "Microsoft.ApiManagement/service" }] }],
  ["when Azure does not say what it keeps", "dev", { unread: true }],
  ["a refusal for other reasons", "production", { error: refusal([]) }],
  ["another error", "dev", { error: new AutomationError("OVER_BUDGET", {}) }],
  ["a bug", "dev", { error: new TypeError("x") }],
] as const)("%s (%s) is left alone, and the first error is told", async (_, profile, given) => {
  const { done, tries, purged, told } = await run(profile, given);
  expect([done, tries, purged, told]).toEqual([
    "error" in given ? given.error : expect.objectContaining({ code: "PREFLIGHT_FAILED" }),
    [[]],
    [],
    [],
  ]);
});

it("each way is tried once", async () => {
  for (const profile of ["dev", "production"] as const) {
    const { done, tries } = await run(profile, { always: true });
    expect([done, tries.length]).toEqual([expect.objectContaining({ code: "PREFLIGHT_FAILED" }), 2]);
  }
});

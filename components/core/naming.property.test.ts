import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { ComponentError } from "./errors.ts";
import { checkedName, NAMES, type NamedType, physicalName } from "./naming.ts";

interface PublishedRule {
  readonly type: string;
  readonly prefix: string;
  readonly min: number;
  readonly max: number;
  readonly pattern: string;
}

const published: Readonly<Record<string, PublishedRule>> = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures/names.json"), "utf8"),
).types;
const TYPES = Object.keys(NAMES) as NamedType[];
const appName = fc
  .stringMatching(/^[a-z]([a-z0-9]|-[a-z0-9]){1,14}$/)
  .filter((name) => !/azure|microsoft|windows|xbox|office365/.test(name.replaceAll("-", "")));
const context = fc.record({
  app: appName,
  stage: fc.constantFrom("dev", "std", "prod"),
  seed: fc.uuid(),
  epoch: fc.nat(9),
  subscriptionId: fc.uuid(),
});
const logicalName = fc.stringMatching(/^[a-z][a-z0-9-]{1,40}$/);

it("every name obeys the published rule of its type", () => {
  fc.assert(
    fc.property(fc.constantFrom(...TYPES), context, logicalName, (type, where, logical) => {
      const name = physicalName(type, where, logical);
      expect(name).toMatch(new RegExp(published[type]?.pattern ?? "(?!)"));
      expect(name.length).toBeLessThanOrEqual(NAMES[type].max);
    }),
  );
});

it("a name is stable, and differs for another resource, app id or epoch", () => {
  fc.assert(
    fc.property(fc.constantFrom(...TYPES), context, logicalName, (type, where, logical) => {
      const name = physicalName(type, where, logical);
      expect(physicalName(type, { ...where }, logical)).toBe(name);
      const others = [
        physicalName(type, where, `${logical}x`),
        physicalName(type, { ...where, epoch: where.epoch + 1 }, logical),
        physicalName(type, { ...where, seed: `${where.seed}x` }, logical),
      ];
      expect(others).not.toContain(name);
    }),
  );
});

it.each(TYPES)("%s: token, abbreviation and length are the published ones", (type) => {
  const { type: token, prefix, min, max } = NAMES[type];
  expect(published[type]).toMatchObject({ type: token, prefix, min, max });
});

const clinic = { app: "clinic", stage: "dev", seed: "a1", epoch: 0, subscriptionId: "s" };

it("shows app and stage, cut where the type is short", () => {
  const long = { ...clinic, app: "appointment-book-of-the-clinic", stage: "production" };
  expect(physicalName("Microsoft.App/containerApps", clinic, "web-app")).toMatch(/^ca-clinic-dev-[a-z2-7]{6}$/);
  expect(physicalName("Microsoft.KeyVault/vaults", long, "vault")).toMatch(/^kv-app-production-[a-z2-7]{6}$/);
  expect(physicalName("Microsoft.Storage/storageAccounts", long, "files")).toMatch(/^stappoinproduction[a-z2-7]{6}$/);
});

it("refuses a stage that leaves no room for the app", () => {
  const error = catching(() => physicalName("Microsoft.KeyVault/vaults", { ...clinic, stage: "preproduction" }, "v"));
  expect(error).toMatchObject({ code: "NAME_TOO_LONG", details: { type: "Microsoft.KeyVault/vaults", max: 24 } });
});

it("refuses words that Azure reserves, only in public names", () => {
  const azure = { ...clinic, app: "azureclinic" };
  expect(catching(() => physicalName("Microsoft.KeyVault/vaults", azure, "v"))).toMatchObject({
    code: "NAME_RESERVED",
  });
  expect(physicalName("Microsoft.App/jobs", azure, "j")).toMatch(/^caj-azureclinic-dev-/);
});

it("a chosen name is checked, not changed", () => {
  expect(checkedName("Microsoft.App/jobs", "nightly")).toBe("nightly");
  expect(catching(() => checkedName("Microsoft.App/jobs", "Nightly_Run"))).toMatchObject({ code: "NAME_INVALID" });
});

function catching(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (error instanceof ComponentError) return error;
    throw error;
  }
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { entryOf, everywhere, parseAppSpec, REGIONS } from "./index.ts";

const web = { name: "web", kind: "web" };
const clinic = { version: 1, name: "clinic", title: "Clinic", services: [web], alsoIn: ["westeurope"] };

it("further regions stand in the document as they were written; without them nothing does", () => {
  const [several, one] = [parseAppSpec(clinic), parseAppSpec({ ...clinic, alsoIn: undefined })];
  expect(several.ok && several.spec.alsoIn).toEqual(["westeurope"]);
  expect(one.ok && "alsoIn" in one.spec && one.spec.alsoIn !== undefined).toBe(false);
});

const ONE_ENTRY = "needs exactly one public service, of kind web or api, behind its one address; there are:";

it.each([
  [{ alsoIn: ["mars"] }, { path: "alsoIn.0", problem: "is none of the allowed values" }],
  [{ alsoIn: ["eastus"] }, { path: "alsoIn.0", problem: "eastus is named already" }],
  [{ alsoIn: ["westus2", "westus2"] }, { path: "alsoIn.1", problem: "westus2 is named already" }],
  [{ alsoIn: ["westus2", "westus3", "uksouth"] }, { path: "alsoIn", allowed: ["at most 2 entries"] }],
  [{ services: [{ ...web, public: false }] }, { path: "alsoIn", problem: `${ONE_ENTRY} none` }],
  [{ services: [{ ...web, kind: "worker" }] }, { path: "alsoIn", problem: `${ONE_ENTRY} none` }],
  [{ services: [{ ...web, kind: "static" }] }, { path: "alsoIn", problem: `${ONE_ENTRY} web (static)` }],
  [
    { services: [web, { name: "site", kind: "static", public: false }] },
    { path: "alsoIn", problem: `${ONE_ENTRY} web (web), site (static)` },
  ],
  [
    { services: [web, { name: "hook", kind: "function" }] },
    { path: "alsoIn", problem: `${ONE_ENTRY} web (web), hook (function)` },
  ],
  [
    { services: [web, { name: "web-westeurope", kind: "worker" }] },
    { path: "services.1.name", problem: "web-westeurope is what a service in a further region is called" },
  ],
])("%j is refused", (change, problem) => {
  const result = parseAppSpec({ ...clinic, ...change });
  expect(result.ok ? [] : result.problems).toEqual([expect.objectContaining(problem)]);
});

it("in every region run the entry and what it calls in containers; the rest stays", () => {
  const call = (resource: string) => ({ resource, access: "call" });
  const result = parseAppSpec({
    ...clinic,
    services: [
      { ...web, uses: [call("prices"), call("mailer")] },
      { name: "prices", kind: "api", public: false, uses: [call("rates")] },
      { name: "rates", kind: "api", public: false },
      { name: "other", kind: "api", public: false },
      { name: "mailer", kind: "function", public: false },
      { name: "ticker", kind: "worker", uses: [call("other")] },
    ],
  });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  expect([entryOf(result.spec)?.name, [...everywhere(result.spec)]]).toEqual(["web", ["web", "prices", "rates"]]);
  const alone = { ...result.spec, alsoIn: undefined };
  expect([entryOf(alone), [...everywhere(alone)]]).toEqual([undefined, []]);
});

it("every region that the price book knows is a region of Azure", () => {
  const book = readFileSync(join(import.meta.dirname, "../../checks/cost/prices.json"), "utf8");
  const { rows } = JSON.parse(book) as { rows: { regions: object }[] };
  const priced = [...new Set(rows.flatMap(({ regions }) => Object.keys(regions)))];
  expect(priced.filter((region) => !(REGIONS as readonly string[]).includes(region))).toEqual([]);
});

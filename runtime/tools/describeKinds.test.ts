import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type DescribedKind, describeKinds } from "./describeKinds.ts";
import type { ToolContext } from "./tool.ts";

/** The catalogue of the components themselves, which no agent can import. */
const { components } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../components/catalogue.json"), "utf8"),
) as {
  components: {
    name: string;
    summary: string;
    cost: string;
    limits: string;
    keepsData: boolean;
    arguments: { name: string; doc: string; allowed?: (string | number)[]; profiles?: Record<string, unknown> }[];
    grants: { access: string; role?: string }[];
  }[];
};

async function ask(input: object): Promise<readonly DescribedKind[]> {
  const { kinds } = (await describeKinds.run(input, {} as ToolContext)) as { kinds: readonly DescribedKind[] };
  return kinds;
}

it("the answers are the catalogue's, for every kind", async () => {
  const all = await ask({});
  expect(all.map(({ kind }) => kind)).toEqual(
    "postgres cosmos blob queue secrets sql relay config gateway registry static web api worker job function".split(
      " ",
    ),
  );
  for (const { kind, component, summary, cost, limits, access, replacement } of all) {
    const own = components.find(({ name }) => name === component);
    expect([summary, cost, limits, replacement.losesData], kind).toEqual([
      own?.summary,
      own?.cost,
      own?.limits,
      own?.keepsData,
    ]);
    const roles = own?.grants.map(({ role = "no rights" }) => role) ?? [];
    expect(
      access.filter(({ role }) => !roles.includes(role)),
      kind,
    ).toEqual([]);
  }
});

it("an option has the values that the component takes, and the default of the profile", async () => {
  const [postgres] = await ask({ kinds: ["postgres"], profile: "production" });
  const [, sku] = postgres?.options ?? [];
  const argument = components
    .find(({ name }) => name === "PostgresServer")
    ?.arguments.find(({ name }) => name === "sku");
  expect(sku).toEqual({
    option: "sku",
    doc: argument?.doc,
    default: argument?.profiles?.production,
    allowed: argument?.allowed,
  });
  expect(postgres?.options.map(({ option }) => option)).toEqual(["storageGb", "sku", "highAvailability"]);
});

it("the cost of the smallest one is that of the profile", async () => {
  const [inDev] = await ask({ kinds: ["postgres"], profile: "dev" });
  expect(inDev?.idleCost).toEqual({ class: "under 50", monthlyUsd: 16.09 });
  const [anywhere] = await ask({ kinds: ["postgres"] });
  expect(Object.keys(anywhere?.idleCost ?? {})).toEqual(["dev", "standard", "production"]);
});

it("what replaces a resource is said, and whether data go with it", async () => {
  const [queue, sql, web] = (await ask({ kinds: ["queue", "sql", "web"] })).map(({ replacement }) => replacement);
  expect(queue).toEqual({ losesData: true, by: ["name", "region", "sessions"] });
  expect(sql).toEqual({ losesData: true, by: ["name", "region", "freeOffer"] });
  expect(web).toEqual({ losesData: false, by: ["name", "region"] });
});

it("an unknown kind is refused with those that there are", async () => {
  await expect(ask({ kinds: ["redis"] })).rejects.toMatchObject({
    code: "KIND_UNKNOWN",
    message: "There is no kind redis.",
    advice: expect.stringMatching(/^Use one of: postgres, cosmos, .*, function\.$/),
  });
});

import { ConsistencyLevel, type Container, type FeedOptions } from "@azure/cosmos";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CosmosHarness, startCosmos } from "./harness.ts";

const COUNT = 60;

/** 60 items in 7 partitions: n = 0..59 in scattered order, `even` only on even ones, two tags each. */
let cosmos: CosmosHarness;
let things: Container;

beforeAll(async () => {
  cosmos = await startCosmos();
  await cosmos.container("things");
  things = cosmos.client().database("app").container("things");
  for (let index = 0; index < COUNT; index++) {
    const n = (index * 37) % COUNT;
    const item = {
      id: `i${n}`,
      pk: `p${n % 7}`,
      n,
      team: n % 3,
      tags: [`t${n % 2}`, `t${n % 5}`],
      inner: { text: `Text ${n}` },
    };
    await things.items.create(n % 2 === 0 ? { ...item, even: true } : item);
  }
});

afterAll(() => cosmos[Symbol.asyncDispose]());

async function all(
  query: string | { query: string; parameters: { name: string; value: never }[] },
  options: FeedOptions = {},
) {
  return (await things.items.query(query, options).fetchAll()).resources as unknown[];
}

const numbers = (from: number, to: number, step = 1) =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);

describe("over all partitions", () => {
  it("the container has two ranges, and items in both", async () => {
    const { resources } = await things.readPartitionKeyRanges().fetchAll();
    expect(resources.map(({ id, minInclusive, maxExclusive }) => [id, minInclusive, maxExclusive])).toEqual([
      ["0", "", "1FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"],
      ["1", "1FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "FF"],
    ]);
    const ranges = new Set<string>();
    for (let n = 0; n < 7; n++) {
      const { headers } = await things.item(`i${n}`, `p${n}`).read();
      ranges.add(String(headers["x-ms-session-token"]).split(":")[0] ?? "");
    }
    expect(ranges).toEqual(new Set(["0", "1"]));
  });

  it.each([
    ["SELECT VALUE c.n FROM c ORDER BY c.n", numbers(0, 60)],
    ["SELECT VALUE c.n FROM c WHERE c.n >= 50 ORDER BY c.n DESC", numbers(50, 60).reverse()],
    ["SELECT VALUE c.n FROM c WHERE c.team = 1 ORDER BY c.team, c.n DESC", numbers(1, 60, 3).reverse()],
    ["SELECT TOP 4 VALUE c.n FROM c ORDER BY c.n", [0, 1, 2, 3]],
    ["SELECT VALUE c.n FROM c ORDER BY c.n OFFSET 10 LIMIT 3", [10, 11, 12]],
    ["SELECT VALUE COUNT(1) FROM c", [60]],
    ["SELECT VALUE COUNT(c.even) FROM c", [30]],
    ["SELECT VALUE SUM(c.n) FROM c", [1770]],
    ["SELECT VALUE AVG(c.n) FROM c", [29.5]],
    ["SELECT VALUE MIN(c.n) FROM c WHERE c.n > 7", [8]],
    ["SELECT VALUE MAX(c.inner.text) FROM c", ["Text 9"]],
    ["SELECT COUNT(1) AS count, MAX(c.n) AS most FROM c", [{ count: 60, most: 59 }]],
    ["SELECT VALUE COUNT(1) FROM c WHERE false", [0]],
    ["SELECT DISTINCT VALUE c.pk FROM c WHERE c.n < 20 ORDER BY c.pk", ["p0", "p1", "p2", "p3", "p4", "p5", "p6"]],
  ])("%s", async (query, expected) => {
    expect(await all(query)).toEqual(expected);
  });

  it("groups of all ranges are merged", async () => {
    const grouped = await all("SELECT c.team, COUNT(1) AS count, AVG(c.n) AS mean FROM c GROUP BY c.team");
    expect(grouped.sort((a, b) => Number((a as { team: number }).team) - Number((b as { team: number }).team))).toEqual(
      [
        { team: 0, count: 20, mean: 28.5 },
        { team: 1, count: 20, mean: 29.5 },
        { team: 2, count: 20, mean: 30.5 },
      ],
    );
    expect(await all("SELECT VALUE COUNT(1) FROM c GROUP BY c.team")).toEqual([20, 20, 20]);
  });

  it("DISTINCT, TOP and OFFSET without an order hold for the whole", async () => {
    expect((await all("SELECT DISTINCT VALUE t FROM c JOIN t IN c.tags")).sort()).toEqual([
      "t0",
      "t1",
      "t2",
      "t3",
      "t4",
    ]);
    expect(await all("SELECT TOP 5 * FROM c")).toHaveLength(5);
    expect(await all("SELECT VALUE c.n FROM c OFFSET 55 LIMIT 10")).toHaveLength(5);
  });

  it("a query that fixes the partition key in its text needs no client's merge", async () => {
    const { resources, requestCharge } = await things.items
      .query({
        query: "SELECT VALUE c.n FROM c WHERE c.pk = @pk ORDER BY c.n",
        parameters: [{ name: "@pk", value: "p3" }],
      })
      .fetchAll();
    expect(resources).toEqual(numbers(3, 60, 7));
    expect(requestCharge).toBeLessThan(5);
  });

  it("pages of an ordered query go on from a continuation token", async () => {
    const seen: unknown[] = [];
    let continuationToken: string | undefined;
    do {
      const options: FeedOptions = {
        maxItemCount: 7,
        enableQueryControl: true,
        ...(continuationToken && { continuationToken }),
      };
      const page = await things.items.query("SELECT VALUE c.n FROM c ORDER BY c.n", options).fetchNext();
      seen.push(...(page.resources ?? []));
      continuationToken = page.continuationToken;
    } while (continuationToken);
    expect(seen).toEqual(numbers(0, 60));
  });

  it("what cannot be merged is refused with 400", async () => {
    await expect(all("SELECT VALUE SUM(c.n) / COUNT(1) FROM c")).rejects.toMatchObject({ code: 400 });
    await expect(all("SELECT VALUE c.n FROM")).rejects.toMatchObject({ code: 400 });
    const nested = `SELECT VALUE ${"(".repeat(20_000)}1${")".repeat(20_000)} FROM c`;
    await expect(all(nested)).rejects.toMatchObject({ code: 400 });
    await expect(all(`SELECT VALUE '${"x".repeat(600_000)}' FROM c`)).rejects.toMatchObject({ code: 400 });
  });
});

describe("in one partition", () => {
  const partitionKey = "p3";

  it("other partitions are not seen", async () => {
    expect(await all("SELECT VALUE COUNT(1) FROM c", { partitionKey })).toEqual([9]);
    expect(await all("SELECT VALUE c.n FROM c WHERE c.n = 4", { partitionKey })).toEqual([]);
  });

  it("the server does by itself what clients merge elsewhere", async () => {
    const one = (query: string) => all(query, { partitionKey });
    expect(await one("SELECT VALUE SUM(c.n) / COUNT(1) FROM c")).toEqual([31]);
    expect(await one("SELECT TOP 2 VALUE c.n FROM c ORDER BY c.n DESC")).toEqual([59, 52]);
    expect(await one("SELECT c.team, COUNT(1) AS count FROM c WHERE c.n < 20 GROUP BY c.team")).toHaveLength(3);
  });

  it.each([
    "SELECT VALUE c.n FROM c",
    "SELECT VALUE c.n FROM c ORDER BY c.n",
    "SELECT DISTINCT VALUE c.n FROM c",
    "SELECT VALUE t FROM c JOIN t IN c.tags",
    "SELECT c.n, COUNT(1) AS count FROM c GROUP BY c.n",
    "SELECT VALUE c.n FROM c ORDER BY c.n OFFSET 1 LIMIT 6",
  ])("%s comes in pages that add up to the whole", async (query) => {
    const whole = await all(query, { partitionKey });
    const paged: unknown[] = [];
    let continuationToken: string | undefined;
    do {
      const iterator = things.items.query(query, {
        partitionKey,
        maxItemCount: 2,
        ...(continuationToken && { continuationToken }),
      });
      const page = await iterator.fetchNext();
      expect(page.resources.length).toBeLessThanOrEqual(2);
      paged.push(...page.resources);
      continuationToken = page.continuationToken;
    } while (continuationToken);
    expect(paged).toEqual(whole);
  });

  it("an ordered query goes on where it was though items are written meanwhile", async () => {
    await cosmos.container("moving");
    const moving = cosmos.client().database("app").container("moving");
    for (const n of [10, 20, 30, 40]) await moving.items.create({ id: `${n}`, pk: "a", n });
    const query = "SELECT VALUE c.n FROM c ORDER BY c.n";
    const first = await moving.items.query(query, { partitionKey: "a", maxItemCount: 2 }).fetchNext();
    await moving.items.create({ id: "5", pk: "a", n: 5 });
    await moving.item("10", "a").delete();
    await moving.items.create({ id: "25", pk: "a", n: 25 });
    const options = { partitionKey: "a", continuationToken: first.continuationToken ?? "" };
    const rest = await moving.items.query(query, options).fetchAll();
    expect([first.resources, rest.resources]).toEqual([
      [10, 20],
      [25, 30, 40],
    ]);
  });

  it("ORDER BY puts what lacks the property first", async () => {
    const found = await all("SELECT VALUE {n: c.n, even: c.even} FROM c ORDER BY c.even, c.n", { partitionKey });
    expect(found.map((each) => (each as { n: number }).n)).toEqual([3, 17, 31, 45, 59, 10, 24, 38, 52]);
  });

  it("a continuation token that is none, and a parameter that is not given, get 400", async () => {
    const bad = things.items.query("SELECT * FROM c", { partitionKey, continuationToken: "nonsense" });
    await expect(bad.fetchAll()).rejects.toMatchObject({ code: 400 });
    await expect(all("SELECT * FROM c WHERE c.n = @n", { partitionKey })).rejects.toMatchObject({ code: 400 });
  });
});

it("databases and containers are listed and queried", async () => {
  const client = cosmos.client("writer", { consistencyLevel: ConsistencyLevel.Session });
  expect((await client.databases.readAll().fetchAll()).resources.map(({ id }) => id)).toEqual(["app"]);
  const found = await client
    .database("app")
    .containers.query({ query: "SELECT VALUE c.id FROM c WHERE c.id = 'things'" })
    .fetchAll();
  expect(found.resources).toEqual(["things"]);
  const { resource } = await client.database("app").container("things").read();
  expect(resource?.partitionKey).toEqual({ paths: ["/pk"], kind: "Hash", version: 2 });
});

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { PriceBookSchema } from "../bookSchema.ts";
import { PRICES, type PriceBook, type PriceRow } from "../priceBook.ts";
import { filterOf, type RefreshScope, refreshBook } from "./refreshBook.ts";
import { fetchPrices, type RetailClient } from "./retailPrices.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** What the API holds of a meter. */
interface Item {
  readonly [name: string]: string | number | boolean;
}

const PAGE = 2;

/**
 * A peer that behaves as the Retail Prices API does: it filters by equality, `and` and `or` over one property, gives pages of two rows with a
 * link to the next, and an empty list where nothing matches.
 */
async function peer(
  items: readonly Item[],
  refuse: (request: number, response: ServerResponse) => boolean = () => false,
): Promise<{ readonly client: RetailClient; readonly asked: string[]; readonly waits: number[] }> {
  const asked: string[] = [];
  const waits: number[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", "http://peer");
    const filter = url.searchParams.get("$filter") ?? "";
    asked.push(filter);
    if (refuse(asked.length, response)) return;
    const found = items.filter((item) => filter.split(" and ").every((part) => matches(item, part)));
    const skip = Number(url.searchParams.get("$skip") ?? 0);
    url.searchParams.set("$skip", String(skip + PAGE));
    const more = skip + PAGE < found.length;
    const body = {
      BillingCurrency: "USD",
      Items: found.slice(skip, skip + PAGE),
      // The real one names its public address, whatever it was asked by.
      NextPageLink: more ? `https://prices.azure.com:443/api/retail/prices${url.search}` : null,
      Count: Math.min(PAGE, found.length - skip),
    };
    response.setHeader("content-type", "application/json").end(JSON.stringify(body));
  };
  const server = createServer(answer).listen(0, "127.0.0.1");
  servers.push(server);
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const wait = async (ms: number) => void waits.push(ms);
  return { client: { url: `http://127.0.0.1:${port}/api/retail/prices`, fetch, wait }, asked, waits };
}

function matches(item: Item, part: string): boolean {
  return part
    .replace(/^\(|\)$/g, "")
    .split(" or ")
    .some((each) => {
      const [, name = "", value = ""] = /^(\w+) eq '(.*)'$/.exec(each) ?? [];
      const key = name === "priceType" ? "type" : name;
      return item[key] === value.replaceAll("''", "'");
    });
}

function item(meterName: string, retailPrice: number, more: Item = {}): Item {
  return {
    currencyCode: "USD",
    tierMinimumUnits: 0,
    retailPrice,
    armRegionName: "eastus",
    serviceName: "Bus",
    meterName,
    unitOfMeasure: "1M",
    type: "Consumption",
    isPrimaryMeterRegion: true,
    ...more,
  };
}

function row(id: string, more: Partial<PriceRow> = {}): PriceRow {
  return {
    id,
    service: "Bus",
    meter: id,
    unit: "1M",
    regions: { eastus: { price: 1, confidence: "b" } },
    source: ["S1"],
    retrievedAt: "2026-01-01",
    query: { filter: { serviceName: "Bus", meterName: "Operations" }, unit: "1M", factor: 1 },
    ...more,
  };
}

const book = (...rows: PriceRow[]): PriceBook => ({ ...PRICES, rows });
const ALL: RefreshScope = { regions: [], ids: [] };
const refreshed = (rows: PriceRow[], client: RetailClient, scope = ALL) =>
  refreshBook(book(...rows), client, scope, "2026-12-01");

it("a price is replaced, with its source, its day and the best confidence", async () => {
  const { client, asked } = await peer([item("Operations", 0.8)]);
  const result = await refreshed([row("bus")], client);
  expect(result.changes).toEqual([{ id: "bus", region: "eastus", before: 1, after: 0.8 }]);
  expect(result.book.rows).toEqual([
    {
      ...row("bus"),
      regions: { eastus: { price: 0.8, confidence: "a" } },
      source: ["API"],
      retrievedAt: "2026-12-01",
    },
  ]);
  expect(asked).toEqual([
    "serviceName eq 'Bus' and meterName eq 'Operations' and priceType eq 'Consumption' and armRegionName eq 'eastus'",
  ]);
});

it("all pages are read, from the server that was asked", async () => {
  const regions = ["eastus", "westeurope", "japaneast", "uksouth", "westus"];
  const { client, asked } = await peer(
    regions.map((armRegionName, index) => item("Operations", index + 1, { armRegionName })),
  );
  const result = await refreshed([row("bus")], client, { regions: regions.slice(1), ids: [] });
  expect(asked.length).toBe(3);
  expect(Object.entries(result.book.rows[0]?.regions ?? {}).map(([region, { price }]) => [region, price])).toEqual([
    ["eastus", 1],
    ["japaneast", 3],
    ["uksouth", 4],
    ["westeurope", 2],
    ["westus", 5],
  ]);
});

it("a wrong region name finds nothing: it is missing and never 0, and the row keeps its prices", async () => {
  const { client } = await peer([item("Operations", 0.8)]);
  const result = await refreshed([row("bus")], client, { regions: ["East US 2"], ids: [] });
  expect(result.missing).toEqual([{ id: "bus", region: "East US 2", problem: "no row in the unit 1M" }]);
  expect(result.book.rows).toEqual([row("bus")]);
});

it("the same meter by the hour and by the month: the unit of the query decides", async () => {
  const base = [
    item("Base", 0.013441, { unitOfMeasure: "1/Hour" }),
    item("Base", 10, { unitOfMeasure: "1/Month" }),
    item("Base", 6, { unitOfMeasure: "1/Month", type: "Reservation" }),
  ];
  const { client } = await peer(base);
  const query = { filter: { serviceName: "Bus", meterName: "Base" }, unit: "1/Month", factor: 1 };
  const result = await refreshed([row("base", { query })], client);
  expect(result.book.rows[0]?.regions).toEqual({ eastus: { price: 10, confidence: "a" } });
});

it("a row of price 0 is no price, a free first step is the free amount, and units are converted", async () => {
  const { client } = await peer([
    item("Executions", 0, { unitOfMeasure: "10" }),
    item("Executions", 0.000002, { unitOfMeasure: "10", tierMinimumUnits: 100_000 }),
    item("RU", 0, { unitOfMeasure: "1/Hour" }),
  ]);
  const executions = { filter: { serviceName: "Bus", meterName: "Executions" }, unit: "10", factor: 100_000 };
  const throughput = { filter: { serviceName: "Bus", meterName: "RU" }, unit: "1/Hour", factor: 1 };
  const result = await refreshed([row("executions", { query: executions }), row("ru", { query: throughput })], client);
  expect(result.changes).toEqual([{ id: "executions", region: "eastus", before: 1, after: 0.2 }]);
  expect(result.missing).toEqual([{ id: "ru", region: "eastus", problem: "all rows cost 0" }]);
});

it("a ladder gets all its steps, whatever order they come in", async () => {
  const steps: readonly (readonly [number, number])[] = [
    [100, 0.5],
    [0, 0],
    [2500, 0.2],
    [13, 0.8],
  ];
  const { client } = await peer(steps.map(([from, price]) => item("Operations", price, { tierMinimumUnits: from })));
  const tiers = [{ from: 0, price: 9 }];
  const result = await refreshed([row("bus", { tiers })], client);
  expect(result.book.rows[0]?.tiers).toEqual([
    { from: 0, price: 0 },
    { from: 13, price: 0.8 },
    { from: 100, price: 0.5 },
    { from: 2500, price: 0.2 },
  ]);
});

it("two prices for one step are not chosen between", async () => {
  const { client } = await peer([item("Operations", 0.178, { skuName: "2 vCore" }), item("Operations", 0.2)]);
  const result = await refreshed([row("bus")], client);
  expect(result.missing).toEqual([{ id: "bus", region: "eastus", problem: "2 prices for the same step: 0.178, 0.2" }]);
});

it("a refusal for too many requests is waited out as long as it says", async () => {
  const headers = ["7", "Thu, 01 Jan 1970 00:00:00 GMT", undefined];
  const { client, waits, asked } = await peer([item("Operations", 0.8)], (request, response) => {
    if (request > headers.length) return false;
    const after = headers[request - 1];
    if (after) response.setHeader("retry-after", after);
    response.writeHead(429).end();
    return true;
  });
  const result = await refreshed([row("bus")], client);
  expect([waits, asked.length, result.changes.length]).toEqual([[7000, 0, 4000], 4, 1]);
});

it("a server that keeps refusing ends it with its status, another error at once", async () => {
  const always = (status: number) =>
    peer([], (_, response) => {
      response.writeHead(status).end();
      return true;
    });
  const busy = await always(503);
  await expect(fetchPrices(busy.client, "x eq 'y'")).rejects.toThrow(/answers 503 to x eq 'y'$/);
  expect(busy.waits).toEqual([1000, 2000, 4000, 8000, 16000]);
  const wrong = await always(400);
  await expect(fetchPrices(wrong.client, "x eq 'y'")).rejects.toThrow(/answers 400/);
  expect(wrong.waits).toEqual([]);
});

it("rows that the API does not list are told, rows that were not asked for stay as they are", async () => {
  const { client, asked } = await peer([item("Operations", 0.8)]);
  const rows = [row("site", { query: { notInApi: "not listed" } }), row("bus"), row("other")];
  const result = await refreshed(rows, client, { regions: [], ids: ["site", "bus"] });
  expect(result.notAsked).toEqual([{ id: "site", reason: "not listed" }]);
  expect([asked.length, result.book.rows[2]]).toEqual([1, row("other")]);
});

it("a quote in a value does not end it", () => {
  const query = { filter: { serviceName: "O'Brien" }, unit: "1", factor: 1 };
  expect(filterOf(query, ["a", "b"])).toBe(
    "serviceName eq 'O''Brien' and priceType eq 'Consumption' and (armRegionName eq 'a' or armRegionName eq 'b')",
  );
});

it("the book that comes along has the form that it must have, and each row the query that finds it", () => {
  const parsed = PriceBookSchema.parse(PRICES);
  expect(parsed.rows.length).toBe(92);
  expect(parsed.rows.filter(({ query }) => query && "notInApi" in query).map(({ id }) => id)).toEqual([
    "swa-free",
    "swa-standard",
    "swa-bandwidth",
    "appconfig-free",
    "entra-external-id",
    "aad-b2c-p1",
    "aks-free",
    "cdn-classic",
  ]);
  const { query: _, ...noQuery } = row("x");
  const broken = [
    { ...row("x"), source: [] },
    { ...row("x"), source: ["S99"] },
    noQuery,
    { ...row("x"), retrievedAt: "May" },
  ];
  expect(broken.map((each) => PriceBookSchema.safeParse({ ...PRICES, rows: [each] }).success)).toEqual(
    broken.map(() => false),
  );
});

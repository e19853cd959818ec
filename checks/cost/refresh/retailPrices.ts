import { z } from "zod";

/** Address of Microsoft's list of prices; it needs no sign-in. */
export const RETAIL_PRICES_URL = "https://prices.azure.com/api/retail/prices";

/** A row of the Retail Prices API, as far as a book needs it (Microsoft Learn, "Azure Retail Prices overview"). */
const RetailPrice = z.looseObject({
  currencyCode: z.string(),
  tierMinimumUnits: z.number(),
  retailPrice: z.number(),
  armRegionName: z.string(),
  unitOfMeasure: z.string(),
  type: z.string(),
});
export type RetailPrice = z.output<typeof RetailPrice>;

const Page = z.object({ Items: z.array(RetailPrice), NextPageLink: z.string().nullish() });

/** How the API is reached; all of it can be replaced by another server's. */
export interface RetailClient {
  readonly url: string;
  readonly fetch: typeof fetch;
  /** Waits before the next attempt. */
  readonly wait: (ms: number) => Promise<void>;
}

const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
const MOST_PAGES = 50;

/**
 * All rows that a filter finds, over all pages.
 *
 * @param filter OData, for example `serviceName eq 'Functions' and armRegionName eq 'eastus'`
 * @throws {Error} when the API still refuses after six attempts, or answers something else than prices
 */
export async function fetchPrices(client: RetailClient, filter: string): Promise<readonly RetailPrice[]> {
  const first = new URL(client.url);
  first.searchParams.set("$filter", filter);
  const items: RetailPrice[] = [];
  let next: URL | undefined = first;
  for (let page = 0; next; page += 1) {
    if (page === MOST_PAGES) throw new Error(`more than ${MOST_PAGES} pages for ${filter}`);
    const answer: z.output<typeof Page> = Page.parse(await get(client, next));
    items.push(...answer.Items);
    next = answer.NextPageLink ? samePlace(first, answer.NextPageLink) : undefined;
  }
  return items;
}

/** The link of the next page, on the server that was asked: behind a proxy the API still names its own address. */
function samePlace(first: URL, link: string): URL {
  const next = new URL(link, first);
  const place = new URL(first);
  place.search = next.search;
  return place;
}

async function get(client: RetailClient, url: URL): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await client.fetch(url, { headers: { accept: "application/json" } });
    if (response.ok) return response.json();
    await response.body?.cancel();
    const transient = response.status === 429 || response.status >= 500;
    if (!transient || attempt === ATTEMPTS) {
      throw new Error(`${url.origin} answers ${response.status} to ${url.searchParams.get("$filter")}`);
    }
    await client.wait(pauseMs(response.headers.get("retry-after"), attempt));
  }
}

/** `Retry-After` in seconds or as a date, else twice as long each time. */
function pauseMs(retryAfter: string | null, attempt: number): number {
  const seconds = Number(retryAfter ?? Number.NaN);
  if (Number.isFinite(seconds) && retryAfter !== "") return Math.min(LONGEST_PAUSE_MS, seconds * 1_000);
  const until = Date.parse(retryAfter ?? "") - Date.now();
  if (Number.isFinite(until)) return Math.min(LONGEST_PAUSE_MS, Math.max(0, until));
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
}

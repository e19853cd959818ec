import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { withTriedLinks } from "./links.ts";
import { pagesOf } from "./pages.ts";
import { readCatalogue } from "./read.ts";
import { SURROUNDING_NAMES } from "./surroundings.ts";

const CHECKOUT = resolve(import.meta.dirname, "../..");
const FOLDER = join(CHECKOUT, "docs/reference");
const catalogue = await withTriedLinks(readCatalogue(CHECKOUT));
const pages = pagesOf(catalogue);

it("there is a page for each component and the index, and no page of a component that is gone", () => {
  const expected = ["README.md", ...catalogue.components.map(({ name }) => `${name}.md`)];
  expect([...pages.keys()]).toEqual(expected);
  expect(readdirSync(FOLDER).sort()).toEqual(expected.sort());
});

it("a page shows the links of each part with their roles", () => {
  expect(pages.get("ServiceBus.md")).toContain(
    '| `topic(…).subscription(…).link("receive")` | Azure Service Bus Data Receiver | `Microsoft.ServiceBus/namespaces/topics/subscriptions` | `AZURE_SERVICE_BUS_HOST`, `AZURE_SERVICE_BUS_NAME` |',
  );
});

it("the index explains every name that an example may use without declaring it", () => {
  const index = pages.get("README.md") ?? "";
  expect(SURROUNDING_NAMES.filter((name) => !index.includes(`\`${name}\``))).toEqual([]);
});

it("a page has all its parts in one order", () => {
  for (const [name, text] of pages) {
    if (name === "README.md") continue;
    expect(text.match(/^## .*$/gm), name).toEqual([
      "## Creates",
      "## Examples",
      "## Grants",
      "## Defaults by profile",
      "## Limits, and what it does not do",
      "## Outputs",
      "## Arguments",
    ]);
  }
});

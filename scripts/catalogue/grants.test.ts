// What the catalogue reads from the source without running it is compared with what the links give when they run.
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { tryLinks } from "./links.ts";
import { readCatalogue } from "./read.ts";

const catalogue = readCatalogue(resolve(import.meta.dirname, "../.."));
const linked = catalogue.components.filter(({ grants }) => grants.length > 0);

it("every component with links is tried", () => {
  expect(linked).toHaveLength(16);
});

it.each(linked)("the links of $name give what the catalogue says", async ({ name, grants, variables }) => {
  const tried = await tryLinks(name, grants);
  expect(tried.map(({ role }) => role)).toEqual(
    grants.map(({ role }, index) => (tried[index]?.role === "inside" && role !== undefined ? "inside" : role)),
  );
  expect(tried.map(({ scope }) => scope !== undefined)).toEqual(grants.map(({ role }) => role !== undefined));
  const set = new Set(tried.flatMap((each) => each.variables));
  const patterns = variables.map((each) => new RegExp(`^${each.replaceAll(/<\w+>/g, "[\\w<>]+")}$`));
  expect([...set].filter((each) => !patterns.some((pattern) => pattern.test(each)))).toEqual([]);
  expect(variables.filter((_, index) => ![...set].some((each) => patterns[index]?.test(each)))).toEqual([]);
});

it("a link of a part holds on that part alone, and its variables are its own", async () => {
  const of = (part: string, access: string) => tryLinks("StorageAccount", [{ of: part, access }]);
  expect([...(await of("container", "read")), ...(await of("queue", "send"))]).toEqual([
    {
      role: "Storage Blob Data Reader",
      scope: "Microsoft.Storage/storageAccounts/blobServices/containers",
      variables: ["AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_BLOB_ENDPOINT"],
    },
    {
      role: "Storage Queue Data Message Sender",
      scope: "Microsoft.Storage/storageAccounts/queueServices/queues",
      variables: ["AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_QUEUE_ENDPOINT"],
    },
  ]);
});

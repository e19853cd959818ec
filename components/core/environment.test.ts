import { expect, it } from "vitest";
import { mergeEnvironment } from "./environment.ts";
import type { LinkGrant } from "./link.ts";
import { mergeGrants } from "./link.ts";

function link(source: string, env: Record<string, string>, key = source): LinkGrant {
  return { key, source, env, roles: [] };
}

it("joins the variables of links and the explicit ones", () => {
  expect(mergeEnvironment("web", [link("db", { PGHOST: "h" })], { LOG_LEVEL: "info" })).toEqual({
    LOG_LEVEL: "info",
    PGHOST: "h",
  });
});

it("two of a kind get their source as suffix, the first keeps the plain name", () => {
  const links = [link("orders", { AZURE_COSMOS_ENDPOINT: "a" }), link("users-db", { AZURE_COSMOS_ENDPOINT: "b" })];
  expect(mergeEnvironment("web", links, {})).toEqual({
    AZURE_COSMOS_ENDPOINT: "a",
    AZURE_COSMOS_ENDPOINT_ORDERS: "a",
    AZURE_COSMOS_ENDPOINT_USERS_DB: "b",
  });
});

it("two links of one component are the same variable", () => {
  const links = [
    link("bus", { AZURE_SERVICE_BUS_HOST: "h" }, "bus-a"),
    link("bus", { AZURE_SERVICE_BUS_HOST: "h" }, "bus-b"),
  ];
  expect(mergeEnvironment("web", links, {})).toEqual({ AZURE_SERVICE_BUS_HOST: "h" });
});

it("a name that is set explicitly and by a link is an error that names both", () => {
  expect(() => mergeEnvironment("web", [link("db", { PGHOST: "h" })], { PGHOST: "mine" })).toThrow(
    "web: the environment variable PGHOST is set explicitly and by the link to db.",
  );
});

it("grants of one key are joined and equal roles given once; the stronger data right stays", () => {
  const cosmos = {
    kind: "cosmos",
    resourceGroupName: "rg",
    accountName: "a",
    accountId: "/a",
    scope: "/a/dbs/d",
  } as const;
  const read: LinkGrant = {
    ...link("data", { X: "1" }),
    roles: [{ role: "acrPull", scope: "/r" }],
    data: [{ ...cosmos, access: "read" }],
  };
  const write: LinkGrant = {
    ...link("data", { Y: "2" }),
    roles: [
      { role: "acrPull", scope: "/r" },
      { role: "acrPush", scope: "/r" },
    ],
    data: [{ ...cosmos, access: "readwrite" }],
  };
  expect(mergeGrants([read, write])).toEqual([
    {
      key: "data",
      source: "data",
      env: { X: "1", Y: "2" },
      identityNameEnv: [],
      roles: [
        { role: "acrPull", scope: "/r" },
        { role: "acrPush", scope: "/r" },
      ],
      data: [{ ...cosmos, access: "readwrite" }],
      prerequisites: [],
    },
  ]);
});

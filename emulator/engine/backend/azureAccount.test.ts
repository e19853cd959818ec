import { describe, expect, it } from "vitest";
import { azureAccount } from "./azureAccount.ts";

const KEY = { AZURE_STORAGE_ACCOUNT: "shop", AZURE_STORAGE_KEY: "a2V5" };
const CONNECTION = "DefaultEndpointsProtocol=http;AccountName=conn;AccountKey=a2V5;EndpointSuffix=core.windows.net";

describe("azureAccount", () => {
  it.each([
    [
      "azblob://state",
      KEY,
      {
        container: "state",
        prefix: "",
        serviceUrl: "https://shop.blob.core.windows.net",
        proof: { kind: "key", account: "shop", key: "a2V5" },
      },
    ],
    ["azblob://state/team/a/", KEY, { prefix: "team/a/" }],
    ["azblob://state/team%20a", KEY, { prefix: "team a/" }],
    [
      "azblob://state?storage_account=other",
      {},
      { serviceUrl: "https://other.blob.core.windows.net", proof: { kind: "identity", clientId: undefined } },
    ],
    ["azblob://state", { AZURE_STORAGE_ACCOUNT: "shop" }, { proof: { kind: "identity" } }],
    [
      "azblob://state",
      { AZURE_STORAGE_ACCOUNT: "shop", AZURE_STORAGE_SAS_TOKEN: "?sv=1&sig=x" },
      { serviceUrl: "https://shop.blob.core.windows.net?sv=1&sig=x", proof: { kind: "sas" } },
    ],
    [
      "azblob://state",
      { AZURE_STORAGE_CONNECTION_STRING: CONNECTION },
      { serviceUrl: "http://conn.blob.core.windows.net", proof: { kind: "connectionString", text: CONNECTION } },
    ],
    [
      "azblob://state",
      { ...KEY, AZURE_STORAGE_CONNECTION_STRING: CONNECTION, AZURE_STORAGE_SAS_TOKEN: "s" },
      { proof: { kind: "key", account: "shop", key: "a2V5" } },
    ],
    [
      "azblob://state?domain=blob.core.usgovcloudapi.net",
      KEY,
      { serviceUrl: "https://shop.blob.core.usgovcloudapi.net" },
    ],
    [
      "azblob://state",
      { ...KEY, AZURE_STORAGE_DOMAIN: "127.0.0.1:10000", AZURE_STORAGE_PROTOCOL: "http" },
      { serviceUrl: "http://127.0.0.1:10000/shop" },
    ],
    [
      "azblob://state?localemu=true&domain=azurite:10000&protocol=http",
      KEY,
      { serviceUrl: "http://azurite:10000/shop" },
    ],
    [
      "azblob://state?localemu=false&domain=azurite",
      { ...KEY, AZURE_STORAGE_IS_LOCAL_EMULATOR: "1" },
      { serviceUrl: "https://shop.azurite" },
    ],
    ["azblob://state?cdn=true&domain=cdn.example", KEY, { serviceUrl: "https://cdn.example" }],
  ])("%s", (url, env, expected) => expect(azureAccount(url, env)).toMatchObject(expected));

  it.each([
    [{ AZURE_CLIENT_SECRET: "s" }, { kind: "text", value: "s" }],
    [{ AZURE_FEDERATED_TOKEN_FILE: "/token" }, { kind: "tokenFile", value: "/token" }],
  ])("takes a service principal from the call's environment, not the process's: %o", (more, secret) => {
    const env = { AZURE_STORAGE_ACCOUNT: "shop", AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c", ...more };
    const principal = { tenantId: "t", clientId: "c", authorityHost: undefined, secret };
    expect(azureAccount("azblob://state", env).proof).toEqual({ kind: "servicePrincipal", principal });
    const { AZURE_TENANT_ID: _, ...managed } = env;
    expect(azureAccount("azblob://state", managed).proof).toEqual({ kind: "identity", clientId: "c" });
  });

  it.each([
    ["azblob://", KEY, "it must have the form azblob://CONTAINER[/FOLDER][?storage_account=NAME]"],
    [
      "azblob://state",
      {},
      "the storage account is missing: set AZURE_STORAGE_ACCOUNT, or add ?storage_account=NAME to the URL",
    ],
    [
      "azblob://state?acount=x",
      KEY,
      'unknown query parameter "acount"; known are storage_account, domain, protocol, cdn, localemu',
    ],
    ["azblob://state?protocol=ftp", KEY, 'invalid protocol "ftp"'],
  ])("refuses %s", (url, env, cause) =>
    expect(() => azureAccount(url, env)).toThrow(`unable to open bucket ${url}: ${cause}`),
  );
});

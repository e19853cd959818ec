import { afterAll, beforeAll, expect, it } from "vitest";
import { type Listener, listen } from "../../core/listener.ts";
import type { ArmResource } from "../../core/resources.ts";
import { type TestContext, testContext } from "../../testing/context.ts";
import { principalOf } from "../containers/identities.ts";
import { House } from "./house.ts";
import { readConfiguration } from "./settings.ts";

const IDENTITY = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/reader";
const TENANT = "11111111-1111-4111-8111-111111111111";
const app: ArmResource = {
  id: "/subscriptions/s/resourceGroups/rg/providers/Microsoft.App/containerApps/web",
  name: "web",
  type: "Microsoft.App/containerApps",
  identity: { type: "UserAssigned", tenantId: TENANT, userAssignedIdentities: { [IDENTITY.toUpperCase()]: {} } },
  properties: {},
};
let context: TestContext;
let vault: Listener;
let house: House;

beforeAll(async () => {
  context = await testContext();
  const properties = { principalId: "reader-object", clientId: "reader-client", tenantId: TENANT };
  context.putResource({
    id: IDENTITY,
    name: "reader",
    type: "Microsoft.ManagedIdentity/userAssignedIdentities",
    properties,
  });
  // Plays the vault: checks the token as the real one does, and lets one identity read one secret.
  const handler = async (request: Request): Promise<Response> => {
    const token = (request.headers.get("authorization") ?? "").replace("Bearer ", "");
    const caller = await context.tokens.verify(token, ["https://vault.azure.net"]);
    const { pathname, searchParams } = new URL(request.url);
    const found = pathname === "/secrets/db" && caller.objectId === "reader-object" && searchParams.has("api-version");
    return found
      ? Response.json({ value: "from the vault" })
      : Response.json({ error: { code: "Forbidden", message: "no" } }, { status: 403 });
  };
  vault = await listen({ port: 0, certificates: context.certificates, handler });
  const images = { open: () => Promise.reject(new Error("no image")) } as unknown as House["options"]["images"];
  house = new House(context, { images, identityEndpoint: () => Promise.reject(new Error("none")) });
});
afterAll(async () => {
  await vault.close();
  house.logs.close();
  await context[Symbol.asyncDispose]();
});

const read = (path: string, identity = IDENTITY) =>
  house.secrets(
    app,
    readConfiguration({
      secrets: [
        { name: "plain", value: "p" },
        { name: "db", keyVaultUrl: `${vault.url}${path}`, identity },
      ],
    }),
  );

it("a secret is read from the vault with the identity that it names", async () => {
  expect(Object.fromEntries(await read("/secrets/db"))).toEqual({ plain: "p", db: "from the vault" });
});

it.each([
  ["/secrets/other", IDENTITY, "answered 403: Forbidden no"],
  ["/secrets/db", "system", "the identity system is not assigned"],
])("%s with %s is refused with the reason", async (path, identity, reason) => {
  await expect(read(path, identity)).rejects.toMatchObject({ status: 400, message: expect.stringContaining(reason) });
});

it("an identity is found without case, and only when it is assigned", () => {
  expect(principalOf(context, app, IDENTITY)).toMatchObject({
    objectId: "reader-object",
    clientId: "reader-client",
    tenantId: TENANT,
  });
  expect(principalOf(context, app, `${IDENTITY}2`)).toBeUndefined();
});

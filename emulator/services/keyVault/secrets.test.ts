import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startVault, VAULT_ID } from "./harness.ts";

const SECRET = "secrets";

it("a secret is set and read back, and each version stays readable by its id", async () => {
  await using vault = await startVault();
  const client = vault.client();
  const first = await client.setSecret("db-password", "one", { contentType: "text/plain", tags: { app: "a" } });
  await client.setSecret("db-password", "two");
  const newest = await client.getSecret("db-password");
  expect([newest.value, newest.properties.contentType]).toEqual(["two", undefined]);
  const old = await client.getSecret("db-password", { version: first.properties.version ?? "" });
  expect([old.value, old.properties.contentType, old.properties.tags]).toEqual(["one", "text/plain", { app: "a" }]);
  expect(old.properties.id).toBe(`${vault.uri}secrets/db-password/${first.properties.version}`);
  expect([old.properties.recoveryLevel, old.properties.recoverableDays]).toEqual(["Recoverable+Purgeable", 90]);
});

it("the first request without a token gets a challenge that names tenant and audience", async () => {
  await using vault = await startVault();
  const response = await fetch(`${vault.uri}secrets/x?api-version=7.6`);
  expect([response.status, response.headers.get("www-authenticate")]).toEqual([
    401,
    'Bearer authorization="https://localhost/11111111-1111-4111-8111-111111111111", resource="https://vault.azure.net"',
  ]);
});

it("a token for another audience, an expired one and one of another tenant get 401", async () => {
  await using vault = await startVault();
  const status = async (token: string | undefined) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${vault.uri}secrets/x?api-version=7.6`, { headers })).status;
  };
  const other = await vault.context.credential("officer").getToken(`${vault.uri}.default`);
  expect(await status(other?.token)).toBe(401);
  const subject = { objectId: "officer", clientId: "officer", kind: "app" } as const;
  const request = { tenantId: "22222222-2222-4222-8222-222222222222", audience: "https://vault.azure.net", subject };
  expect(await status(await vault.context.tokens.issue({ ...request, version: "v1" }))).toBe(401);
  const good = await vault.context.credential("officer").getToken("https://vault.azure.net/.default");
  expect(await status(good?.token)).toBe(404);
  vault.context.clock.shift(3_700_000);
  expect(await status(good?.token)).toBe(401);
});

it("a request without api-version gets 400", async () => {
  await using vault = await startVault();
  const token = await vault.context.credential("officer").getToken("https://vault.azure.net/.default");
  const response = await fetch(`${vault.uri}secrets`, { headers: { authorization: `Bearer ${token?.token}` } });
  expect([response.status, await response.json()]).toEqual([
    400,
    { error: { code: "BadParameter", message: "api-version must be specified" } },
  ]);
});

it("lists come in pages of at most 25, without values", async () => {
  await using vault = await startVault();
  const client = vault.client();
  const names = Array.from({ length: 30 }, (_, index) => `secret-${String(index).padStart(2, "0")}`);
  for (const name of names) await client.setSecret(name, "v");
  const pages: number[] = [];
  const seen: string[] = [];
  for await (const page of client.listPropertiesOfSecrets().byPage()) {
    pages.push(page.length);
    seen.push(...page.map((each) => each.name));
  }
  expect([pages, seen]).toEqual([[25, 5], names]);
  const { body } = await vault.call("GET", `${SECRET}?maxresults=1`);
  expect(Object.keys((body.value as readonly object[])[0] ?? {})).toEqual(["id", "attributes"]);
  expect((await vault.call("GET", `${SECRET}?maxresults=26`)).status).toBe(400);
});

it("versions of one secret are listed, oldest first", async () => {
  await using vault = await startVault();
  const client = vault.client();
  const made = [await client.setSecret("s", "1"), await client.setSecret("s", "2")];
  const listed: (string | undefined)[] = [];
  for await (const each of client.listPropertiesOfSecretVersions("s")) listed.push(each.version);
  expect(listed).toEqual(made.map((each) => each.properties.version));
});

it("attributes, tags and content type change by update; the value does not", async () => {
  await using vault = await startVault();
  const client = vault.client();
  const { properties } = await client.setSecret("s", "value", { tags: { a: "1" } });
  const expiresOn = new Date("2030-01-01T00:00:00Z");
  await client.updateSecretProperties("s", properties.version ?? "", { expiresOn, tags: { b: "2" }, contentType: "x" });
  const after = await client.getSecret("s");
  expect([after.value, after.properties.tags, after.properties.contentType]).toEqual(["value", { b: "2" }, "x"]);
  expect(after.properties.expiresOn).toEqual(expiresOn);
});

it("an expired secret is still read, with its date; a disabled or not yet valid one gets 403", async () => {
  await using vault = await startVault();
  const client = vault.client();
  const now = vault.context.clock.now();
  await client.setSecret("expired", "old", { expiresOn: new Date(now - 60_000) });
  expect((await client.getSecret("expired")).value).toBe("old");
  await client.setSecret("disabled", "v", { enabled: false });
  await expect(client.getSecret("disabled")).rejects.toMatchObject({ statusCode: 403, code: "Forbidden" });
  await client.setSecret("later", "v", { notBefore: new Date(now + 60_000) });
  const later = await vault.call("GET", "secrets/later");
  expect([later.status, (later.body.error as { innererror: object }).innererror]).toEqual([
    403,
    { code: "SecretNotYetValid" },
  ]);
  vault.context.clock.shift(61_000);
  expect((await vault.call("GET", "secrets/later")).body.value).toBe("v");
});

it("what is not there is 404 SecretNotFound, names and values are checked", async () => {
  await using vault = await startVault();
  const client = vault.client();
  await expect(client.getSecret("absent")).rejects.toMatchObject({ statusCode: 404, code: "SecretNotFound" });
  await expect(client.setSecret("bad_name", "v")).rejects.toMatchObject({ statusCode: 400, code: "BadParameter" });
  await expect(client.setSecret("big", "x".repeat(25_601))).rejects.toMatchObject({ statusCode: 400 });
  await expect(client.getSecret("absent", { version: "0" })).rejects.toMatchObject({ statusCode: 404 });
});

it("a deleted secret holds its name until it is recovered or purged", async () => {
  await using vault = await startVault();
  const client = vault.client();
  await client.setSecret("s", "value");
  const deletion = await client.beginDeleteSecret("s", { intervalInMs: 1 });
  const deleted = await deletion.pollUntilDone();
  const day = 24 * 3600 * 1000;
  const { deletedOn, scheduledPurgeDate } = deleted;
  expect(Number(scheduledPurgeDate) - Number(deletedOn)).toBe(90 * day);
  await expect(client.getSecret("s")).rejects.toMatchObject({ statusCode: 404, code: "SecretNotFound" });
  await expect(client.setSecret("s", "again")).rejects.toMatchObject({ statusCode: 409, code: "Conflict" });
  const recovery = await client.beginRecoverDeletedSecret("s", { intervalInMs: 1 });
  await recovery.pollUntilDone();
  expect((await client.getSecret("s")).value).toBe("value");
  await (await client.beginDeleteSecret("s", { intervalInMs: 1 })).pollUntilDone();
  const held: string[] = [];
  for await (const each of client.listDeletedSecrets()) held.push(each.name);
  expect(held).toEqual(["s"]);
  await client.purgeDeletedSecret("s");
  await expect(client.getDeletedSecret("s")).rejects.toMatchObject({ statusCode: 404 });
  expect((await client.setSecret("s", "new")).value).toBe("new");
});

it("a deleted secret is gone when its retention ends, and its name is free", async () => {
  await using vault = await startVault();
  await vault.putVault({ softDeleteRetentionInDays: 7 });
  await vault.client().setSecret("s", "value");
  await vault.call("DELETE", "secrets/s");
  vault.context.clock.shift(7 * 24 * 3600 * 1000);
  expect((await vault.call("GET", "deletedsecrets/s")).status).toBe(404);
  expect((await vault.call("PUT", "secrets/s", { value: "new" })).status).toBe(200);
});

it("purge protection keeps a deleted secret", async () => {
  await using vault = await startVault();
  await vault.putVault({ enablePurgeProtection: true });
  await vault.client().setSecret("s", "value");
  await vault.call("DELETE", "secrets/s");
  const { status, body } = await vault.call("DELETE", "deletedsecrets/s");
  expect([status, (body.error as { innererror: object }).innererror]).toEqual([
    403,
    { code: "PurgeProtectionEnabled" },
  ]);
});

it("without a role everything is 403; a reader of one secret reads that one and sets none", async () => {
  await using vault = await startVault();
  await vault.client().setSecret("mine", "v");
  await vault.client().setSecret("other", "v");
  const reader = vault.client("reader");
  await expect(reader.getSecret("mine")).rejects.toMatchObject({ statusCode: 403, code: "Forbidden" });
  vault.allow("reader", "Microsoft.KeyVault/vaults/secrets/getSecret/action", `${VAULT_ID}/secrets/mine`);
  expect((await reader.getSecret("mine")).value).toBe("v");
  await expect(reader.getSecret("other")).rejects.toMatchObject({ statusCode: 403 });
  await expect(reader.setSecret("mine", "x")).rejects.toMatchObject({ statusCode: 403 });
  for (const [method, path] of [
    ["GET", "secrets"],
    ["GET", "secrets/mine/versions"],
    ["PATCH", "secrets/mine"],
    ["DELETE", "secrets/mine"],
    ["GET", "deletedsecrets"],
    ["GET", "deletedsecrets/mine"],
    ["POST", "deletedsecrets/mine/recover"],
    ["DELETE", "deletedsecrets/mine"],
  ] as const) {
    expect([method, path, (await vault.call(method, path, undefined, "reader")).status]).toEqual([method, path, 403]);
  }
});

it("a vault with access policies goes by them and not by roles", async () => {
  await using vault = await startVault();
  const accessPolicies = [{ tenantId: "t", objectId: "app", permissions: { secrets: ["Get", "List"] } }];
  await vault.putVault({ enableRbacAuthorization: false, accessPolicies });
  expect((await vault.call("GET", "secrets", undefined, "app")).status).toBe(200);
  expect((await vault.call("PUT", "secrets/s", { value: "v" }, "app")).status).toBe(403);
  expect((await vault.call("GET", "secrets", undefined, "officer")).status).toBe(403);
});

it("certificates and backups are refused by name", async () => {
  await using vault = await startVault();
  expect((await vault.call("GET", "certificates")).status).toBe(501);
  await vault.client().setSecret("s", "v");
  const { status, body } = await vault.call("POST", "secrets/s/backup");
  expect([status, (body.error as { code: string }).code]).toEqual([501, "NotImplemented"]);
});

it("secrets and the vault's address survive a kill and a restart", async () => {
  const dir = mkdtempSync(join(tmpdir(), "devfactory-vault-"));
  const before = await startVault(dir);
  await before.client().setSecret("kept", "v");
  await before.service.stop(); // no flush, no clean end of the database
  const after = await startVault(dir, before.context.resources.list("Microsoft.KeyVault/vaults"));
  expect([after.uri, (await after.client().getSecret("kept")).value]).toEqual([before.uri, "v"]);
  await before.context[Symbol.asyncDispose]();
  await after[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

import { createHmac, randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { atCall, withFaults } from "../jobs/testing/faults.ts";
import type { DataKeyRow, KeyRow, ProviderKeyRow } from "./keyRows.ts";
import { KeyStore } from "./keyStore.ts";
import { MemoryKeyRows, processWrapper } from "./testing/memoryKeys.ts";

const ADA = { tenantId: "t1", userId: "ada" };
const EVE = { tenantId: "t2", userId: "eve" };
const CANARY = "sk-canary-0123456789abcdef";

function make() {
  const rows = new MemoryKeyRows();
  const wrapper = processWrapper();
  const clock = { now: Date.parse("2026-11-28T10:00:00Z") };
  const fresh = () => new KeyStore({ rows, wrapper, now: () => clock.now });
  const change = <T extends KeyRow>(key: string, by: (row: T) => T) => {
    const found = rows.rows.get(key);
    if (!found) throw new Error(`no ${key}`);
    rows.rows.set(key, { ...found, row: by(found.row as T) });
  };
  return { rows, wrapper, clock, fresh, change, keys: fresh() };
}

it("a key is stored sealed, shown by its last four characters, and revealed to its own tenant", async () => {
  const { keys, rows, fresh } = make();
  const info = await keys.put(ADA, "openai", CANARY);
  expect(info).toEqual({
    provider: "openai",
    last4: "cdef",
    version: 1,
    updatedAt: "2026-11-28T10:00:00.000Z",
    updatedBy: "ada",
  });
  expect(await keys.info(ADA, "openai")).toEqual(info);
  expect(await fresh().reveal(ADA, "openai")).toBe(CANARY);
  const stored = JSON.stringify([...rows.rows.values()]);
  for (const form of [CANARY, Buffer.from(CANARY).toString("base64"), Buffer.from(CANARY).toString("hex")])
    expect(stored).not.toContain(form);
  expect([...rows.rows.keys()]).toEqual(["t1/data-key", "t1/openai"]);
});

it("another tenant has no such key; a removed one is gone", async () => {
  const { keys } = make();
  await keys.put(ADA, "openai", CANARY);
  await expect(keys.info(EVE, "openai")).rejects.toMatchObject({ code: "KEY_NOT_FOUND" });
  await expect(keys.remove(EVE, "openai")).rejects.toMatchObject({ code: "KEY_NOT_FOUND" });
  await keys.remove(ADA, "openai");
  await expect(keys.reveal(ADA, "openai")).rejects.toMatchObject({ code: "KEY_NOT_FOUND" });
});

it("a row copied to another tenant or another provider does not open", async () => {
  const { keys, rows, fresh } = make();
  await keys.put(ADA, "openai", CANARY);
  await keys.put(EVE, "openai", "sk-of-eve-0123456789abc");
  const stolen = rows.rows.get("t1/openai");
  if (!stolen) throw new Error("no row");
  rows.rows.set("t2/openai", { ...stolen, row: { ...stolen.row, tenantId: "t2" } });
  rows.rows.set("t1/google", { ...stolen, row: { ...stolen.row, id: "google" } });
  await expect(fresh().reveal(EVE, "openai")).rejects.toMatchObject({ code: "KEY_DAMAGED" });
  await expect(fresh().reveal(ADA, "google")).rejects.toMatchObject({ code: "KEY_DAMAGED" });
  // Not even with the other tenant's data key beside it.
  const dataKey = rows.rows.get("t1/data-key");
  if (dataKey) rows.rows.set("t2/data-key", { ...dataKey, row: { ...dataKey.row, tenantId: "t2" } });
  await expect(fresh().reveal(EVE, "openai")).rejects.toMatchObject({ code: "SEAL_BROKEN" });
});

it.each(["nonce", "ciphertext", "tag"] as const)(
  "one changed bit of the %s and the key does not open",
  async (field) => {
    const { keys, change } = make();
    await keys.put(ADA, "openai", CANARY);
    change<ProviderKeyRow>("t1/openai", (row) => ({
      ...row,
      sealed: { ...row.sealed, [field]: flipped(row.sealed[field]) },
    }));
    await expect(keys.reveal(ADA, "openai")).rejects.toMatchObject({ code: "KEY_DAMAGED" });
  },
);

it("an older version put back does not open", async () => {
  const { keys, rows, change } = make();
  await keys.put(ADA, "openai", CANARY);
  const old = rows.rows.get("t1/openai")?.row as ProviderKeyRow;
  await keys.put(ADA, "openai", "sk-newer-0123456789abcdef");
  change<ProviderKeyRow>("t1/openai", (row) => ({ ...row, sealed: old.sealed }));
  await expect(keys.reveal(ADA, "openai")).rejects.toMatchObject({ code: "KEY_DAMAGED" });
});

it.each<[string, (row: DataKeyRow) => object]>([
  ["another wrapping", (row) => ({ wrapped: flipped(row.wrapped) })],
  ["another proof", (row) => ({ mac: flipped(row.mac) })],
  ["no proof", () => ({ mac: undefined })],
  ["an empty proof", () => ({ mac: "" })],
  ["another tenant", () => ({ tenantId: "t2" })],
])("a data key with %s is not taken", async (_, changed) => {
  const { keys, fresh, change } = make();
  await keys.put(ADA, "openai", CANARY);
  change<DataKeyRow>("t1/data-key", (row) => ({ ...row, ...changed(row) }));
  await expect(fresh().reveal(ADA, "openai")).rejects.toMatchObject({ code: "SEAL_BROKEN" });
});

it("whoever may write the table cannot plant a data key, though the public key is enough to wrap one", async () => {
  const { fresh, rows, wrapper } = make();
  const known = randomBytes(32);
  const planted = { id: "data-key", type: "dataKey", tenantId: "t1", ...wrapper.publicWrap(known) } as const;
  for (const mac of ["", createHmac("sha256", known).update("guess").digest("base64")]) {
    rows.rows.set("t1/data-key", { row: { ...planted, mac }, etag: '"0"' });
    await expect(fresh().put(ADA, "openai", CANARY)).rejects.toMatchObject({ code: "SEAL_BROKEN" });
  }
  expect(await wrapper.unwrap(Buffer.from(planted.wrapped, "base64"), planted.kekId)).toEqual(known); // it would have opened
  expect([...rows.rows.keys()]).toEqual(["t1/data-key"]);
});

it("a storm of requests asks the vault once for each tenant, and a vault that has had enough is left alone for ten seconds", async () => {
  const { keys, fresh, wrapper, clock } = make();
  await keys.put(ADA, "openai", CANARY);
  const other = fresh();
  wrapper.asked = 0;
  const many = Array.from({ length: 500 }, () => other.reveal(ADA, "openai"));
  expect(new Set(await Promise.all(many))).toEqual(new Set([CANARY]));
  expect(wrapper.asked).toBe(3); // proof, unwrapping, newest version
  const third = fresh();
  Object.assign(wrapper, { fail: true, status: 429, asked: 0 });
  for (let count = 0; count < 500; count++) {
    await expect(third.reveal(ADA, "openai")).rejects.toMatchObject({
      code: "KEYS_UNAVAILABLE",
      details: { retryAfterSeconds: 10 },
    });
  }
  expect(wrapper.asked).toBe(1);
  wrapper.fail = false;
  clock.now += 10_001;
  expect(await third.reveal(ADA, "openai")).toBe(CANARY);
});

it("while the vault refuses, keys can neither be stored nor used; one in memory is used for five minutes", async () => {
  const { keys, wrapper, clock, fresh } = make();
  await keys.put(ADA, "openai", CANARY);
  wrapper.fail = true;
  await expect(fresh().put(ADA, "google", CANARY)).rejects.toMatchObject({ code: "KEYS_UNAVAILABLE" });
  await expect(fresh().reveal(ADA, "openai")).rejects.toMatchObject({ code: "KEYS_UNAVAILABLE" });
  expect(await keys.reveal(ADA, "openai")).toBe(CANARY);
  clock.now += 5 * 60_000;
  await expect(keys.reveal(ADA, "openai")).rejects.toMatchObject({ code: "KEYS_UNAVAILABLE" });
});

it("after a rotation of the vault's key the data key is wrapped anew, and what it sealed still opens", async () => {
  const { keys, rows, wrapper, fresh } = make();
  await keys.put(ADA, "openai", CANARY);
  wrapper.rotate();
  expect(await fresh().reveal(ADA, "openai")).toBe(CANARY);
  expect(rows.rows.get("t1/data-key")?.row).toMatchObject({ kekId: "https://vault/keys/k/2" });
  expect(await fresh().reveal(ADA, "openai")).toBe(CANARY);
});

it("five writers at once leave one data key, and the last version opens", async () => {
  const { fresh, rows } = make();
  const values = Array.from({ length: 5 }, (_, index) => `${CANARY}-${index}`);
  const stored = await Promise.all(values.map((value) => fresh().put(ADA, "openai", value)));
  expect(stored.map(({ version }) => version).sort()).toEqual([1, 2, 3, 4, 5]);
  const last = stored.findIndex(({ version }) => version === 5);
  expect(await fresh().reveal(ADA, "openai")).toBe(values[last]);
  expect(rows.rows.size).toBe(2);
});

/** Another value of the same length: its first bit is the other one. */
function flipped(base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  bytes.writeUInt8(bytes.readUInt8(0) ^ 0x80, 0);
  return bytes.toString("base64");
}

it("rotation under load: whoever stores and reads meanwhile gets what was stored, and the data key ends under the newest version", async () => {
  const { rows, wrapper, fresh } = make();
  await fresh().put(ADA, "openai", CANARY);
  const work = Array.from({ length: 40 }, async (_, index) => {
    if (index % 10 === 5) wrapper.rotate();
    if (index % 2 === 0) return fresh().reveal(ADA, "openai");
    return (await fresh().put(ADA, index % 4 === 1 ? "google" : "anthropic", `${CANARY}-${index}`)).provider;
  });
  const results = await Promise.allSettled(work);
  const failed = results.filter((each) => each.status === "rejected").map(({ reason }) => reason.code);
  // Twenty writers of two rows at once: some may lose all their tries, and say so.
  expect(failed.filter((code) => code !== "KEYS_UNAVAILABLE")).toEqual([]);
  expect(await fresh().reveal(ADA, "openai")).toBe(CANARY);
  expect(rows.rows.get("t1/data-key")?.row).toMatchObject({ kekId: await wrapper.current() });
  for (const provider of ["google", "anthropic"] as const)
    expect(await fresh().reveal(ADA, provider)).toMatch(new RegExp(`^${CANARY}-\\d+$`));
});

it.each(["before", "after"] as const)(
  "a key that is stored, replaced and removed counts once, though each write fails %s it was done",
  async (fault) => {
    const { rows, wrapper } = make();
    const shaky = () => new KeyStore({ rows: withFaults(rows, ["write", "remove"], atCall(1, fault)), wrapper });
    await shaky().seal("x", { tenantId: "t1", name: "x", version: 1 }); // the data key
    expect((await shaky().put(ADA, "openai", CANARY)).version).toBe(1);
    expect((await shaky().put(ADA, "openai", `${CANARY}-2`)).version).toBe(2);
    expect(await new KeyStore({ rows, wrapper }).reveal(ADA, "openai")).toBe(`${CANARY}-2`);
    await shaky().remove(ADA, "openai");
    await expect(shaky().remove(ADA, "google")).resolves.toBeUndefined(); // whether it was there is not known after a failure
    await expect(new KeyStore({ rows, wrapper }).info(ADA, "openai")).rejects.toMatchObject({ code: "KEY_NOT_FOUND" });
  },
);

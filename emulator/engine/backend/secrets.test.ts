import { beforeAll, describe, expect, it } from "vitest";
import { makeSecret, SECRET, SIGNATURE } from "../deploy/values.ts";
import { type Crypter, createSalt, type KeyCache, openCrypter, readPassphrase } from "./passphrase.ts";
import { exposeSecrets, Sealer } from "./sealing.ts";

const keys: KeyCache = new Map();
let salt: string;
let crypter: Crypter;

beforeAll(async () => {
  salt = await createSalt("phrase", keys);
  crypter = await openCrypter(salt, "phrase", keys);
});

describe("passphrase", () => {
  it("opens what it sealed, and nothing under another phrase", async () => {
    expect(crypter.decrypt(crypter.encrypt("text ü"))).toBe("text ü");
    await expect(openCrypter(salt, "other", keys)).rejects.toThrow("incorrect passphrase");
  });

  it("reads salts and ciphertexts in Pulumi's form", () => {
    expect(salt).toMatch(/^v1:[A-Za-z0-9+/]{11}=:v1:[A-Za-z0-9+/]{16}:[A-Za-z0-9+/=]+$/);
    expect(crypter.encrypt("x")).toMatch(/^v1:[A-Za-z0-9+/]{16}:[A-Za-z0-9+/=]+$/);
    expect(() => crypter.decrypt("v2:a:b")).toThrow("bad value");
  });

  it("comes from the environment, an empty one too", () => {
    expect(readPassphrase({ PULUMI_CONFIG_PASSPHRASE: "" })).toBe("");
    expect(() => readPassphrase({})).toThrow("unable to find either `PULUMI_CONFIG_PASSPHRASE`");
  });
});

describe("sealing", () => {
  it("keeps the ciphertext of what it read, and hides what is new", async () => {
    const sealer = new Sealer(async () => crypter);
    const sealed = await sealer.seal({ a: makeSecret({ deep: 1 }), b: "open" });
    const other = new Sealer(async () => crypter);
    const opened = await other.open(sealed);
    expect(opened).toEqual({ a: makeSecret({ deep: 1 }), b: "open" });
    expect(await other.seal(opened)).toEqual(sealed);
    expect(JSON.stringify(sealed)).not.toContain("deep");
  });

  it("needs no key when there is no secret", async () => {
    const sealer = new Sealer(() => Promise.reject(new Error("asked for the key")));
    expect(await sealer.seal({ a: 1 })).toEqual({ a: 1 });
    expect(await sealer.open([{ b: "x" }])).toEqual([{ b: "x" }]);
  });

  it("shows secrets in exports, and takes them back", async () => {
    const shown = exposeSecrets({ a: makeSecret([1]) });
    expect(shown).toEqual({ a: { [SIGNATURE]: SECRET, plaintext: "[1]" } });
    expect(await new Sealer(async () => crypter).open(shown)).toEqual({ a: makeSecret([1]) });
  });
});

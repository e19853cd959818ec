import fc from "fast-check";
import { expect, it } from "vitest";
import { Redactor } from "./redact.ts";

const SECRET = 'pa"ss wörd/+&=7';

function redactor(): Redactor {
  const made = new Redactor();
  made.add(SECRET);
  return made;
}

it.each([
  ["exact", SECRET],
  ["base64", Buffer.from(SECRET).toString("base64")],
  ["base64url", Buffer.from(SECRET).toString("base64url")],
  ["URL-encoded", encodeURIComponent(SECRET)],
  ["JSON-escaped", JSON.stringify(SECRET).slice(1, -1)],
  ["JSON in JSON", JSON.stringify(JSON.stringify(SECRET)).slice(3, -3)],
  ["as a form sends it", new URLSearchParams({ a: SECRET }).toString().slice(2)],
  ["URL-encoded in small letters", encodeURIComponent(SECRET).replace(/%../g, (each) => each.toLowerCase())],
  ["hex", Buffer.from(SECRET).toString("hex")],
  ["hex in capitals", Buffer.from(SECRET).toString("hex").toUpperCase()],
])("a registered value is taken out: %s", (_form, text) => {
  expect(redactor().text(`a ${text} z`)).toBe("a [secret:value] z");
});

it.each([
  ["Authorization: Bearer abcdefgh12345678", "Authorization: Bearer [secret:header]"],
  ["x eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0xx.c2ln y", "x [secret:jwt] y"],
  ["AccountEndpoint=https://a/;AccountKey=abc123==;", "AccountEndpoint=https://a/;AccountKey=[secret:key];"],
  ["Endpoint=sb://b/;SharedAccessKey=k9x/+=", "Endpoint=sb://b/;SharedAccessKey=[secret:key]"],
  ["https://a.blob/x?sv=1&sig=AbC%2F1&se=2", "https://a.blob/x?sv=1&sig=[secret:sas]&se=2"],
  ["postgres://me:hunter22@host/db", "postgres://me:[secret:password]@host/db"],
  ["DB_PASSWORD=hunter22 is set", "DB_PASSWORD=[secret:password] is set"],
  ["Server=x;Password=hunter22;", "Server=x;Password=[secret:password];"],
  ["sk_live_1234567890ab", "[secret:stripe]"],
  ["ghp_abcdefghijklmnopqrst", "[secret:github]"],
  ["sk-ant-abcdefghijklmnop1234", "[secret:model-key]"],
  ["-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----", "[secret:pem]"],
])("%s", (text, shown) => {
  expect(new Redactor().text(text)).toBe(shown);
});

it.each([
  "create web-to-registry (azure-native:authorization:RoleAssignment) done",
  "commit 16a7b78c9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6",
  "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "0b1f6471-1bf0-4dda-aec3-cb9272f09590",
  "GET https://localhost:5001/appointments?sort=asc 200",
])("stays readable: %s", (text) => {
  expect(redactor().text(text)).toBe(text);
});

it("a secret inside a longer text in base64 is found wherever it stands", () => {
  for (const before of ["", "a", "ab", "user:", "a longer user:"]) {
    for (const after of ["", "z", "zz", ":more"]) {
      const shown = redactor().text(Buffer.from(before + SECRET + after).toString("base64"));
      // What is left of it says nothing of four letters of the secret in a row.
      expect(shown).toContain("[secret:value]");
      expect(Buffer.from(shown.replace("[secret:value]", "!"), "base64").toString("latin1")).not.toContain(
        SECRET.slice(2, 6),
      );
    }
  }
});

it("ten megabytes without a line end, with a secret in each kilobyte, come out in bounded pieces", () => {
  const stream = redactor().stream();
  const piece = `${"x".repeat(1_000)}${SECRET}`;
  let held = 0;
  let out = 0;
  let found = 0;
  for (let count = 0; count < 10_000; count++) {
    const text = stream.push(piece);
    held += piece.length - text.length;
    out = Math.max(out, text.length);
    found += text.split("[secret:value]").length - 1;
  }
  found += stream.end().split("[secret:value]").length - 1;
  expect([found, out < 64 * 1024]).toEqual([10_000, true]);
  expect(held).toBeLessThan(256 * 1024);
});

it("a secret split over chunks at any places is found", () => {
  const text = `first line\nbefore ${SECRET} after\nlast line`;
  fc.assert(
    fc.property(fc.nat(text.length), fc.nat(text.length), (a, b) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      const stream = redactor().stream();
      const out = [text.slice(0, low), text.slice(low, high), text.slice(high)].map((chunk) => stream.push(chunk));
      expect(out.join("") + stream.end()).toBe("first line\nbefore [secret:value] after\nlast line");
    }),
  );
});

it("redacts every string of a document and keeps the rest", () => {
  expect(redactor().data({ a: [SECRET, 1, null], b: { c: `x${SECRET}` }, d: true })).toEqual({
    a: ["[secret:value]", 1, null],
    b: { c: "x[secret:value]" },
    d: true,
  });
});

it("leaves values alone that are too short to be secrets", () => {
  const made = new Redactor();
  made.add("id");
  expect(made.text("the id of it")).toBe("the id of it");
});

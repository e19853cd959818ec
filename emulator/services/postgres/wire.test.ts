import { expect, it } from "vitest";
import { askPassword, fatal, messageLength, parseFirst, parsePassword, startupLength } from "./wire.ts";

function packet(code: number, text = ""): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + body.length, 0);
  head.writeInt32BE(code, 4);
  return Buffer.concat([head, body]);
}

it("reads what a client sends first", () => {
  expect(parseFirst(packet(80877103))).toEqual({ kind: "ssl" });
  expect(parseFirst(packet(80877104))).toEqual({ kind: "gss" });
  expect(parseFirst(packet(80877102, "12345678"))).toMatchObject({ kind: "cancel" });
  const startup = parseFirst(packet(196608, "user\0boss\0database\0shop\0\0"));
  expect(startup.kind === "startup" && [...startup.parameters]).toEqual([
    ["user", "boss"],
    ["database", "shop"],
  ]);
  expect(() => parseFirst(packet(131072))).toThrow("unsupported frontend protocol 2.0");
});

it("waits for a whole packet, and refuses lengths that no client sends", () => {
  expect(startupLength(Buffer.alloc(3))).toBe(undefined);
  expect(startupLength(packet(196608, "x"))).toBe(9);
  expect(() => startupLength(Buffer.from("GET / HTTP/1.1"))).toThrow("invalid length of startup packet");
});

it("asks for a password and reads it", () => {
  expect(askPassword().toString("hex")).toBe("520000000800000003");
  const message = Buffer.from("70000000087365630000", "hex").subarray(0, 9);
  expect(messageLength(message)).toBe(9);
  expect(parsePassword(message)).toBe("sec");
  expect(parsePassword(Buffer.from("5100000004", "hex"))).toBe(undefined);
});

it("ends with a fatal error", () => {
  expect(fatal("28P01", "no").toString("latin1")).toBe("E\0\0\0\x1eSFATAL\0VFATAL\0C28P01\0Mno\0\0");
});

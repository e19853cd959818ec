import { expect, it } from "vitest";
import { allowsPeer, toNumber } from "./firewall.ts";

const range = (startIpAddress: string, endIpAddress: string) => ({ startIpAddress, endIpAddress });
const AZURE = range("0.0.0.0", "0.0.0.0");

it.each([
  [[], "127.0.0.1", false, false],
  [[], "127.0.0.1", true, true],
  [[], "10.0.0.1", true, false],
  [[AZURE], "127.0.0.1", false, true],
  [[AZURE], "::1", false, true],
  [[AZURE], "::ffff:127.0.0.1", false, true],
  [[AZURE], "203.0.113.9", false, false],
  [[range("203.0.113.0", "203.0.113.255")], "203.0.113.9", false, true],
  [[range("203.0.113.0", "203.0.113.255")], "203.0.114.0", false, false],
  [[range("0.0.0.0", "255.255.255.255")], "203.0.113.9", false, true],
  [[range("x", "y")], "127.0.0.1", false, false],
] as const)("rules %j let %s in (private access: %s): %s", (ranges, address, hasPrivateAccess, expected) => {
  expect(allowsPeer(ranges, address, hasPrivateAccess)).toBe(expected);
});

it("reads addresses as unsigned numbers", () => {
  expect([toNumber("255.255.255.255"), toNumber("1.2.3.4"), toNumber("1.2.3")]).toEqual([
    4294967295,
    16909060,
    undefined,
  ]);
});

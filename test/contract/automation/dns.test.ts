import { dnsLookup, wrongRecords } from "@devfactory/automation/deploy/dnsRecords.ts";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type DnsPeer, startDnsPeer } from "./dnsPeer.ts";

const HOST = "www.example.org";
const CNAME = { type: "CNAME", name: HOST, value: "ca-notes.kindsea.eastus.azurecontainerapps.io" } as const;
const TXT = { type: "TXT", name: `asuid.${HOST}`, value: "AB".repeat(150) } as const;
const A = { type: "A", name: "example.org", value: "20.1.2.3" } as const;

let peer: DnsPeer;
beforeAll(async () => {
  peer = await startDnsPeer();
});
beforeEach(() => {
  peer.zone.clear();
  peer.refuses = false;
});
afterAll(() => peer[Symbol.asyncDispose]());

it("records that are set are right: in any case, with other texts beside a proof, in parts", async () => {
  peer.zone.set(`CNAME ${HOST}`, [CNAME.value.toUpperCase()]);
  peer.zone.set(`TXT ${TXT.name}`, ["v=spf1 -all", TXT.value]);
  peer.zone.set("A example.org", [A.value]);
  expect(await wrongRecords(dnsLookup(peer.server), [CNAME, TXT, A])).toEqual([]);
});

it("what is missing, wrong or too much is said with what must be there", async () => {
  peer.zone.set(`CNAME ${HOST}`, ["other.example.net"]);
  peer.zone.set("A example.org", [A.value, "20.9.9.9"]);
  expect(await wrongRecords(dnsLookup(peer.server), [CNAME, { ...TXT, value: "proof" }, A])).toEqual([
    `CNAME ${HOST}: is other.example.net, must be ${CNAME.value} alone`,
    `TXT ${TXT.name}: is not set, must be proof`,
    "A example.org: is 20.1.2.3, 20.9.9.9, must be 20.1.2.3 alone",
  ]);
  peer.zone.set(`TXT ${TXT.name}`, ["Proof"]); // a proof is compared to the letter
  expect((await wrongRecords(dnsLookup(peer.server), [{ ...TXT, value: "proof" }]))[0]).toContain(
    "is Proof, must be proof",
  );
});

it("a name server that refuses is no missing record", async () => {
  peer.refuses = true;
  expect(await wrongRecords(dnsLookup(peer.server), [CNAME])).toEqual([
    `CNAME ${HOST}: the name server does not answer (EREFUSED)`,
  ]);
});

it("each look asks again: a record that is set later is seen", async () => {
  const lookup = dnsLookup(peer.server);
  expect(await wrongRecords(lookup, [A])).toHaveLength(1);
  peer.zone.set("A example.org", [A.value]);
  expect(await wrongRecords(lookup, [A])).toEqual([]);
});

it("the port of a local address is no part of the name", async () => {
  peer.zone.set(`CNAME ${HOST}`, ["localhost"]);
  expect(await wrongRecords(dnsLookup(peer.server), [{ ...CNAME, value: "localhost:4321" }])).toEqual([]);
});

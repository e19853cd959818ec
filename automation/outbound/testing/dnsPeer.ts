import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import type { AddressInfo } from "node:net";
import ipaddr from "ipaddr.js";

/** Answers to the first, second, … question for a name; the last one stays. */
export type Zone = Readonly<Record<string, readonly (readonly string[])[]>>;

const TYPES = { 1: "A", 28: "AAAA" } as const;

/** A name server on a UDP port of this machine (RFC 1035), and a resolver that asks it. */
export async function startDns(zone: Zone) {
  const asked: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    const { name, type, end } = question(query);
    const kind = TYPES[type as keyof typeof TYPES] ?? "other";
    const before = asked.filter((each) => each === `${kind} ${name}`).length;
    asked.push(`${kind} ${name}`);
    const answers = zone[name];
    const now = answers?.[Math.min(before, answers.length - 1)] ?? [];
    const records = now
      .map((address) => Buffer.from(ipaddr.parse(address).toByteArray()))
      .filter(({ length }) => length === (kind === "A" ? 4 : 16));
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(answers ? 0x8580 : 0x8583, 2); // an answer with authority; NXDOMAIN
    header.writeUInt16BE(records.length, 6);
    header.writeUInt32BE(0, 8);
    const body = records.map((data) => {
      const record = Buffer.alloc(12);
      record.writeUInt16BE(0xc00c, 0); // the name of the question
      record.writeUInt16BE(type, 2);
      record.writeUInt16BE(1, 4);
      record.writeUInt16BE(data.length, 10);
      return Buffer.concat([record, data]);
    });
    socket.send(Buffer.concat([header, query.subarray(12, end), ...body]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const resolver = new Resolver({ timeout: 1_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${(socket.address() as AddressInfo).port}`]);
  const resolve = async (name: string) => {
    const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    return found.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
  };
  return { asked, resolve, [Symbol.asyncDispose]: () => new Promise<void>((done) => socket.close(() => done())) };
}

function question(query: Buffer) {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

import { createSocket } from "node:dgram";
import type { AddressInfo } from "node:net";

const TYPES = { A: 1, CNAME: 5, TXT: 16 } as const;
type Type = keyof typeof TYPES;
const REFUSED = 5;
const NOT_THERE = 3;

/** A name server on loopback with one zone, by the wire format of RFC 1035: enough for a resolver's plain questions over UDP. */
export interface DnsPeer extends AsyncDisposable {
  /** `address:port` */
  readonly server: string;
  /** `TYPE name` → values; a name without records of any type does not exist. */
  readonly zone: Map<string, readonly string[]>;
  /** Answers nothing but refusals. */
  refuses: boolean;
  readonly asked: string[];
}

export async function startDnsPeer(): Promise<DnsPeer> {
  const socket = createSocket("udp4");
  const peer = {
    server: "",
    zone: new Map<string, readonly string[]>(),
    refuses: false,
    asked: [] as string[],
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  };
  socket.on("message", (question, { port, address }) => socket.send(answer(question, peer), port, address));
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  peer.server = `127.0.0.1:${(socket.address() as AddressInfo).port}`;
  return peer;
}

function answer(question: Buffer, peer: Pick<DnsPeer, "zone" | "refuses" | "asked">): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  const asked = question.readUInt16BE(at + 1);
  const name = labels.join(".").toLowerCase();
  const type = (Object.keys(TYPES) as Type[]).find((each) => TYPES[each] === asked);
  peer.asked.push(`${type} ${name}`);
  const values = type ? (peer.zone.get(`${type} ${name}`) ?? []) : [];
  const exists = [...peer.zone.keys()].some((key) => key.endsWith(` ${name}`));
  const code = peer.refuses ? REFUSED : exists ? 0 : NOT_THERE;
  const records = peer.refuses || !type ? [] : values.map((value) => record(type, value));
  const header = Buffer.from(question.subarray(0, 12));
  header.writeUInt16BE(0x8580 | code, 2); // an authoritative answer
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt32BE(0, 8);
  return Buffer.concat([header, question.subarray(12, at + 5), ...records]);
}

function record(type: Type, value: string): Buffer {
  const data =
    type === "A"
      ? Buffer.from(value.split(".").map(Number))
      : type === "CNAME"
        ? Buffer.concat([...value.split(".").map(text), Buffer.from([0])])
        : Buffer.concat((value.match(/.{1,255}/gs) ?? [""]).map(text));
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0); // the name of the question
  head.writeUInt16BE(TYPES[type], 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function text(part: string): Buffer {
  return Buffer.concat([Buffer.from([part.length]), Buffer.from(part, "latin1")]);
}

import fc from "fast-check";
import rhea, { type Message } from "rhea";
import { expect, it } from "vitest";
import { Heap } from "./heap.ts";
import { parseMessage, parseTransfer } from "./incoming.ts";
import { newLockToken, swapGuid } from "./lockToken.ts";
import { changeApplicationProperties, toWire } from "./outgoing.ts";
import { cutSections, decode } from "./sections.ts";

function encode(message: Readonly<Record<string, unknown>>): Buffer {
  return rhea.message.encode(message as unknown as Message) as unknown as Buffer;
}

const RECORD = {
  sequence: 7,
  state: "active",
  messageId: "m",
  sessionId: undefined,
  enqueuedAt: 1_700_000_000_000,
  expiresAt: undefined,
  scheduledAt: undefined,
  deliveryCount: 2,
  deadLetterSource: undefined,
  bytes: 0,
} as const;

it("what a sender wrote reaches the receiver byte by byte, behind the broker's own header and annotations", () => {
  const sent = encode({
    durable: true,
    message_id: "m",
    group_id: "s",
    application_properties: { a: 1.5 },
    message_annotations: { mine: "x" },
    body: rhea.message.data_section(Buffer.from("hi")),
  });
  const cut = cutSections(sent);
  const wire = toWire(RECORD, cut, 1_700_000_060_000);
  const bare = Buffer.concat([cut.properties, cut.applicationProperties, cut.body]);
  expect(wire.subarray(-bare.length).equals(bare)).toBe(true);
  const received = decode(wire);
  expect(received).toMatchObject({
    durable: true,
    delivery_count: 2,
    message_id: "m",
    group_id: "s",
    application_properties: { a: 1.5 },
  });
  expect(received.message_annotations).toMatchObject({ mine: "x", "x-opt-sequence-number": 7 });
  expect(Number(received.message_annotations?.["x-opt-locked-until"])).toBe(1_700_000_060_000);
});

it("any text and any numbers survive cutting and joining", () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.string(),
        fc.oneof(fc.string(), fc.integer(), fc.double({ noNaN: true, min: -1e15, max: 1e15 }), fc.boolean()),
      ),
      fc.uint8Array(),
      (properties, bytes) => {
        const body = rhea.message.data_section(Buffer.from(bytes));
        const sections = cutSections(encode({ message_id: "m", application_properties: properties, body }));
        const whole = Buffer.concat([sections.properties, sections.applicationProperties, sections.body]);
        expect(decode(whole).application_properties ?? {}).toEqual(
          decode(encode({ application_properties: properties, body })).application_properties ?? {},
        );
      },
    ),
  );
});

it("a message without an id gets one; a batch is taken apart; rubbish is refused", () => {
  const bare = parseMessage(encode({ body: "x" }));
  expect(bare.messageId).toMatch(/^[0-9a-f]{32}$/);
  expect(decode(bare.sections.properties).message_id).toBe(bare.messageId);
  const batch = encode({
    body: rhea.message.data_sections([
      encode({ message_id: "1", body: "a" }),
      encode({ message_id: "2", body: "b".repeat(300) }),
    ]),
  });
  expect(parseTransfer(batch, 0x80013700).map(({ messageId }) => messageId)).toEqual(["1", "2"]);
  expect(() => parseTransfer(Buffer.from("rubbish"), 0)).toThrow("The message could not be read");
  expect(() => parseTransfer(encode({ message_id: "1", body: "abc" }).subarray(0, -2), 0)).toThrow(
    "The message could not be read",
  );
});

it("application properties change one by one", () => {
  const { applicationProperties } = cutSections(encode({ application_properties: { a: 1, b: "x" }, body: "" }));
  expect(
    decode(changeApplicationProperties(applicationProperties, { b: "y", c: true })).application_properties,
  ).toEqual({ a: 1, b: "y", c: true });
  expect(decode(changeApplicationProperties(Buffer.alloc(0), { c: 1 })).application_properties).toEqual({ c: 1 });
});

it("lock tokens swap to delivery tags and back", () => {
  expect(swapGuid(Buffer.from("00112233445566778899aabbccddeeff", "hex")).toString("hex")).toBe(
    "33221100554477668899aabbccddeeff",
  );
  const token = newLockToken();
  expect(swapGuid(swapGuid(token))).toEqual(token);
});

it("a heap gives back in order whatever came", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const heap = new Heap<number>();
      for (const number of numbers) heap.push(number, number);
      expect(numbers.map(() => heap.pop())).toEqual([...numbers].sort((a, b) => a - b));
      expect(heap.size).toBe(0);
    }),
  );
});

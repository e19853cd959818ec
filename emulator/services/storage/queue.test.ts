import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { ACCOUNT_ID, type TestStorage, testStorage } from "./testStorage.ts";
import { readElements } from "./xml.ts";

let storage: TestStorage;
let queue = "";
let number = 0;

beforeAll(async () => {
  storage = await testStorage();
  storage.context.grant(
    "adder",
    "Microsoft.Storage/storageAccounts/queueServices/queues/messages/add/action",
    ACCOUNT_ID,
  );
});

beforeEach(async () => {
  queue = `tasks-${++number}`;
  await storage.put(`queueServices/default/queues/${queue}`);
});

afterAll(() => storage[Symbol.asyncDispose]());

interface Answer {
  readonly status: number;
  readonly code: string | null;
  readonly headers: Headers;
  /** Fields of the messages in the answer, in order. */
  readonly messages: readonly Readonly<Record<string, string>>[];
}

/** One request of the Queue REST interface, with a bearer token. */
async function call(
  method: string,
  path: string,
  options: { readonly body?: string; readonly who?: string } = {},
): Promise<Answer> {
  const token = await storage.context.credential(options.who ?? "owner").getToken("https://storage.azure.com/.default");
  const body =
    options.body === undefined
      ? {}
      : { body: `<QueueMessage><MessageText>${options.body}</MessageText></QueueMessage>` };
  const headers = { authorization: `Bearer ${token?.token}`, "x-ms-version": "2024-11-04" };
  const answer = await fetch(`${storage.endpoints.queue}${path}`, { method, headers, ...body });
  const xml = await answer.text();
  const messages = readElements(xml, "QueueMessage").map(() => ({}));
  const fields = [...xml.matchAll(/<QueueMessage>(.*?)<\/QueueMessage>/gs)].map(([, inner = ""]) =>
    Object.fromEntries(
      readElements(inner, "MessageId", "PopReceipt", "DequeueCount", "MessageText").map(({ name, text }) => [
        name,
        text,
      ]),
    ),
  );
  return {
    status: answer.status,
    code: answer.headers.get("x-ms-error-code"),
    headers: answer.headers,
    messages: fields.length > 0 ? fields : messages,
  };
}

it("a message is taken out of sight, comes back after the timeout with a higher count, and is gone once deleted", async () => {
  expect((await call("POST", `${queue}/messages`, { body: "a &amp; b" })).status).toBe(201);
  const first = (await call("GET", `${queue}/messages?visibilitytimeout=30`)).messages[0];
  expect(first).toMatchObject({ MessageText: "a & b", DequeueCount: "1" });
  expect((await call("GET", `${queue}/messages`)).messages).toEqual([]);
  storage.context.clock.shift(31_000);
  const second = (await call("GET", `${queue}/messages`)).messages[0];
  expect(second).toMatchObject({ MessageId: first?.MessageId, DequeueCount: "2" });
  const address = (receipt: string | undefined) =>
    `${queue}/messages/${first?.MessageId}?popreceipt=${encodeURIComponent(receipt ?? "")}`;
  expect(await call("DELETE", address(first?.PopReceipt))).toMatchObject({ status: 400, code: "PopReceiptMismatch" });
  expect(await call("DELETE", address(second?.PopReceipt))).toMatchObject({ status: 204 });
  expect(await call("DELETE", address(second?.PopReceipt))).toMatchObject({ status: 404, code: "MessageNotFound" });
});

it("an update prolongs the hold and changes the text; the old receipt is void", async () => {
  await call("POST", `${queue}/messages`, { body: "1" });
  const [taken] = (await call("GET", `${queue}/messages`)).messages;
  const path = `${queue}/messages/${taken?.MessageId}?visibilitytimeout=60&popreceipt=${encodeURIComponent(taken?.PopReceipt ?? "")}`;
  const updated = await call("PUT", path, { body: "2" });
  expect(updated.status).toBe(204);
  expect(updated.headers.get("x-ms-popreceipt")).not.toBe(taken?.PopReceipt);
  expect(await call("PUT", path, { body: "3" })).toMatchObject({ status: 400, code: "PopReceiptMismatch" });
  storage.context.clock.shift(31_000);
  expect((await call("GET", `${queue}/messages`)).messages).toEqual([]);
  storage.context.clock.shift(30_000);
  expect((await call("GET", `${queue}/messages`)).messages).toMatchObject([{ MessageText: "2", DequeueCount: "2" }]);
});

it("peeking hides nothing; messages may come late and die; counts and clearing", async () => {
  await call("POST", `${queue}/messages`, { body: "now" });
  await call("POST", `${queue}/messages?visibilitytimeout=60`, { body: "later" });
  await call("POST", `${queue}/messages?messagettl=30`, { body: "short" });
  expect(
    (await call("GET", `${queue}/messages?peekonly=true&numofmessages=32`)).messages.map(
      ({ MessageText }) => MessageText,
    ),
  ).toEqual(["now", "short"]);
  expect((await call("GET", `${queue}?comp=metadata`)).headers.get("x-ms-approximate-messages-count")).toBe("3");
  storage.context.clock.shift(61_000);
  expect(
    (await call("GET", `${queue}/messages?numofmessages=32`)).messages.map(({ MessageText }) => MessageText),
  ).toEqual(["now", "later"]);
  expect((await call("DELETE", `${queue}/messages`)).status).toBe(204);
  expect((await call("GET", `${queue}?comp=metadata`)).headers.get("x-ms-approximate-messages-count")).toBe("0");
});

it("a role for adding does not read, an unknown queue is not found, too many at once are refused", async () => {
  expect((await call("POST", `${queue}/messages`, { body: "x", who: "adder" })).status).toBe(201);
  expect(await call("GET", `${queue}/messages`, { who: "adder" })).toMatchObject({
    status: 403,
    code: "AuthorizationPermissionMismatch",
  });
  expect(await call("GET", "absent/messages")).toMatchObject({ status: 404, code: "QueueNotFound" });
  expect(await call("GET", `${queue}/messages?numofmessages=33`)).toMatchObject({
    status: 400,
    code: "InvalidQueryParameterValue",
  });
  expect(await call("POST", `${queue}/messages`, { body: "x".repeat(70_000) })).toMatchObject({
    status: 400,
    code: "MessageTooLarge",
  });
});

it("queues are made and deleted by data plane and by ARM alike", async () => {
  expect((await call("PUT", "by-hand")).status).toBe(201);
  expect((await call("PUT", "by-hand")).status).toBe(204);
  expect((await call("DELETE", "by-hand")).status).toBe(204);
  expect((await call("DELETE", "by-hand")).status).toBe(404);
  await storage.remove(`queueServices/default/queues/${queue}`);
  expect((await call("GET", `${queue}?comp=metadata`)).status).toBe(404);
});

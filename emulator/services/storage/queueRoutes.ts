import type { Account } from "./accounts.ts";
import type { Right } from "./authorize.ts";
import { keyOf, notEmulated, type Operation } from "./blobRoutes.ts";
import { requireName } from "./containerOperations.ts";
import { StorageError } from "./errors.ts";
import type { QueueMessage, QueueStore } from "./queueStore.ts";
import { metadataHeaders, metadataOf, readText, type StorageAnswer, type StorageRequest } from "./request.ts";
import { getServiceProperties } from "./serviceOperations.ts";
import { document, element, readElements } from "./xml.ts";

const SERVICE = "Microsoft.Storage/storageAccounts/queueServices";
const MAX_MESSAGE_BYTES = 64 * 1024;
const WEEK_SECONDS = 7 * 24 * 3600;
/** What "for ever" looks like in an answer. */
const NEVER = "Fri, 31 Dec 9999 23:59:59 GMT";

/** Finds the operation that a request to the queue endpoint means. @throws {StorageError} 501 for what is not emulated */
export function routeQueue(store: QueueStore, account: Account, request: StorageRequest): Operation {
  const queue = request.container;
  if (queue === "") return routeService(store, account, request);
  const scope = `${account.id}/queueServices/default/queues/${queue}`;
  if (request.blob !== "") return routeMessages(store, scope, request);
  const right = (verb: string, sas: string): Right => ({
    actions: [`${SERVICE}/queues/${verb}`],
    isData: false,
    scope,
    sas,
    sasType: "c",
    isPublic: false,
  });
  switch (keyOf(request)) {
    case "PUT :":
      return { right: right("write", "cw"), run: async () => createQueue(store, request) };
    case "DELETE :":
      return { right: right("delete", "d"), run: async () => deleteQueue(store, request) };
    case "GET :metadata":
    case "HEAD :metadata":
      return { right: right("read", "r"), run: async () => getQueue(store, request) };
    case "PUT :metadata":
      return { right: right("write", "w"), run: async () => setMetadata(store, request) };
    default:
      throw notEmulated(request);
  }
}

function routeService(store: QueueStore, account: Account, request: StorageRequest): Operation {
  const right = (action: string, sas: string): Right => ({
    actions: [`${SERVICE}/${action}`],
    isData: false,
    scope: account.id,
    sas,
    sasType: "s",
    isPublic: false,
  });
  if (keyOf(request) === "GET :list")
    return { right: right("queues/read", "l"), run: async () => listQueues(store, request) };
  if (keyOf(request) === "GET service:properties") return { right: right("read", "r"), run: getServiceProperties };
  throw notEmulated(request);
}

function routeMessages(store: QueueStore, scope: string, request: StorageRequest): Operation {
  const [kind, id = ""] = request.blob.split("/");
  const right = (verb: string, sas: string): Right => ({
    actions: [`${SERVICE}/queues/messages/${verb}`],
    isData: true,
    scope,
    sas,
    sasType: "o",
    isPublic: false,
  });
  const peeks = request.query.get("peekonly") === "true";
  if (kind !== "messages") throw notEmulated(request);
  switch (`${request.method} ${id === "" ? "all" : "one"}`) {
    case "POST all":
      return {
        right: {
          ...right("add/action", "a"),
          actions: [`${SERVICE}/queues/messages/add/action`, `${SERVICE}/queues/messages/write`],
        },
        run: () => putMessage(store, request),
      };
    case "GET all":
      return {
        right: peeks ? right("read", "r") : right("process/action", "p"),
        run: async () => getMessages(store, request, peeks),
      };
    case "DELETE all":
      return { right: right("delete", "d"), run: async () => clear(store, request) };
    case "PUT one":
      return { right: right("write", "u"), run: () => updateMessage(store, request, id) };
    case "DELETE one":
      return {
        right: {
          ...right("process/action", "p"),
          actions: [`${SERVICE}/queues/messages/delete`, `${SERVICE}/queues/messages/process/action`],
        },
        run: async () => deleteMessage(store, request, id),
      };
    default:
      throw notEmulated(request);
  }
}

function createQueue(store: QueueStore, request: StorageRequest): StorageAnswer {
  requireName(request.container);
  const metadata = metadataOf(request);
  const existing = store.queue(request.container);
  if (existing && JSON.stringify(existing.metadata) !== JSON.stringify(metadata))
    throw new StorageError("QueueAlreadyExists");
  if (existing) return { status: 204 };
  store.putQueue({ name: request.container, metadata });
  return { status: 201 };
}

function deleteQueue(store: QueueStore, request: StorageRequest): StorageAnswer {
  store.requireQueue(request.container);
  store.deleteQueue(request.container);
  return { status: 204 };
}

function getQueue(store: QueueStore, request: StorageRequest): StorageAnswer {
  const { metadata } = store.requireQueue(request.container);
  return {
    status: 200,
    headers: { ...metadataHeaders(metadata), "x-ms-approximate-messages-count": store.count(request.container) },
  };
}

function setMetadata(store: QueueStore, request: StorageRequest): StorageAnswer {
  store.putQueue({ ...store.requireQueue(request.container), metadata: metadataOf(request) });
  return { status: 204 };
}

function listQueues(store: QueueStore, request: StorageRequest): StorageAnswer {
  const queues = store
    .queues(request.query.get("prefix") ?? "")
    .map(({ name }) => `<Queue>${element("Name", name)}</Queue>`);
  return {
    status: 200,
    xml: document(`<EnumerationResults><Queues>${queues.join("")}</Queues><NextMarker /></EnumerationResults>`),
  };
}

async function putMessage(store: QueueStore, request: StorageRequest): Promise<StorageAnswer> {
  store.requireQueue(request.container);
  const [found] = readElements(await readText(request), "MessageText");
  if (!found) throw new StorageError("InvalidXmlDocument");
  if (Buffer.byteLength(found.text) > MAX_MESSAGE_BYTES) throw new StorageError("MessageTooLarge");
  const life = Number(request.query.get("messagettl") ?? WEEK_SECONDS);
  const lifeMs = life === -1 ? undefined : life * 1000;
  const message = store.put(request.container, found.text, secondsOf(request, "visibilitytimeout", 0) * 1000, lifeMs);
  const fields = `${stamps(message)}${element("PopReceipt", message.receipt)}${element("TimeNextVisible", new Date(message.visible).toUTCString())}`;
  return {
    status: 201,
    xml: document(`<QueueMessagesList><QueueMessage>${fields}</QueueMessage></QueueMessagesList>`),
  };
}

function getMessages(store: QueueStore, request: StorageRequest, peeks: boolean): StorageAnswer {
  store.requireQueue(request.container);
  const count = secondsOf(request, "numofmessages", 1);
  if (count < 1 || count > 32) throw new StorageError("InvalidQueryParameterValue", "numofmessages");
  const messages = peeks
    ? store.peek(request.container, count)
    : store.get(request.container, count, secondsOf(request, "visibilitytimeout", 30) * 1000);
  const items = messages.map((message) => {
    const hold = peeks
      ? ""
      : `${element("PopReceipt", message.receipt)}${element("TimeNextVisible", new Date(message.visible).toUTCString())}`;
    return `<QueueMessage>${stamps(message)}${hold}${element("DequeueCount", message.dequeued)}${element("MessageText", message.text)}</QueueMessage>`;
  });
  return { status: 200, xml: document(`<QueueMessagesList>${items.join("")}</QueueMessagesList>`) };
}

function clear(store: QueueStore, request: StorageRequest): StorageAnswer {
  store.requireQueue(request.container);
  store.clear(request.container);
  return { status: 204 };
}

async function updateMessage(store: QueueStore, request: StorageRequest, id: string): Promise<StorageAnswer> {
  store.requireQueue(request.container);
  const [text] = readElements(await readText(request), "MessageText");
  const message = store.update(
    request.container,
    id,
    request.query.get("popreceipt") ?? "",
    secondsOf(request, "visibilitytimeout", 0) * 1000,
    text?.text,
  );
  return {
    status: 204,
    headers: { "x-ms-popreceipt": message.receipt, "x-ms-time-next-visible": new Date(message.visible).toUTCString() },
  };
}

function deleteMessage(store: QueueStore, request: StorageRequest, id: string): StorageAnswer {
  store.requireQueue(request.container);
  store.remove(request.container, id, request.query.get("popreceipt") ?? "");
  return { status: 204 };
}

function stamps({ id, inserted, expires }: QueueMessage): string {
  const end = expires === Number.MAX_SAFE_INTEGER ? NEVER : new Date(expires).toUTCString();
  return `${element("MessageId", id)}${element("InsertionTime", new Date(inserted).toUTCString())}${element("ExpirationTime", end)}`;
}

function secondsOf(request: StorageRequest, name: string, fallback: number): number {
  const value = Number(request.query.get(name) ?? fallback);
  if (!Number.isInteger(value) || value < 0) throw new StorageError("InvalidQueryParameterValue", name);
  return value;
}

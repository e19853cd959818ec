import type { IncomingMessage, ServerResponse } from "node:http";
import { StorageError } from "./errors.ts";

/** A request to the blob or queue endpoint of one account, taken apart. */
export interface StorageRequest {
  readonly method: string;
  readonly account: string;
  /** Container or queue; empty for the service itself. */
  readonly container: string;
  /** Blob name, or what follows a queue's name; empty when absent. */
  readonly blob: string;
  /** Path as it was sent, for signatures. */
  readonly rawPath: string;
  readonly query: ReadonlyMap<string, string>;
  readonly header: (name: string) => string | undefined;
  readonly incoming: IncomingMessage;
}

/** What an operation answers; `stream` writes the body itself. */
export interface StorageAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number | undefined>>;
  readonly xml?: string;
  readonly stream?: (response: ServerResponse) => Promise<void>;
}

/** Takes a request apart; the path is `/<account>/<container>/<blob>`. */
export function parseRequest(incoming: IncomingMessage): StorageRequest {
  const [rawPath = "/", rawQuery = ""] = (incoming.url ?? "/").split(/\?(.*)/s);
  const [, account = "", container = "", ...rest] = rawPath.split("/").map(decodePart);
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(rawQuery.replaceAll("+", "%2B")))
    query.set(name.toLowerCase(), value);
  return {
    method: incoming.method ?? "GET",
    account: account.toLowerCase(),
    container,
    blob: rest.join("/"),
    rawPath,
    query,
    header: (name) => {
      const value = incoming.headers[name];
      return Array.isArray(value) ? value.join(",") : value;
    },
    incoming,
  };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new StorageError("InvalidResourceName");
  }
}

/** A small body as text. @param limit bytes */
export async function readText(request: StorageRequest, limit = 5_000_000): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.incoming) {
    size += (chunk as Buffer).length;
    if (size > limit) throw new StorageError("RequestBodyTooLarge");
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Metadata headers `x-ms-meta-*`, their names in lower case as HTTP gives them. */
export function metadataOf(request: StorageRequest): Readonly<Record<string, string>> {
  const entries = Object.entries(request.incoming.headers).filter(([name]) => name.startsWith("x-ms-meta-"));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice("x-ms-meta-".length), String(value)]));
}

export function metadataHeaders(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-ms-meta-${name}`, value]));
}

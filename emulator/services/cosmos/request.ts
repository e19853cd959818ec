import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { badRequest, CosmosError } from "./errors.ts";

/** A request to one account, read from the wire. */
export interface CosmosRequest {
  readonly method: string;
  /** Path segments, decoded: `["dbs", "app", "colls", "jobs", "docs", "1"]`. */
  readonly path: readonly string[];
  header(name: string): string | undefined;
  /** The body as JSON. @throws {CosmosError} 400 */
  json(): unknown;
}

export interface CosmosResponse {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  /** JSON text. */
  readonly body?: string;
}

/** Room for a bulk request; an item itself may have 2 MB. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** @throws {CosmosError} 413 when the body is larger than any request may be, 400 for a path that is no path */
export async function readRequest(message: IncomingMessage): Promise<CosmosRequest> {
  const text = message.method === "GET" || message.method === "DELETE" ? "" : await readBody(message);
  const { headers } = message;
  return {
    method: message.method ?? "GET",
    path: readPath(message.url ?? "/"),
    header: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    json: () => {
      try {
        return JSON.parse(text) as unknown;
      } catch (error) {
        throw badRequest(`The input content is invalid: ${(error as Error).message}`);
      }
    },
  };
}

function readPath(url: string): readonly string[] {
  const end = url.indexOf("?");
  const parts = (end < 0 ? url : url.slice(0, end)).split("/").filter((part) => part !== "");
  try {
    return parts.map((part) => (part.includes("%") ? decodeURIComponent(part) : part));
  } catch {
    throw badRequest(`The path '${url}' is invalid.`);
  }
}

function readBody(message: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    message.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    });
    message.once("error", reject);
    message.once("end", () => {
      if (bytes > MAX_BODY_BYTES) reject(new CosmosError(413, "Request size is too large"));
      else resolve(Buffer.concat(chunks).toString());
    });
  });
}

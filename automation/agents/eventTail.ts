import type { ContainerClient } from "@azure/storage-blob";
import { AgentEvent } from "@devfactory/runtime/task.ts";
import { httpStatus, isNetworkError } from "../clientErrors.ts";

/** Reads the lines that an agent appends to its events blob, each once. */
export class EventTail {
  readonly #container: ContainerClient;
  readonly #blob: string;
  #offset = 0;
  #rest = Buffer.alloc(0);

  constructor(container: ContainerClient, blob: string) {
    this.#container = container;
    this.#blob = blob;
  }

  /** What came since the last call; a half line waits for its end, a malformed one is left out. */
  async next(): Promise<readonly AgentEvent[]> {
    const chunk = await this.#read();
    this.#offset += chunk.byteLength;
    const all = Buffer.concat([this.#rest, chunk]);
    const end = all.lastIndexOf(0x0a) + 1;
    this.#rest = all.subarray(end);
    return all
      .subarray(0, end)
      .toString("utf8")
      .split("\n")
      .flatMap((line) => {
        const event = AgentEvent.safeParse(parse(line));
        return event.success ? [event.data] : [];
      });
  }

  async #read(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let body: NodeJS.ReadableStream | undefined;
    try {
      body = (await this.#container.getBlobClient(this.#blob).download(this.#offset)).readableStreamBody;
      for await (const chunk of body ?? []) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    } catch (error) {
      // An answer that broke off: what came of it counts, the next look goes on from there.
      if (body && isNetworkError(error)) return Buffer.concat(chunks);
      // Not written yet (404), or nothing after the offset (416).
      const status = httpStatus(error);
      if (status === 404 || status === 416) return Buffer.alloc(0);
      throw error;
    }
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

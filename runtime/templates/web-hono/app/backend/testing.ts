import type { Hono } from "hono";
import { createApp } from "./api/app.ts";
import type { Entity, Item, View } from "./model/entity.ts";
import { openTestStore } from "./store/open.ts";

/** An answer of the app: its status and its JSON. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & {
    items?: Item[];
    total?: number;
    errors?: { field: string; message: string }[];
  };
  readonly headers: Headers;
}

let shared: Promise<Hono> | undefined;

/** Talks to the app without a port. All test files share one database, which is empty at first. */
export function testApi(title: string, entities: readonly Entity[], views: readonly View[]) {
  shared ??= openTestStore().then((store) => createApp({ title, store, entities, views, log: () => {} }));
  const app = shared;

  async function request(method: string, path: string, body?: unknown): Promise<Answer> {
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.body = typeof body === "string" ? body : JSON.stringify(body);
      init.headers = { "content-type": "application/json" };
    }
    const response = await (await app).request(path, init);
    const text = await response.text();
    const json = /json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, body: json && text ? JSON.parse(text) : {}, headers: response.headers };
  }

  /** Creates an item and fails loudly if that does not work. */
  async function create(plural: string, values: unknown): Promise<Item> {
    const answer = await request("POST", `/api/${plural}`, values);
    if (answer.status !== 201) throw new Error(`POST /api/${plural}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as unknown as Item;
  }
  return { request, create };
}

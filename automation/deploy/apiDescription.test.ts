import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describesApi } from "./apiDescription.ts";

let answer: (response: ServerResponse) => void = () => {};
const server = createServer((request, response) => {
  if (request.url === "/openapi.json") answer(response);
  else response.end('{"openapi":"3.1.0","paths":{}}');
});
let url = "";
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/app`;
});
afterAll(() => void server.close());

const none = new AbortController().signal;
const long = "x".repeat(5 * 1024 * 1024);

it.each<[string, (response: ServerResponse) => void, boolean]>([
  ["an OpenAPI document", (response) => response.end('{"openapi":"3.1.0","paths":{}}'), true],
  ["a page of the app", (response) => response.end("<!doctype html>"), false],
  ["JSON that is something else", (response) => response.end('["openapi","paths"]'), false],
  ["an answer without one", (response) => response.writeHead(404).end('{"openapi":"3.1.0","paths":{}}'), false],
  ["a way to somebody else", (response) => response.writeHead(302, { location: "/other" }).end(), false],
  ["more than a description", (response) => response.end(`{"openapi":"3.1.0","paths":{},"x":"${long}"}`), false],
  ["a broken connection", (response) => response.destroy(), false],
])("%s", async (_what, given, expected) => {
  answer = given;
  expect(await describesApi(url, none)).toBe(expected);
});

it("a job that is cancelled meanwhile ends", async () => {
  answer = () => {};
  const cancel = new AbortController();
  const asked = describesApi(url, cancel.signal);
  cancel.abort(new Error("cancelled"));
  await expect(asked).rejects.toThrow("cancelled");
});

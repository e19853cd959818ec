import type { Server } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startServer } from "./server.ts";
import { testApi } from "./testApi.ts";
import { type RawAnswer, request, sendRaw } from "./testing/rawClient.ts";

const api = testApi();
const HEADERS_MS = 400;
const REQUEST_MS = 800;
let server: Server;
let port = 0;

beforeAll(async () => {
  const options = { port: 0, headersTimeoutMs: HEADERS_MS, requestTimeoutMs: REQUEST_MS };
  ({ server, port } = await startServer(api.app.fetch, options));
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const JSON_TYPE = "Content-Type: application/json";
const get = (target: string, ...headers: string[]) => request(`GET ${target} HTTP/1.1`, headers);
const post = (body: string | Buffer, ...headers: string[]) =>
  request(
    "POST /jobs HTTP/1.1",
    [...(headers.some((each) => /^content-type/i.test(each)) ? [] : [JSON_TYPE]), ...headers],
    body,
  );
const raw = (...lines: string[]) => `${lines.join("\r\n")}\r\n\r\n`;

/** Status and code of an answer that says what happened and the way out, within a second. */
function said({ status, type, body, ms }: RawAnswer) {
  expect(ms).toBeLessThan(1_000);
  if (status === 0) return "closed";
  expect(type).toBe("application/problem+json");
  const problem = JSON.parse(body);
  for (const part of ["title", "detail", "fix"]) expect(String(problem[part]).length).toBeGreaterThan(5);
  expect(problem.status).toBe(status);
  return [status, problem.code];
}

const REQUEST = [400, "MALFORMED_REQUEST"] as const;
const BODY = [400, "MALFORMED_BODY"] as const;
const NO_ROUTE = [404, "ROUTE_NOT_FOUND"] as const;
const NO_JOB = [404, "JOB_NOT_FOUND"] as const;
const INVALID = [422, "INVALID_REQUEST"] as const;
const ENCODED = [415, "UNSUPPORTED_ENCODING"] as const;
const TYPE = [415, "UNSUPPORTED_TYPE"] as const;
const HEADERS = [431, "HEADERS_TOO_LARGE"] as const;
const LONG = [414, "ADDRESS_TOO_LONG"] as const;
const METHOD = [405, "METHOD_NOT_TAKEN"] as const;
const LARGE = [413, "BODY_TOO_LARGE"] as const;
const GOOD = '{"prompt":"a clinic"}';

it.each<[string, string | Buffer, readonly [number, string] | "closed"]>([
  // What is no request
  ["HTTP/0.9", "GET /jobs\r\n\r\n", REQUEST],
  ["HTTP/2.0 in words", request("GET /jobs HTTP/2.0"), REQUEST],
  ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", REQUEST],
  ["TLS", Buffer.from("16030100a5010000a10303", "hex"), REQUEST],
  ["no Host", raw("GET /jobs HTTP/1.1", "Connection: close"), REQUEST],
  ["two Hosts", get("/jobs", "Host: a", "Host: b"), REQUEST],
  ["a path as Host", get("/jobs", "Host: a/../b@c"), REQUEST],
  ["a blank in Host", get("/jobs", "Host: a b"), REQUEST],
  ["a small method", request("get /jobs HTTP/1.1"), REQUEST],
  ["an invented method", request("TRACK /jobs HTTP/1.1"), REQUEST],
  ["line feeds alone", get("/jobs").toString().replaceAll("\r\n", "\n"), REQUEST],
  ["an unknown expectation", post(GOOD, "Expect: 200-ok"), REQUEST],
  // Smuggling
  ["Transfer-Encoding with Content-Length", post(GOOD, "Transfer-Encoding: chunked"), REQUEST],
  ["two lengths", post(GOOD, "Content-Length: 3"), REQUEST],
  ["the same length twice", post(GOOD, `Content-Length: ${GOOD.length}`), REQUEST],
  ["a length below nothing", raw("POST /jobs HTTP/1.1", "Host: a", "Content-Length: -1"), REQUEST],
  ["a length with a plus", raw("POST /jobs HTTP/1.1", "Host: a", "Content-Length: +5"), REQUEST],
  ["a length in hex", raw("POST /jobs HTTP/1.1", "Host: a", "Content-Length: 0x5"), REQUEST],
  ["a list of lengths", raw("POST /jobs HTTP/1.1", "Host: a", "Content-Length: 5, 5"), REQUEST],
  ["an unknown transfer", raw("POST /jobs HTTP/1.1", "Host: a", "Transfer-Encoding: xchunked"), REQUEST],
  ["a blank before the colon", raw("POST /jobs HTTP/1.1", "Host: a", "Transfer-Encoding : chunked"), REQUEST],
  [
    "a transfer that is none",
    raw("POST /jobs HTTP/1.1", "Host: a", "Transfer-Encoding: identity", "Content-Length: 2"),
    REQUEST,
  ],
  [
    "a chunk without a size",
    `${raw("POST /jobs HTTP/1.1", "Host: a", "Transfer-Encoding: chunked")}zz\r\n\r\n`,
    REQUEST,
  ],
  [
    "a chunk of more than all",
    `${raw("POST /jobs HTTP/1.1", "Host: a", "Transfer-Encoding: chunked")}ffffffffffffffffff\r\n`,
    REQUEST,
  ],
  ["a folded header", get("/jobs", "X-A: a\r\n b"), REQUEST],
  ["a blank in a header's name", get("/jobs", "X A: a"), REQUEST],
  ["a zero in a header", get("/jobs", "X-A: a\0b"), REQUEST],
  ["a carriage return in a header", get("/jobs", "X-A: a\rb"), REQUEST],
  ["two authorizations", get("/jobs", "Authorization: Bearer t2.u2.operator"), REQUEST],
  ["two types", post(GOOD, JSON_TYPE, "Content-Type: text/plain"), REQUEST],
  // Addresses
  ["a whole address", get("http://evil.example/jobs"), REQUEST],
  ["a broken whole address", get("http://[/jobs"), REQUEST],
  ["another scheme", get("ftp://a/jobs"), REQUEST],
  ["a star", request("OPTIONS * HTTP/1.1"), REQUEST],
  ["an authority", request("CONNECT evil.example:443 HTTP/1.1"), "closed"],
  ["two slashes", get("//jobs"), NO_ROUTE],
  ["a way out", get("/health/../jobs"), REQUEST],
  ["an encoded way out", get("/health/%2e%2e/jobs"), REQUEST],
  ["a half encoded way out", get("/health/.%2E/jobs"), REQUEST],
  ["an encoded slash", get("/jobs/..%2fhealth"), NO_JOB],
  ["a backslash", get("/jobs\\..\\health"), REQUEST],
  ["a zero", get("/jobs/%00"), NO_JOB],
  ["a bare zero", get("/jobs/\0"), REQUEST],
  ["a semicolon", get("/jobs;role=operator"), NO_ROUTE],
  ["a fragment", get("/jobs#x"), REQUEST],
  ["a blank", get("/jobs x"), REQUEST],
  ["a broken escape", get("/jobs/%zz"), NO_JOB],
  ["no UTF-8", get("/jobs/%ff%fe"), NO_JOB],
  ["bytes above ASCII", get("/jobs/\xff"), REQUEST],
  ["a slash at the end", get("/jobs/"), NO_ROUTE],
  ["the prefix twice", get("/api/api/jobs"), NO_ROUTE],
  ["capitals", get("/JOBS"), NO_ROUTE],
  ["101 parameters", get(`/jobs?${Array.from({ length: 101 }, (_, at) => `a${at}=1`).join("&")}`), LONG],
  ["9,000 letters", get(`/jobs/${"a".repeat(9_000)}`), LONG],
  ["a parameter twice", get("/jobs?limit=1&limit=2"), INVALID],
  ["a list as parameter", get("/jobs?limit[]=1&limit[x]=2"), INVALID],
  ["a parameter without a name", get("/jobs?&&=&a"), INVALID],
  ["a prototype as parameter", get("/jobs?__proto__=1&constructor=2"), INVALID],
  // Methods
  ["TRACE", request("TRACE /jobs HTTP/1.1"), METHOD],
  ["PROPFIND", request("PROPFIND /jobs HTTP/1.1"), METHOD],
  ["PATCH", request("PATCH /jobs HTTP/1.1"), NO_ROUTE],
  ["DELETE of all", request("DELETE /jobs HTTP/1.1"), NO_ROUTE],
  // Headers
  ["20 kB in a header", get("/jobs", `X-A: ${"a".repeat(20_000)}`), HEADERS],
  ["1,500 headers", get("/jobs", ...Array.from({ length: 1_500 }, (_, at) => `a${at}: 1`)), HEADERS],
  ["101 headers", get("/jobs", ...Array.from({ length: 101 }, (_, at) => `a${at}: 1`)), HEADERS],
  ["a Last-Event-ID below nothing", get("/jobs/x-y/events", "Last-Event-ID: -1"), INVALID],
  ["words as Last-Event-ID", get("/jobs/x-y/events", "Last-Event-ID: 1 OR 1=1"), INVALID],
  ["a huge Last-Event-ID", get("/jobs/x-y/events", "Last-Event-ID: 1e300"), INVALID],
  ["an empty Idempotency-Key", post(GOOD, "Idempotency-Key: "), INVALID],
  // Bodies
  ["gzip", post(gzipSync(GOOD), "Content-Encoding: gzip"), ENCODED],
  ["a gzip bomb", post(gzipSync(Buffer.alloc(50 * 1024 * 1024)), "Content-Encoding: gzip"), ENCODED],
  ["an unknown encoding", post(GOOD, "Content-Encoding: foo"), ENCODED],
  ["two encodings", post(GOOD, "Content-Encoding: identity, br"), ENCODED],
  ["XML", post("<prompt/>", "Content-Type: application/xml"), TYPE],
  ["no type", request("POST /jobs HTTP/1.1", [], GOOD), TYPE],
  ["a form", post("prompt=a+clinic", "Content-Type: application/x-www-form-urlencoded"), TYPE],
  ["JSON that is called text", post(GOOD, "Content-Type: text/plain"), TYPE],
  ["no UTF-8 in the body", post(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), BODY],
  ["UTF-16", post(Buffer.from(GOOD, "utf16le"), "Content-Type: application/json; charset=utf-16"), BODY],
  ["half a body", post('{"prompt":'), BODY],
  ["nothing", request("POST /jobs HTTP/1.1", [JSON_TYPE, "Content-Length: 0"]), INVALID],
  ["two values", post(`${GOOD}${GOOD}`), BODY],
  ["NaN", post('{"prompt":NaN}'), BODY],
  ["a prototype key", post('{"prompt":"a clinic","__proto__":{"x":1}}'), BODY],
  ["an escaped prototype key", post('{"prompt":"a clinic","\\u005f_proto__":{"x":1}}'), BODY],
  ["a constructor key", post('{"prompt":"a clinic","constructor":{"prototype":{"x":1}}}'), INVALID],
  ["a doubled key", post('{"prompt":"a clinic","prompt":"b"}'), BODY],
  ["a doubled key in other letters", post('{"prompt":"a clinic","pr\\u006fmpt":"b"}'), BODY],
  ["100,000 lists", post(`${"[".repeat(100_000)}${"]".repeat(100_000)}`), BODY],
  ["200,000 objects", post(`${'{"a":'.repeat(80_000)}1${"}".repeat(80_000)}`), BODY],
  ["600 kB", post(JSON.stringify({ prompt: "a ".repeat(300_000) })), LARGE],
  ["a length of 1 TB", request("POST /jobs HTTP/1.1", [JSON_TYPE, "Content-Length: 1099511627776"]), LARGE],
])("%s", async (_, bytes, expected) => {
  expect(said(await sendRaw(port, bytes))).toEqual(expected);
});

it("a body in chunks is left as soon as it is too large", async () => {
  const sent = { chunks: 0 };
  const chunk = `10000\r\n${"a".repeat(0x1_0000)}\r\n`;
  const head = request("POST /jobs HTTP/1.1", [JSON_TYPE, "Transfer-Encoding: chunked"]);
  const answer = await sendRaw(port, head, (socket) => {
    const more = () => {
      while (!socket.destroyed && sent.chunks < 1_000 && socket.write(chunk)) sent.chunks += 1;
      sent.chunks += 1;
    };
    socket.on("drain", more);
    more();
  });
  // Whoever goes on sending may lose the answer to the reset of the connection.
  expect([[413, "BODY_TOO_LARGE"], "closed"]).toContainEqual(said(answer));
  expect(sent.chunks).toBeLessThan(500);
});

const slowly = (text: string, everyMs: number) => (socket: Socket) => {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ""), everyMs);
  socket.once("close", () => clearInterval(timer));
};

it.each([
  ["headers that come letter by letter", "GET /jobs HTTP/1.1\r\nHost: a\r\nX-A: ", slowly("a", 20)],
  ["headers that end nowhere", "GET /jobs HTTP/1.1\r\nHost: a\r\n", () => undefined],
  ["a request that never begins", "", () => undefined],
  [
    "a body that comes letter by letter",
    `POST /jobs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t1.u1.write\r\n${JSON_TYPE}\r\nContent-Length: 1000\r\n\r\n{`,
    slowly(" ", 20),
  ],
  [
    "chunks that come letter by letter",
    `POST /jobs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t1.u1.write\r\n${JSON_TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`,
    slowly("1\r\n \r\n", 20),
  ],
])("%s are left in time", async (_, head, write) => {
  const answer = await sendRaw(port, head, write);
  expect(answer.ms).toBeLessThan(REQUEST_MS + HEADERS_MS + 1_000);
  expect([0, 408]).toContain(answer.status);
  if (answer.status === 408) expect(JSON.parse(answer.body).code).toBe("REQUEST_TOO_SLOW");
});

it.each([
  ["X-MS-CLIENT-PRINCIPAL-ID: someone", "X-MS-CLIENT-PRINCIPAL: e30=", "X-MS-TOKEN-AAD-ACCESS-TOKEN: t1.u1.operator"],
  ["X-Forwarded-User: admin", "X-Forwarded-Host: evil.example", "X-Forwarded-Prefix: /health"],
  ["X-Original-URL: /health/live", "X-Rewrite-URL: /health/live"],
  ["X-HTTP-Method-Override: GET", "X-Method-Override: GET"],
  ["Forwarded: for=127.0.0.1;host=localhost", "X-Real-IP: 127.0.0.1"],
])("%s and the like make nobody somebody", async (...headers) => {
  const anonymous = raw("GET /jobs HTTP/1.1", "Host: a", "Connection: close", ...headers);
  expect(said(await sendRaw(port, anonymous))).toEqual([401, "UNAUTHORIZED"]);
  // And they change nothing for who is somebody.
  const reader = raw(
    "POST /jobs HTTP/1.1",
    "Host: a",
    "Connection: close",
    "Authorization: Bearer t1.u1.read",
    JSON_TYPE,
    `Content-Length: ${GOOD.length}`,
    ...headers,
  );
  expect(said(await sendRaw(port, `${reader}${GOOD}`))).toEqual([403, "FORBIDDEN"]);
});

it("no handler sees a header that only a proxy could set", async () => {
  const echo = (asked: Request) => new Response([...asked.headers.keys()].join(","));
  const { server: echoing, port: at } = await startServer(echo, { port: 0 });
  const names = [
    "X-MS-CLIENT-PRINCIPAL",
    "X-MS-TOKEN-AAD-ID-TOKEN",
    "X-Forwarded-For",
    "x-forwarded-host",
    "Forwarded",
  ];
  const more = [...names, "X-Real-IP", "X-Original-URL", "X-Rewrite-Url", "X-HTTP-Method-Override"];
  const { body } = await sendRaw(at, get("/", ...more.map((name) => `${name}: x`), "X-Other: y"));
  expect(body.split(",").sort()).toEqual(["authorization", "connection", "host", "x-other"]);
  await new Promise((resolve) => echoing.close(resolve));
});

it.each([
  ["HTTP/1.0", request("GET /jobs HTTP/1.0")],
  ["HEAD", request("HEAD /jobs HTTP/1.1")],
  ["a wish for another protocol", get("/jobs", "Upgrade: websocket")],
  ["an encoded letter", get("/%6aobs")],
  ["a GET with a body", request("GET /jobs HTTP/1.1", [], "abcde")],
  ["an empty query", get("/jobs?")],
])("%s is answered as any other request", async (_, bytes) => {
  const { status, ms } = await sendRaw(port, bytes);
  expect([status, ms < 1_000]).toEqual([200, true]);
});

it("an OPTIONS request tells a foreign origin nothing", async () => {
  const asked = request("OPTIONS /jobs HTTP/1.1", [
    "Origin: https://evil.example",
    "Access-Control-Request-Method: POST",
  ]);
  const { status, head } = await sendRaw(port, asked);
  expect([status, /access-control-allow-origin/i.test(head)]).toEqual([204, false]);
});

it("what follows a refused request on its connection is not read as a request", async () => {
  const smuggled = request("POST /jobs HTTP/1.1", [JSON_TYPE], GOOD);
  const before = (await api.call("GET", "/jobs")).json.jobs.length;
  for (const first of [
    get("/jobs", "Host: a", "Host: b"),
    post(GOOD, "Transfer-Encoding: chunked"),
    request("TRACE /jobs HTTP/1.1"),
  ]) {
    const open = Buffer.from(first.toString("latin1").replace("Connection: close\r\n", ""), "latin1");
    for (const refused of [first, open]) {
      const { body } = await sendRaw(port, Buffer.concat([refused, smuggled]));
      const more = [...body.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
      expect(more.filter((status) => status !== "400")).toEqual([]);
    }
  }
  expect((await api.call("GET", "/jobs")).json.jobs.length).toBe(before);
});

it("1,000 idle connections are let go, and meanwhile others are answered", async () => {
  const sockets = Array.from({ length: 1_000 }, () => connect(port, "127.0.0.1").on("error", () => undefined));
  const closed = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve).resume())));
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
  const { status, ms } = await sendRaw(port, get("/jobs"));
  expect([status, ms < 1_000]).toEqual([200, true]);
  await closed;
}, 20_000);

it("memory stays: two hundred large, deep and broken requests leave nothing behind", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const round = async () => {
    await sendRaw(port, post(`${"[".repeat(100_000)}${"]".repeat(100_000)}`));
    await sendRaw(
      port,
      request("POST /jobs HTTP/1.1", [JSON_TYPE, "Content-Length: 1099511627776"], "a".repeat(50_000), false),
    );
    await sendRaw(port, get("/jobs", `X-A: ${"a".repeat(20_000)}`));
    await sendRaw(port, get(`/jobs/${crypto.randomUUID()}`));
  };
  const used = async () => {
    await sleep(50);
    collect();
    return process.memoryUsage().heapUsed;
  };
  for (let count = 0; count < 10; count++) await round();
  const before = await used();
  for (let count = 0; count < 50; count++) await round();
  expect((await used()) - before).toBeLessThan(2 * 1024 * 1024);
}, 60_000);

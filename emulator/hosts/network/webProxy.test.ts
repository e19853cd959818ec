import { once } from "node:events";
import { createServer, request } from "node:http";
import { type AddressInfo, connect, createServer as createTcp } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebProxy } from "./webProxy.ts";

/** Stands for a package registry on this machine: reached because it is configured, by its name only. */
const registry = createServer((asked, answer) => answer.end(`${asked.method} ${asked.url}`));
let port = 0;
let proxy: WebProxy;
const door = createTcp((inner) => proxy.take(inner));

beforeAll(async () => {
  registry.listen(0, "127.0.0.1");
  door.listen(0, "127.0.0.1");
  await Promise.all([once(registry, "listening"), once(door, "listening")]);
  port = (registry.address() as AddressInfo).port;
  proxy = new WebProxy({ npm_config_registry: `http://localhost:${port}/` });
});
afterAll(() => {
  registry.close();
  door.close();
});

const at = () => ({ host: "127.0.0.1", port: (door.address() as AddressInfo).port, agent: false as const });

async function tunnel(target: string): Promise<string> {
  const socket = connect(at());
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  const [head] = (await once(socket, "data")) as [Buffer];
  if (!head.toString().includes(" 200 ")) {
    socket.destroy();
    return head.toString().split("\r\n")[0] ?? "";
  }
  socket.write("GET /inside HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  return (await text(socket)).split("\r\n").at(-1) ?? "";
}

async function plain(url: string): Promise<[number, string]> {
  const call = request({ ...at(), path: url }).end();
  const [answer] = (await once(call, "response")) as [import("node:http").IncomingMessage];
  return [answer.statusCode ?? 0, await text(answer)];
}

it("a configured registry is reached, by tunnel and in plain http, and what was read is counted", async () => {
  expect(await tunnel(`localhost:${port}`)).toContain("GET /inside");
  expect(await plain(`http://localhost:${port}/package?x=1`)).toEqual([200, "GET /package?x=1"]);
  const [use] = proxy.used;
  expect([use?.host, use?.refused, (use?.bytes ?? 0) > 100]).toEqual(["localhost", false, true]);
});

it.each([
  ...["127.0.0.1", "127.9.9.9", "10.0.0.1", "172.20.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"],
  ...["[::1]", "[fc00::1]", "[fe80::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"],
])("%s is not public: refused", async (host) => {
  expect(await tunnel(`${host}:${port}`)).toBe("HTTP/1.1 403 Forbidden");
  expect((await plain(`http://${host}:${port}/`))[0]).toBe(403);
});

it("what is no address is answered, not dropped", async () => {
  expect((await plain("/relative"))[0]).toBe(400);
  expect(await tunnel("[not an address")).toBe("HTTP/1.1 400 Bad Request");
  expect(await tunnel("no-such-host.invalid:443")).toBe("HTTP/1.1 502 Bad Gateway");
});

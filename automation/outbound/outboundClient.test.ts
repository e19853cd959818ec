import type { Socket } from "node:net";
import { expect, it } from "vitest";
import { forbidden } from "./addresses.ts";
import { OutboundClient, type OutboundRequest } from "./outboundClient.ts";
import { startDns } from "./testing/dnsPeer.ts";
import { answering, listen } from "./testing/listener.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
const REFUSED = "OUTBOUND_REFUSED";
const FAILED = "OUTBOUND_FAILED";
const movedTo = (location: string) => `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;

/** The code of what a call ends with, or its status. */
async function outcome(client: OutboundClient, address: string, request: OutboundRequest = {}) {
  return client.send(address, { timeoutMs: 2_000, ...request }).then(
    ({ status }) => status,
    (error: { code: string }) => error.code,
  );
}

/** Every way to write this machine, metadata or a private network. `P` is the port of a listener on this machine. */
const FORMS = [
  "https://127.0.0.1:P/",
  "https://127.1:P/",
  "https://2130706433:P/",
  "https://0x7f000001:P/",
  "https://0x7f.0.0.0x1:P/",
  "https://0177.0.0.1:P/",
  "https://017700000001:P/",
  "https://127.0.0.1.:P/",
  "https://127.255.255.254:P/",
  "https://0.0.0.0:P/",
  "https://0:P/",
  "https://１２７.０.０.１:P/",
  "https://①②⑦.0.0.1:P/",
  "https://127。0。0。1:P/",
  "https://[::1]:P/",
  "https://[::]:P/",
  "https://[0:0:0:0:0:0:0:1]:P/",
  "https://[::ffff:127.0.0.1]:P/",
  "https://[::ffff:7f00:1]:P/",
  "https://[::127.0.0.1]:P/",
  "https://[64:ff9b::127.0.0.1]:P/",
  "https://[64:ff9b:1::7f00:1]:P/",
  "https://[2002:7f00:1::]:P/",
  "https://[2001::7f00:1]:P/",
  "https://localhost:P/",
  "https://localhost.:P/",
  "https://LOCALHOST:P/",
  "https://app.localhost:P/",
  "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:P/",
  "https://ｌｏｃａｌｈｏｓｔ:P/",
  "https://good.example@127.0.0.1:P/",
  "https://good.example:443@127.0.0.1:P/",
  "https://127.0.0.1:P@good.example/",
  "https://user@good.example/",
  "http://127.0.0.1:P/",
  "http://good.example/",
  "ftp://127.0.0.1:P/",
  "ws://127.0.0.1:P/",
  "file:///etc/passwd",
  "gopher://127.0.0.1:P/_x",
  "data:text/plain,x",
  "javascript:alert(1)",
  "//127.0.0.1:P/",
  "127.0.0.1:P",
  "https://",
  "",
  "https://good.example:22/",
  "https://good.example:6379/",
  "https://10.0.0.1/",
  "https://100.64.0.1/",
  "https://169.254.169.254/metadata/instance",
  "https://0xa9fea9fe/metadata/instance",
  "https://[::ffff:169.254.169.254]/",
  "https://168.63.129.16/",
  "https://172.16.0.1/",
  "https://172.31.255.255/",
  "https://192.0.0.192/",
  "https://192.0.2.1/",
  "https://192.168.1.1/",
  "https://198.18.0.1/",
  "https://224.0.0.1/",
  "https://240.0.0.1/",
  "https://255.255.255.255/",
  "https://[fe80::1]/",
  "https://[fc00::1]/",
  "https://[fd00:ec2::254]/",
  "https://[ff02::1]/",
  "https://[100::1]/",
  "https://[4000::1]/",
  "https://metadata.google.internal/",
  "https://vault.internal./",
  "https://kubernetes/",
  "https://printer.local/",
  "https://nas.home.arpa/",
  `https://good.example/${"a".repeat(2_000)}`,
] as const;

it.each(FORMS)("%s is refused before the DNS is asked and before anybody is connected to", async (form) => {
  await using here = await listen();
  await using dns = await startDns({ "good.example": [["127.0.0.1"]] });
  const client = new OutboundClient({ resolve: dns.resolve, ports: [here.port] });
  expect(await outcome(client, form.replaceAll("P", String(here.port)))).toBe(REFUSED);
  expect([here.came, dns.asked]).toEqual([[], []]);
});

it("the same listener is reached where this machine may be called", async () => {
  await using here = await listen(answering(OK));
  const client = new OutboundClient({ reach: "loopback" });
  expect(await outcome(client, here.url)).toBe(200);
  expect(await outcome(client, `http://2130706433:${here.port}`)).toBe(200);
  expect(here.came).toEqual(["127.0.0.1", "127.0.0.1"]);
});

it.each(
  FORMS.filter(
    (form) => !/P\/$/.test(form) || /@|ftp|ws|ffff|64:ff9b|2002|2001|0\.0\.0\.0|\/0:|\[::\]|::127/.test(form),
  ),
)("%s is refused also where this machine may be called", async (form) => {
  await using here = await listen();
  const client = new OutboundClient({ reach: "loopback", resolve: async () => [] });
  const code = await outcome(client, form.replaceAll("P", String(here.port)));
  expect([code, here.came]).toEqual([REFUSED, []]);
});

it.each<[string, readonly string[]]>([
  ["this machine", ["127.0.0.1"]],
  ["this machine by IPv6", ["::1"]],
  ["an IPv4 address in IPv6", ["::ffff:127.0.0.1"]],
  ["a NAT64 form", ["64:ff9b::7f00:1"]],
  ["metadata", ["169.254.169.254"]],
  ["the wire server", ["168.63.129.16"]],
  ["a private network", ["10.1.2.3"]],
  ["a unique local address", ["fd12::1"]],
  ["a good and a bad address", ["93.184.216.34", "127.0.0.1"]],
  ["a good and a bad address of another family", ["93.184.216.34", "::1"]],
  ["a bad and a good address", ["127.0.0.1", "93.184.216.34"]],
])("a name that leads to %s is refused", async (_, addresses) => {
  await using here = await listen();
  await using dns = await startDns({ "evil.example": [addresses] });
  const client = new OutboundClient({ resolve: dns.resolve, ports: [here.port] });
  expect(await outcome(client, `https://evil.example:${here.port}/`)).toBe(REFUSED);
  expect([here.came, dns.asked.toSorted()]).toEqual([[], ["A evil.example", "AAAA evil.example"]]);
});

it("rebinding: the name is asked for once, and the connection goes to the address that was checked", async () => {
  await using first = await listen(answering(OK), "127.0.0.1");
  await using second = await listen(answering(OK), "127.0.0.2", first.port);
  await using dns = await startDns({ "turn.localhost": [["127.0.0.1"], ["127.0.0.2"]] });
  const client = new OutboundClient({ resolve: dns.resolve, reach: "loopback" });
  expect(await outcome(client, `http://turn.localhost:${first.port}/`)).toBe(200);
  expect([first.came, second.came]).toEqual([["127.0.0.1"], []]);
  expect(dns.asked.toSorted()).toEqual(["A turn.localhost", "AAAA turn.localhost"]);
});

it("rebinding from a public address to this machine reaches nobody here", async () => {
  await using here = await listen(answering(OK));
  await using dns = await startDns({ "turn.example": [["93.184.216.34"], ["127.0.0.1"]] });
  const client = new OutboundClient({ resolve: dns.resolve, ports: [here.port] });
  const address = `https://turn.example:${here.port}/`;
  expect(await outcome(client, address, { timeoutMs: 300 })).toBe(FAILED);
  expect(await outcome(client, address)).toBe(REFUSED);
  expect(here.came).toEqual([]);
});

it.each(["nobody.example", "empty.example"])("a name without an address fails: %s", async (name) => {
  await using dns = await startDns({ "empty.example": [[]] });
  expect(await outcome(new OutboundClient({ resolve: dns.resolve }), `https://${name}/`)).toBe(FAILED);
});

it("a name that looks like another is the other name that it is", async () => {
  await using dns = await startDns({ "github.com": [["93.184.216.34"]] });
  // The first letter after "g" is Cyrillic.
  const look = await new OutboundClient({ resolve: dns.resolve }).check("https://gіthub.com/").catch((error) => error);
  expect([look.code, dns.asked.toSorted()]).toEqual([FAILED, ["A xn--gthub-n2e.com", "AAAA xn--gthub-n2e.com"]]);
});

it.each([
  "http://169.254.169.254/metadata/identity/oauth2/token",
  "http://[::ffff:169.254.169.254]/",
  "http://localhost:OWN/",
  "http://127.1:OWN/",
  "https://user:password@good.example/",
  "file:///etc/passwd",
  "//10.0.0.1/",
])("a redirect to %s is not followed", async (location) => {
  await using own = await listen(answering(OK));
  const to = location.replace("OWN", String(own.port));
  await using here = await listen(answering(movedTo(to)));
  const client = new OutboundClient({ reach: "loopback", own: [`localhost:${own.port}`] });
  expect(await outcome(client, here.url, { redirects: 3 })).toBe(REFUSED);
  expect([here.came.length, own.came]).toEqual([1, []]);
  expect(await outcome(client, here.url)).toBe(302);
});

it("redirects: none by default, three at most, none of a POST, and credentials stay with their origin", async () => {
  const seen: string[] = [];
  await using end = await listen(
    answering((request) => {
      seen.push(/^authorization: .*$/im.exec(request)?.[0] ?? "without");
      return OK;
    }),
  );
  let hops = 0;
  await using here = await listen(answering(() => movedTo(++hops % 4 === 0 ? `${end.url}/` : "/again")));
  const client = new OutboundClient({ reach: "loopback" });
  const headers = { authorization: "Bearer x" };
  expect(await outcome(client, here.url, { headers })).toBe(302);
  hops = 0;
  expect(await outcome(client, here.url, { headers, redirects: 3 })).toBe(302);
  expect([hops, end.came]).toEqual([4, []]);
  hops = 3;
  expect(await outcome(client, here.url, { headers, redirects: 1 })).toBe(200);
  expect(seen).toEqual(["without"]);
  hops = 3;
  expect(await outcome(client, here.url, { method: "POST", body: "{}", redirects: 3 })).toBe(302);
});

const drip = (text: string, everyMs: number) => (socket: Socket) => {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ""), everyMs);
  socket.once("close", () => clearInterval(timer));
};
/** Sends until the other end has had enough. */
const flood =
  (head: string, part: string, sent: { bytes: number }) =>
  (socket: Socket): void => {
    const more = () => {
      while (!socket.destroyed && socket.write(part)) sent.bytes += part.length;
      sent.bytes += part.length;
    };
    socket.once("data", () => {
      socket.write(head);
      more();
      socket.on("drain", more);
    });
  };

it.each<[string, (socket: Socket) => void]>([
  ["says nothing", () => undefined],
  ["sends its header letter by letter", drip("HTTP/1.1 200 OK\r\nX-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 20)],
  ["sends hints for ever", drip("HTTP/1.1 103 Early Hints\r\n\r\n", 1)],
  ["sends its body letter by letter", answeringSlowly()],
])("a server that %s is left in time", async (_, serve) => {
  await using here = await listen(serve);
  const begin = performance.now();
  expect(await outcome(new OutboundClient({ reach: "loopback" }), here.url, { timeoutMs: 400 })).toBe(FAILED);
  expect(performance.now() - begin).toBeLessThan(1_500);
});

it.each([
  ["body", "HTTP/1.1 200 OK\r\n\r\n"],
  ["body in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"],
  ["header", "HTTP/1.1 200 OK\r\n"],
])("an endless %s is left when it is too large", async (what, head) => {
  const sent = { bytes: 0 };
  const kilobyte = "a".repeat(1_024);
  const part = { header: `X-A: ${kilobyte}\r\n`, body: kilobyte }[what] ?? `400\r\n${kilobyte}\r\n`;
  await using here = await listen(flood(head, part, sent));
  const client = new OutboundClient({ reach: "loopback" });
  expect(await outcome(client, here.url, { maxBytes: 100_000 })).toBe(FAILED);
  expect(sent.bytes).toBeLessThan(16 * 1024 * 1024); // what both ends of a connection hold back
});

it("what is not asked for is not done: no compression, no connection kept, no upgrade", async () => {
  const requests: string[] = [];
  await using here = await listen(
    answering((request) => {
      requests.push(request);
      return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    }),
  );
  expect(await outcome(new OutboundClient({ reach: "loopback" }), here.url)).toBe(FAILED);
  expect(requests.map((each) => each.toLowerCase().split("\r\n").slice(0, -2))).toEqual([
    [
      "get / http/1.1",
      "user-agent: devfactory",
      "accept-encoding: identity",
      `host: 127.0.0.1:${here.port}`,
      "connection: close",
    ],
  ]);
});

it("whoever asked can call it off", async () => {
  await using here = await listen();
  const stop = new AbortController();
  const asked = new OutboundClient({ reach: "loopback" }).send(here.url, { signal: stop.signal });
  stop.abort(new Error("not needed any more"));
  await expect(asked).rejects.toThrow("not needed any more");
});

it.each([
  ["data.documents.azure.com", "https://data.documents.azure.com/"],
  ["data.documents.azure.com", "https://DATA.documents.azure.com./dbs"],
  ["bus.example:443", "https://bus.example/"],
])("%s is a service of ours: %s is refused", async (own, address) => {
  expect(await outcome(new OutboundClient({ own: [own], resolve: async () => ["93.184.216.34"] }), address)).toBe(
    REFUSED,
  );
});

it.each([
  "93.184.216.34",
  "1.1.1.1",
  "2606:4700:4700::1111",
  "172.15.255.255",
  "172.32.0.0",
  "100.128.0.0",
  "11.0.0.0",
])("%s is anybody's address", (address) => {
  expect(forbidden(address, "public")).toBeUndefined();
});

function answeringSlowly() {
  return (socket: Socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    drip("a", 20)(socket);
  };
}

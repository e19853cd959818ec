import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseAppSpec } from "@devfactory/stacks/spec/index.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { NewEvent } from "../jobs/change.ts";
import { gate, healthChecks } from "./gate.ts";
import type { StepContext } from "./step.ts";

const parsed = parseAppSpec({
  version: 1,
  name: "shop",
  title: "Shop",
  services: [
    { name: "web", kind: "web", health: "/ready" },
    { name: "inner", kind: "api", public: false },
    { name: "site", kind: "static" },
    { name: "mailer", kind: "worker" },
  ],
});
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
const { spec } = parsed;

const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(`${request.url}`);
  response.end();
});
let origin = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const address = (name: string, kind: string, url: string, regions?: { region: string; url: string }[]) => ({
  name,
  kind,
  url,
  ...(regions && { regions: regions.map((each) => ({ ...each, revision: "r1" })) }),
});

it("each public service is asked on its health path, in several regions in each of them and not at the door", () => {
  const [east, west] = ["https://east.example", "https://west.example"];
  const regions = [
    { region: "eastus", url: east },
    { region: "westus2", url: west },
  ];
  const services = [
    address("web", "web", "https://door.example", regions),
    address("inner", "api", "https://inner.example"),
    address("site", "static", "https://site.example"),
    address("mailer", "worker", ""),
  ];
  expect(healthChecks(spec, services)).toEqual([
    { name: "web in eastus", service: "web", url: `${east}/ready` },
    { name: "web in westus2", service: "web", url: `${west}/ready` },
    { name: "site", service: "site", url: "https://site.example/" },
  ]);
  expect(healthChecks(spec, [address("web", "web", "https://one.example")])).toEqual([
    { name: "web", service: "web", url: "https://one.example/ready" },
  ]);
});

/** Ends when a revision has been waited for, or an address that nobody answers. */
async function gateWith(waiting: readonly string[], urls: readonly string[]) {
  const events: NewEvent[] = [];
  const end = new AbortController();
  let looks = 0;
  const notReady = async () => {
    looks += 1;
    if (looks === 3) end.abort();
    return waiting;
  };
  const report = (event: NewEvent) => void events.push(event);
  const context = { services: { revisions: { notReady } }, signal: end.signal, report } as unknown as StepContext;
  const regions = urls.map((url, index) => ({ region: `region${index}`, url }));
  const outputs = { services: [address("web", "web", "http://door.invalid", regions)], resourceGroupName: "rg" };
  const ended = await gate(spec, outputs, context).then(
    (after) => Object.keys(after),
    (error: Error) => error.message,
  );
  return { ended, events: events.map(({ message }) => message?.replace(/\d+ ms/, "N ms")) };
}

it("goes on when the revisions of all regions serve and each answers", async () => {
  asked.length = 0;
  expect(await gateWith([], [origin, origin])).toEqual({
    ended: ["web in region0", "web in region1"],
    events: ["web in region0 answers after N ms", "web in region1 answers after N ms"],
  });
  expect(asked).toEqual(["/ready", "/ready"]);
});

it("waits for the revision of one region, whatever the others answer", async () => {
  asked.length = 0;
  expect(await gateWith(["web-westus2--2"], [origin, origin])).toEqual({
    ended: "The operation was aborted",
    events: [],
  });
  expect(asked).toEqual([]);
});

import { type AppSpec, parseAppSpec } from "@devfactory/stacks/spec/index.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTarget, type Target } from "./deploy.ts";

/** A service that always runs, a job that waiting messages start, their store and queue: each waits for ids and addresses of others. */
function specOf(name: string, web: object = {}): AppSpec {
  const photos = { resource: "photos", access: "readwrite" };
  const services = [
    { name: "web", kind: "web", size: { cpu: 0.5 }, scale: { min: 1 }, uses: [photos], ...web },
    { name: "mailer", kind: "job", uses: [{ resource: "mails", access: "receive" }] },
  ];
  const resources = [
    { name: "photos", kind: "blob", containers: ["originals"] },
    { name: "mails", kind: "queue" },
  ];
  const parsed = parseAppSpec({ version: 1, name, title: "Shop", services, resources });
  if (parsed.ok) return parsed.spec;
  throw new Error(JSON.stringify(parsed.problems));
}

let target: Target;
beforeAll(async () => {
  target = await openTarget();
}, 120_000);
afterAll(() => target.stop());

it("the first preview costs and judges what stands there, although ids and addresses are not known", async () => {
  const stack = await target.openApp(specOf("shop"));
  const first = await stack.preview();
  const priced = first.estimate.resources.flatMap(({ name, monthlyCost }) =>
    monthlyCost ? [[name, monthlyCost]] : [],
  );
  // Half a vCPU for 2,628,000 s less 180,000, and a GiB less 360,000 s, at 0.000003 USD.
  expect(Object.fromEntries(priced)).toEqual({ "bus-namespace": "10", "web-app": "10.206" });
  expect([first.estimate.totalMonthlyCost, first.estimate.summary.unpriced]).toEqual(["20.206", 0]);
  // Which identity pulls, and who gets a right, are ids; ingress, settings, image, probes and replicas are judged.
  expect([first.fail, first.unknown]).toEqual([
    [],
    [
      "CA05 mailer-job",
      "CA05 web-app",
      "ID02 mailer-to-bus-mails-busOwner",
      "ID02 mailer-to-bus-mails-busReceiver",
      "ID02 web-to-photos-originals-blobContributor",
    ],
  ]);
  await stack.up();
  const second = await stack.preview();
  expect(second.estimate).toEqual(first.estimate);
  expect([second.fail, second.unknown, second.changes]).toEqual([[], [], []]);
}, 240_000);

it("a secret in clear beside addresses that are not known fails in the first preview", async () => {
  const stack = await target.openApp(specOf("leaky", { env: { API_TOKEN: "abc123" } }));
  expect((await stack.preview()).fail).toEqual(["CA06 web-app"]);
}, 120_000);

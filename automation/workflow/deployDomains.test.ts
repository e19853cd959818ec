import { expect, it } from "vitest";
import { AutomationError } from "../errors.ts";
import { withDomain } from "../jobs/domains.ts";
import { deployJob } from "./deployJob.ts";
import { files, HOST, NODE, open, TENANT, TXT } from "./testing/deployRig.ts";

const stepsOf = (stacks: readonly Record<string, string>[]) =>
  stacks.map((config) => {
    const { domains } = JSON.parse(config["devfactory:deployment"] ?? "{}") as { domains?: { step: string }[] };
    return domains?.map(({ step }) => step) ?? [];
  });

it("a domain: its records are told first, it waits for them with what is wrong, then it is verified, issued, bound, and kept", async () => {
  const zone: Record<string, readonly string[]> = {};
  const house = await open(files(NODE), { zone });
  const first = await house.work();
  await house.work(await house.give(HOST));
  expect(await house.domains()).toMatchObject({
    [HOST]: {
      state: "records",
      service: "web",
      apex: false,
      by: "u1",
      records: [{ type: "CNAME", name: HOST, value: "web.example.net" }, TXT],
      problem: {
        code: "DOMAIN_RECORDS_MISSING",
        detail: `CNAME ${HOST}: is not set, must be web.example.net; TXT asuid.${HOST}: is not set, must be proof`,
      },
    },
  });
  zone[`CNAME ${HOST}`] = ["other.example.net."];
  zone[`TXT asuid.${HOST}`] = ["something else", "proof"];
  await house.work(await house.give(HOST));
  expect((await house.domains())[HOST]?.problem?.detail).toBe(
    `CNAME ${HOST}: is other.example.net, must be web.example.net alone`,
  );
  zone[`CNAME ${HOST}`] = ["WEB.example.net."];
  const bound = await house.give(HOST);
  await house.work(bound);
  const { [HOST]: domain } = await house.domains();
  expect([domain?.state, domain?.problem]).toEqual(["bound", undefined]);
  await house.work(await house.again(files({ ...NODE, "new.js": "" })));
  expect(stepsOf(house.stacks)).toEqual([[], ["records"], ["records"], ["records"], ["verify"], ["bind"], ["bind"]]);
  expect((await house.events(bound)).filter((message) => message.startsWith(HOST))).toEqual([
    `${HOST}: its records are set`,
    `${HOST}: it has a certificate`,
    `${HOST}: it answers`,
  ]);
  // A domain is no new version: what ran before it is what a rollback goes to.
  const app = await house.ledger.app(TENANT, house.appId);
  expect([app.iteration, (await house.job(app.deployment)).replaced]).toEqual([2, first.jobId]);
});

it("a domain goes on after a crash from the state that was written down", async () => {
  const zone = { [`CNAME ${HOST}`]: ["web.example.net"], [`TXT asuid.${HOST}`]: ["proof"] };
  const crash = { at: "bind" };
  const ups = (config: Readonly<Record<string, string>>) => {
    if (stepsOf([config])[0]?.includes(crash.at)) throw new AutomationError("SHUTTING_DOWN");
  };
  const house = await open(files(NODE), { zone, ups });
  await house.work();
  const id = await house.give(HOST);
  const session = await house.start(id);
  await expect(deployJob(session)).rejects.toMatchObject({ code: "SHUTTING_DOWN" });
  expect((await house.domains())[HOST]?.state).toBe("issued");
  crash.at = "never";
  await session.commit(() => ({ moves: ["release"], publish: {} }));
  await session.options.lease.release();
  await house.work(id);
  expect([(await house.domains())[HOST]?.state, stepsOf(house.stacks).slice(1)]).toEqual([
    "bound",
    [["records"], ["verify"], ["bind"], ["verify"], ["bind"]],
  ]);
});

it("a domain that Azure refuses fails nothing else, says why, and is taken out of the stack until it is asked for again", async () => {
  const zone = { [`CNAME ${HOST}`]: ["web.example.net"], [`TXT asuid.${HOST}`]: ["proof"] };
  const refuse = { now: true };
  const ups = (config: Readonly<Record<string, string>>) => {
    if (refuse.now && stepsOf([config])[0]?.includes("verify"))
      throw new AutomationError("DEPLOY_FAILED", { reason: "CertificateNotIssued: CAA forbids it" });
  };
  const house = await open(files(NODE), { zone, ups });
  await house.work();
  const job = await house.work(await house.give(HOST));
  expect([job.state, (await house.domains())[HOST]]).toMatchObject([
    "succeeded",
    { state: "failed", problem: { code: "DOMAIN_REFUSED", detail: expect.stringContaining("CAA forbids it") } },
  ]);
  await house.work(await house.again(files({ ...NODE, "new.js": "" })));
  refuse.now = false;
  await house.work(await house.give(HOST));
  expect((await house.domains())[HOST]?.state).toBe("bound");
  expect(stepsOf(house.stacks).slice(1)).toEqual([
    ["records"],
    ["verify"],
    ["records"],
    ["records"],
    ["records"],
    ["verify"],
    ["bind"],
  ]);
});

it("a domain that is asked for before the first deployment comes with it; one that is taken away leaves the stack", async () => {
  const house = await open(files(NODE));
  await house.apps.changeDomains(TENANT, house.appId, (app, now) => withDomain(app, TENANT, { host: HOST }, now));
  await house.work();
  expect((await house.domains())[HOST]).toMatchObject({
    state: "records",
    service: "web",
    records: [{ type: "CNAME" }, TXT],
  });
  await house.apps.changeDomains(TENANT, house.appId, () => ({}));
  const from = { kind: "domain", host: HOST } as const;
  await house.work((await house.ledger.addToApp(TENANT, house.appId, { kind: "deploy", prompt: "x", from })).jobId);
  expect([await house.domains(), stepsOf(house.stacks)]).toEqual([{}, [["records"], []]]);
});

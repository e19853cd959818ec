import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setDefaultCACertificates } from "node:tls";
import { testApi } from "@devfactory/automation/api/testApi.ts";
import { Chores } from "@devfactory/automation/jobs/chores.ts";
import { type AppDocument, appPk } from "@devfactory/automation/jobs/documents.ts";
import { Mailer, SMTP_PASSWORD } from "@devfactory/automation/notify/mailer.ts";
import { MailSettings } from "@devfactory/automation/notify/mailSettings.ts";
import { Sender } from "@devfactory/automation/notify/sender.ts";
import { startMailServer } from "@devfactory/automation/notify/testing/mailServer.ts";
import { KeyVaultHelper } from "@devfactory/automation/orchestrator/keyVaultHelper.ts";
import { Redactor } from "@devfactory/automation/redact.ts";
import { type Certificates, ensureCertificates } from "@devfactory/emulator/core/certificates.ts";
import { startVault, type VaultHarness } from "@devfactory/emulator/services/keyVault/harness.ts";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

const OPERATOR = "t1.ada.operator";
const HOUR_MS = 3_600_000;
const PASSWORD = "canary-password-7d1f";
const LOGIN = { user: "sender@contoso.example", pass: PASSWORD };

let vault: VaultHarness;
/** Of an authority that nobody knows. */
let foreign: Certificates;
const folder = mkdtempSync(join(tmpdir(), "devfactory-mail-"));

beforeAll(async () => {
  vault = await startVault();
  setDefaultCACertificates([vault.context.certificates.ca]);
  foreign = await ensureCertificates(folder);
});

beforeEach(() => vault.client().setSecret(SMTP_PASSWORD, PASSWORD));

afterAll(async () => {
  await vault[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A mail server as people run them: STARTTLS and a login. */
const serverWith = (more: Parameters<typeof startMailServer>[0] = {}) =>
  startMailServer({ tls: vault.context.certificates, login: LOGIN, ...more });

/** The API, and a worker that sends: its password comes from the vault through the real client. */
function house({ port }: { readonly port: number }, { reach = "public", host = "127.0.0.1", smtp = "smtp" } = {}) {
  const settings = MailSettings.parse({
    smtp: `${smtp}://${encodeURIComponent(LOGIN.user)}@${host}:${port}`,
    from: "devfactory@contoso.example",
    domains: { t1: ["example.com", "contoso.example"] },
  });
  const current: { mail: MailSettings | undefined } = { mail: settings };
  const api = testApi({ mail: settings });
  const clock = { aheadMs: 0 };
  const lines: string[] = [];
  const helper = (): Pick<KeyVaultHelper, "secret"> =>
    new KeyVaultHelper(vault.uri, vault.context.credential("officer"), new Redactor());
  const sender = (key = helper()) =>
    new Sender({
      store: api.store,
      endpoints: api.endpoints,
      outbound: api.outbound,
      mailer: new Mailer({
        settings: () => current.mail,
        password: () => key.secret(SMTP_PASSWORD),
        reach: reach as "public" | "loopback",
        timeoutMs: 2_000,
      }),
      chores: new Chores(api.store, "w"),
      notice: async (_tenant, event, message) => void lines.push(`${event} ${message}`),
      log: pino({ level: "trace" }, { write: (line: string) => void lines.push(line) }), // past the redactor
      now: () => Date.now() + clock.aheadMs,
    });
  const call = (method: string, path: string, body?: unknown) =>
    api.call(method, `/webhooks/endpoints${path}`, body, OPERATOR);
  const put = (id: string, to: readonly string[], more: object = {}) =>
    call("PUT", `/${id}`, { kind: "mail", to, ...more });
  /** A job that ends, because somebody stops it before it begins; its app may have a name. */
  const endJob = async (title?: string) => {
    const { id, appId } = (await api.call("POST", "/jobs", { prompt: "a clinic" }, OPERATOR)).json;
    const app = await api.store.read<AppDocument>(appPk(appId), "app");
    if (!app) throw new Error("no app");
    const doc = { ...app.doc, ...(title !== undefined && { title }) };
    await api.store.batch(appPk(appId), [{ kind: "replace", doc, etag: app.etag }]);
    await api.call("POST", `/jobs/${id}/cancel`, undefined, OPERATOR);
    await api.outbox.idle();
    return String(id);
  };
  const deliveries = async (id: string) => (await call("GET", `/${id}/deliveries`)).json.deliveries;
  return { api, clock, lines, sender, call, put, endJob, deliveries, current };
}

it("the end of a job is one mail to each endpoint, over TLS after a login with the vault's password", async () => {
  await using server = await serverWith();
  const { put, endJob, sender, deliveries, api } = house(server);
  await put("ops", ["ops@example.com", "Ada@Contoso.Example"], { events: ["job.cancelled"] });
  await put("night", ["night@example.com"]);
  await put("failures", ["never@example.com"], { events: ["job.failed"] });
  const jobId = await endJob("Zahnärzte & Söhne <b>");
  expect([await sender().sendDue(), await sender().sendDue()]).toEqual([2, 0]);
  const [row] = api.store.all().filter((doc) => doc.type === "notification");
  const { event } = row as unknown as { event: { id: string; createdAt: string } };
  const common = {
    "Auto-Submitted": "auto-generated",
    "Content-Transfer-Encoding": "quoted-printable",
    "Content-Type": "text/plain; charset=utf-8",
    Date: new Date(event.createdAt).toUTCString().replace("GMT", "+0000"),
    "Devfactory-Event-ID": event.id,
    "Devfactory-Event-Type": "job.cancelled",
    From: "DevFactory <devfactory@contoso.example>",
    "MIME-Version": "1.0",
    Subject: "DevFactory: A job was stopped · Zahnärzte & Söhne <b>",
  };
  const mail = (id: string, to: readonly string[]) => ({
    from: "devfactory@contoso.example",
    to,
    headers: { ...common, "Message-ID": `<${event.id}.${id}@contoso.example>`, To: to.join(", ") },
    text: `A job was stopped · Zahnärzte & Söhne <b> · ${jobId}\n\nAn operator named this address in the endpoint ${id} of DevFactory; DELETE /webhooks/endpoints/${id} ends it.\n`,
    isTls: true,
    user: LOGIN.user,
  });
  const byId = server.received.toSorted((a, b) => b.to.length - a.to.length);
  expect(byId).toEqual([mail("ops", ["ops@example.com", "Ada@contoso.example"]), mail("night", ["night@example.com"])]);
  expect(await deliveries("ops")).toEqual([
    {
      id: event.id,
      type: "job.cancelled",
      status: "delivered",
      attempts: 1,
      createdAt: event.createdAt,
      deliveredAt: expect.any(String),
      lastStatus: 250,
    },
  ]);
});

it("a recipient that is not taken yet is asked again, whoever has the mail gets it once, and each mail has the same id", async () => {
  await using server = await serverWith({
    onRecipient: (address, count) => (address === "slow@example.com" && count < 3 ? 451 : undefined),
    onMail: (count) => (count === 2 ? 452 : undefined),
  });
  const { put, endJob, sender, deliveries, clock, call } = house(server);
  await put("ops", ["slow@example.com", "ops@example.com"]);
  await endJob();
  await sender().sendDue();
  const [first] = await deliveries("ops");
  expect(first).toMatchObject({
    status: "pending",
    attempts: 1,
    lastStatus: 451,
    lastProblem: "the mail server has taken it for 1 of 2 recipients",
  });
  expect(Math.round((Date.parse(first.nextAt) - Date.now()) / 1000)).toBe(10);
  expect((await call("GET", "/ops")).json.failingSince).toMatch(/^20/);
  for (const seconds of [11, 75, 400]) {
    clock.aheadMs = seconds * 1000;
    await sender().sendDue();
  }
  const [last] = await deliveries("ops");
  expect([last.status, last.attempts, last.lastStatus, last.lastProblem]).toEqual(["delivered", 3, 250, undefined]);
  expect(server.received.map(({ to }) => to)).toEqual([["ops@example.com"], ["slow@example.com"]]);
  expect(new Set(server.received.map(({ headers }) => JSON.stringify(headers))).size).toBe(1);
  expect((await call("GET", "/ops")).json.failingSince).toBe(undefined);
});

it.each([
  [{ onRecipient: () => 550 }, "0 of 1"],
  [{ onMail: () => 554 }, "0 of 1"],
] as const)("what a server refuses for good is not tried again: case %#", async (refusal, taken) => {
  await using server = await serverWith(refusal);
  const { put, endJob, sender, deliveries, clock } = house(server);
  await put("ops", ["gone@example.com"]);
  await endJob();
  await sender().sendDue();
  const code = "onMail" in refusal ? 554 : 550;
  expect((await deliveries("ops"))[0]).toMatchObject({
    status: "failed",
    attempts: 1,
    lastStatus: code,
    lastProblem: `the mail server has taken it for ${taken} recipients`,
  });
  clock.aheadMs = HOUR_MS;
  expect([await sender().sendDue(), server.counts.recipients, server.received]).toEqual([0, 1, []]);
});

it("one of two recipients that is refused for good: the other has the mail, and the delivery says so", async () => {
  await using server = await serverWith({
    onRecipient: (address) => (address === "gone@example.com" ? 550 : undefined),
  });
  const { put, endJob, sender, deliveries } = house(server);
  await put("ops", ["gone@example.com", "ops@example.com"]);
  await endJob();
  await sender().sendDue();
  expect((await deliveries("ops"))[0]).toMatchObject({
    status: "delivered",
    lastStatus: 550,
    lastProblem: "the mail server has taken it for 1 of 2 recipients",
  });
  expect(server.received.map(({ to }) => to)).toEqual([["ops@example.com"]]);
});

it("a wrong password is the platform's matter: tried again, shown, the endpoint stays; with the right one it arrives", async () => {
  await using server = await serverWith();
  const { put, endJob, sender, deliveries, call, clock, lines, api } = house(server);
  await put("ops", ["ops@example.com"]);
  await vault.client().setSecret(SMTP_PASSWORD, "canary-wrong-3c55");
  await endJob();
  await sender().sendDue();
  const shown = await deliveries("ops");
  expect(shown[0]).toMatchObject({
    status: "pending",
    attempts: 1,
    lastStatus: 535,
    lastProblem: "the mail server does not accept the platform's sign-in",
  });
  expect([server.counts.logins, (await call("GET", "/ops")).json.failingSince]).toEqual([1, undefined]);
  expect(lines.some((line) => line.includes("does not accept the platform's sign-in"))).toBe(true);
  const told = JSON.stringify([lines, api.store.all(), shown, (await call("GET", "/ops")).text]);
  for (const secret of ["canary", "ops@", LOGIN.user]) expect([secret, told.includes(secret)]).toEqual([secret, false]);
  await vault.client().setSecret(SMTP_PASSWORD, PASSWORD);
  clock.aheadMs = 11_000;
  await sender().sendDue();
  expect([server.received.length, (await deliveries("ops"))[0].status]).toEqual([1, "delivered"]);
});

const UNTRUSTED = "the mail server cannot be reached, or its certificate is not valid";

it.each([
  ["offers no TLS", () => ({ tls: undefined }), "the mail server offers no TLS that holds"],
  ["shows a certificate of an unknown authority", () => ({ tls: foreign }), UNTRUSTED],
  ["shows the certificate of another name", () => ({ address: "127.0.0.2" }), UNTRUSTED],
  ["says nothing", () => ({ isSilent: true }), "the mail server did not answer in time"],
] as const)("a server that %s gets neither password nor mail", async (_, more, problem) => {
  await using server = await serverWith(more());
  const { put, endJob, sender, deliveries } = house(server, { host: server.address });
  await put("ops", ["ops@example.com"]);
  await endJob();
  await sender().sendDue();
  expect((await deliveries("ops"))[0]).toMatchObject({ status: "pending", attempts: 1, lastProblem: problem });
  expect([server.counts.connections, server.counts.logins, server.received]).toEqual([1, 0, []]);
});

it("a server that answers, but ever so slowly, is left after the time of an attempt", async () => {
  await using server = await serverWith({ recipientMs: 900 });
  const { put, endJob, sender, deliveries } = house(server);
  await put("ops", ["a@example.com", "b@example.com", "c@example.com"]);
  await endJob();
  await sender().sendDue();
  const lastProblem = "the mail server did not answer in time";
  expect((await deliveries("ops"))[0]).toMatchObject({ status: "pending", attempts: 1, lastProblem });
  expect(server.received).toEqual([]);
});

it("nobody answers: it is tried again", async () => {
  const gone = await serverWith();
  await gone[Symbol.asyncDispose]();
  const { put, endJob, sender, deliveries } = house(gone);
  await put("ops", ["ops@example.com"]);
  await endJob();
  await sender().sendDue();
  expect((await deliveries("ops"))[0]).toMatchObject({ status: "pending", attempts: 1, lastProblem: UNTRUSTED });
});

it("TLS from the first byte", async () => {
  await using server = await serverWith({ isTlsAtOnce: true });
  const { put, endJob, sender } = house(server, { smtp: "smtps" });
  await put("ops", ["ops@example.com"]);
  await endJob();
  await sender().sendDue();
  expect(server.received.map(({ isTls, user }) => [isTls, user])).toEqual([[true, LOGIN.user]]);
});

it.each([
  ["loopback", 1],
  ["public", 0],
] as const)("a server on this machine without TLS, where the platform may call %s: %d mails", async (reach, mails) => {
  await using server = await startMailServer({ login: LOGIN });
  const { put, endJob, sender } = house(server, { reach });
  await put("ops", ["ops@example.com"]);
  await endJob();
  await sender().sendDue();
  expect(server.received.map(({ isTls }) => isTls)).toEqual(Array.from({ length: mails }, () => false));
});

it("names that people give are text of one line, in the subject too: no header, recipient or paragraph of theirs", async () => {
  await using server = await serverWith();
  const { put, endJob, sender } = house(server);
  await put("ops", ["ops@example.com"]);
  const jobId = await endJob("Clinic\r\nBcc: eve@evil.example\r\n\r\n.\r\nMAIL FROM:<eve@evil.example>\u2028\u202etxt");
  await sender().sendDue();
  const [mail] = server.received;
  const title = "Clinic Bcc: eve@evil.example . MAIL FROM:<eve@evil.example> txt";
  expect([mail?.to, mail?.headers.Subject, mail?.headers.Bcc]).toEqual([
    ["ops@example.com"],
    `DevFactory: A job was stopped · ${title}`,
    undefined,
  ]);
  expect(mail?.text.split("\n")[0]).toBe(`A job was stopped · ${title} · ${jobId}`);
  expect(server.counts.mails).toBe(1);
});

it("while the vault does not answer, or has no password, nobody is asked; then the ping arrives", async () => {
  await using server = await serverWith();
  const { put, call, sender, deliveries, clock } = house(server);
  await put("ops", ["ops@example.com"]);
  const { json } = await call("POST", "/ops/ping");
  await sender({ secret: () => Promise.reject(new Error("the vault is away")) }).sendDue();
  expect((await deliveries("ops"))[0]).toMatchObject({ status: "pending", attempts: 0 });
  clock.aheadMs = 61_000;
  await sender({ secret: async () => undefined }).sendDue();
  expect((await deliveries("ops"))[0]).toMatchObject({
    status: "pending",
    attempts: 1,
    lastProblem: "the platform's vault has no secret smtp-password",
  });
  expect(server.counts.connections).toBe(0);
  clock.aheadMs = 75_000;
  await sender().sendDue();
  const [mail] = server.received;
  expect([mail?.headers.Subject, mail?.headers["Devfactory-Event-ID"], mail?.text.split("\n")[0]]).toEqual([
    "DevFactory: This is a try",
    json.id,
    "This is a try · ops",
  ]);
});

it("a domain that the platform takes away is not written to any more; without a server what is due waits", async () => {
  await using server = await serverWith();
  const { put, endJob, sender, deliveries, current, clock } = house(server);
  await put("ops", ["ops@example.com"]);
  await endJob();
  const before = current.mail;
  current.mail = undefined;
  await sender().sendDue();
  expect((await deliveries("ops"))[0]).toMatchObject({
    status: "pending",
    lastProblem: "the platform sends no mail any more",
  });
  if (before) current.mail = { ...before, domains: { t1: ["contoso.example"], t2: ["example.com"] } };
  clock.aheadMs = 11_000;
  await sender().sendDue();
  expect((await deliveries("ops"))[0]).toMatchObject({
    status: "failed",
    lastProblem: "mail to example.com is not allowed to this tenant any more",
  });
  expect(server.counts.logins).toBe(0);
});

import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { wrongRecords } from "../deploy/dnsRecords.ts";
import type { DeployOutputs } from "../deploy/messages.ts";
import { AutomationError, toErrorRecord } from "../errors.ts";
import type { NewEvent } from "../jobs/change.ts";
import {
  type AppDomain,
  type AppDomains,
  type DnsRecord,
  type DomainState,
  domainConfig,
  stepOf,
} from "../jobs/domains.ts";
import { type DeployInput, deploy } from "./deploy.ts";
import type { JobSession } from "./jobSession.ts";

/** States from which the work goes on by itself. */
const MOVING: ReadonlySet<DomainState> = new Set(["verified", "issued"]);
/** Verify, bind, and one more for what went back to its records. */
const MAX_TURNS = 4;

/**
 * Brings the app's domains as far as they get: tells their records, looks whether they are set, has certificates issued and binds them.
 * Each state is written down before the next begins, so that whoever goes on after a crash goes on from there. A domain that gets no
 * further says why and never fails the deployment: the app runs under its own address.
 *
 * @param told records by host, as the deployment before gave them
 */
export async function advanceDomains(
  session: JobSession,
  wanted: DeployInput,
  told: NonNullable<DeployOutputs["domains"]>,
): Promise<void> {
  const current = async () => (await session.options.lease.app()).domains ?? {};
  if (Object.keys(await current()).length === 0) return;
  const records = new Map(told.map(({ hostName, records: each }) => [hostName, each]));
  await verify(session, wanted.spec, records);
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    const before = await current();
    const moving = Object.values(before).filter(({ state }) => MOVING.has(state));
    if (moving.length === 0) return;
    const steps = (domain: AppDomain) => stepOf(domain.state);
    const domains = domainConfig(before, wanted.spec, steps);
    const step = { ...deploy, name: "domains", timeoutMs: session.options.services.deploymentTimeoutMs };
    try {
      await session.step(step, { ...wanted, domains });
    } catch (error) {
      if (!(error instanceof AutomationError) || error.code !== "DEPLOY_FAILED") throw error;
      await settle(session, moving, () => refusal(error));
      await restore(session, wanted, await current());
      return;
    }
    await settle(session, moving, ({ state, service }) => ({ state: after(state, service, wanted.spec) }));
  }
}

/** Takes over records that were told, and looks for them. */
async function verify(
  session: JobSession,
  spec: AppSpec,
  told: ReadonlyMap<string, readonly DnsRecord[]>,
): Promise<void> {
  const { lease, services } = session.options;
  const known = Object.values((await lease.app()).domains ?? {});
  const waiting = known.filter(({ state }) => state === "requested" || state === "records");
  const config = new Map(
    domainConfig(Object.fromEntries(waiting.map((each) => [each.host, each])), spec).map((each) => [
      each.hostName,
      each,
    ]),
  );
  const found = await Promise.all(
    waiting.map(async (domain) => {
      const records = told.get(domain.host) ?? domain.records;
      const service = config.get(domain.host)?.service ?? domain.service;
      if (records.length === 0) return [domain.host, { service, records }] as const;
      const problems = await wrongRecords(services.lookupDns, records);
      if (problems.length === 0) return [domain.host, { service, records, state: "verified" as const }] as const;
      return [
        domain.host,
        {
          service,
          records,
          state: "records" as const,
          ...problem("DOMAIN_RECORDS_MISSING", { problems: problems.join("; "), host: domain.host, app: lease.appId }),
        },
      ] as const;
    }),
  );
  const changes = new Map<string, Partial<AppDomain>>(found);
  await settle(session, waiting, ({ host }) => changes.get(host) ?? {});
}

/** Writes down where domains are now, and says so. What was taken away meanwhile stays away. */
async function settle(
  session: JobSession,
  moved: readonly AppDomain[],
  change: (domain: AppDomain) => Partial<AppDomain>,
): Promise<void> {
  if (moved.length === 0) return;
  const updatedAt = new Date(session.options.store.now()).toISOString();
  await session.commit((_job, app) => {
    const { domains = {} } = app;
    const next = moved.flatMap((each) => {
      const known = domains[each.host];
      if (!known || known.state !== each.state) return [];
      const { problem: _, ...rest } = known;
      return [{ ...rest, ...change(known), updatedAt } satisfies AppDomain];
    });
    const all: AppDomains = { ...domains, ...Object.fromEntries(next.map((each) => [each.host, each])) };
    return { app: { domains: all }, events: next.map(eventOf) };
  });
}

/** The stack without the step that failed. */
async function restore(session: JobSession, wanted: DeployInput, domains: AppDomains): Promise<void> {
  const step = { ...deploy, name: "domains", timeoutMs: session.options.services.deploymentTimeoutMs };
  await session.step(step, { ...wanted, domains: domainConfig(domains, wanted.spec) });
}

function after(state: DomainState, service: string, spec: AppSpec): DomainState {
  const isSite = spec.services.some(({ name, kind }) => name === service && kind === "static");
  return state === "verified" && !isSite ? "issued" : "bound";
}

function refusal(error: AutomationError): Partial<AppDomain> {
  return { state: "failed", ...problem("DOMAIN_REFUSED", { host: "Azure", reason: error.message }) };
}

function problem(code: "DOMAIN_RECORDS_MISSING" | "DOMAIN_REFUSED", details: Readonly<Record<string, unknown>>) {
  const { detail, fix } = toErrorRecord(new AutomationError(code, details));
  return { problem: { code, detail, fix } };
}

function eventOf({ host, state, problem: why }: AppDomain): NewEvent {
  const level = state === "failed" ? "error" : why ? "warning" : "info";
  const message = why ? `${host}: ${why.detail}` : `${host}: ${WORDS[state]}`;
  return { type: "domain", level, message, data: { host, state } };
}

const WORDS: Readonly<Record<DomainState, string>> = {
  requested: "its records are not known yet",
  records: "its records are to be set",
  verified: "its records are set",
  issued: "it has a certificate",
  bound: "it answers",
  failed: "it was refused",
};

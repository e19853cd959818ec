import { randomUUID } from "node:crypto";
import type { Database } from "@azure/cosmos";
import type { TokenCredential } from "@azure/identity";
import type { ServiceBusClient } from "@azure/service-bus";
import type { AgentHost } from "../agents/agentHost.ts";
import { Abandoned, type Surroundings } from "../care/abandoned.ts";
import { AgentSweeper } from "../care/agentSweeper.ts";
import { DriftWatch } from "../care/driftWatch.ts";
import { Expirer } from "../care/expirer.ts";
import { expiryRules } from "../care/expiry.ts";
import { ImageCleaner, imageRegistry } from "../care/images.ts";
import { Chores } from "../jobs/chores.ts";
import { JobLedger } from "../jobs/ledger.ts";
import type { Outbox } from "../jobs/outbox.ts";
import type { Reservations } from "../jobs/reservations.ts";
import { Retention } from "../jobs/retention.ts";
import type { LedgerStore, ProjectionStore } from "../jobs/store.ts";
import type { Logger } from "../logger.ts";
import { createDeadLetters } from "../queue/deadLetters.ts";
import type { Redactor } from "../redact.ts";
import type { LimitsOf } from "../schedule/limits.ts";
import { Reconciler } from "../schedule/reconcile.ts";
import type { Scheduler } from "../schedule/scheduler.ts";
import type { WorkerSettings } from "../settings.ts";
import type { WorkflowServices } from "../workflow/services.ts";
import { connectSender } from "./connectSender.ts";

interface ChoreParts {
  readonly store: LedgerStore & ProjectionStore;
  readonly database: Database;
  readonly bus: ServiceBusClient;
  readonly scheduler: Scheduler;
  readonly reservations: Reservations;
  readonly outbox: Outbox;
  readonly limits: LimitsOf;
  readonly surroundings: Surroundings;
  readonly agentHost: Pick<AgentHost, "sweep">;
  readonly services: Pick<WorkflowServices, "artifacts" | "registry">;
  readonly credential: TokenCredential;
  readonly redactor: Redactor;
  readonly log: Logger;
}

/** Starts what one worker at a time does for all: repairs, clean-up, expiries, drift, leftovers, notifications. */
export function startChores(
  env: Readonly<Record<string, string | undefined>>,
  now: () => WorkerSettings,
  parts: ChoreParts,
): { readonly stop: () => void } {
  const { store, database, bus, scheduler, reservations, limits, surroundings, log } = parts;
  const { credential, redactor, services } = parts;
  const { artifacts, registry } = services;
  const settings = now();
  const { dispatch } = parts.outbox;
  const chores = new Chores(store, randomUUID());
  const ledger = new JobLedger({ store, limitsOf: limits, dispatch });
  const rules = () => expiryRules(now());
  const { DEVFACTORY_KEEP_DAYS: keepDays, DEVFACTORY_DRIFT_HOURS: everyHours } = settings;
  const deadLetters = createDeadLetters(bus, settings.DEVFACTORY_QUEUE);
  const all = [
    new Reconciler({ store, scheduler, reservations, deadLetters, chores, log }),
    new Retention({ store, chores, log, artifacts, keepDays }),
    new ImageCleaner({
      registry: imageRegistry(registry.loginServer, credential),
      ...{ store, keepDays, chores, log },
    }),
    new Expirer({ store, dispatch, ledger, rules, chores, log }),
    new AgentSweeper({ host: parts.agentHost, chores, log }),
    new DriftWatch({ store, ledger, everyHours, chores, log }),
    new Abandoned({ store, projections: store, surroundings, graceMs: () => rules().graceMs, chores, log }),
    connectSender(env, now, { store, database, chores, log, credential, redactor }),
  ];
  for (const each of all) each.start();
  return {
    stop() {
      for (const each of all) each.stop();
    },
  };
}

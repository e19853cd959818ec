import { randomUUID } from "node:crypto";
import type { ServiceBusClient } from "@azure/service-bus";
import { Abandoned } from "../care/abandoned.ts";
import { DriftWatch } from "../care/driftWatch.ts";
import { Expirer } from "../care/expirer.ts";
import { expiryRules } from "../care/expiry.ts";
import { ImageCleaner, imageRegistry } from "../care/images.ts";
import { surroundings } from "../care/surroundings.ts";
import type { Deployer } from "../deploy/deployer.ts";
import { Chores } from "../jobs/chores.ts";
import { JobLedger } from "../jobs/ledger.ts";
import type { Outbox } from "../jobs/outbox.ts";
import type { Reservations } from "../jobs/reservations.ts";
import { Retention } from "../jobs/retention.ts";
import type { LedgerStore, ProjectionStore } from "../jobs/store.ts";
import type { Logger } from "../logger.ts";
import type { FactSource } from "../preflight/gatherFacts.ts";
import { createDeadLetters } from "../queue/deadLetters.ts";
import { Reconciler } from "../schedule/reconcile.ts";
import type { Scheduler } from "../schedule/scheduler.ts";
import { currentLimits, type WorkerSettings } from "../settings.ts";
import type { WorkflowServices } from "../workflow/services.ts";

export interface ChoreParts {
  readonly now: () => WorkerSettings;
  readonly store: LedgerStore & ProjectionStore;
  readonly bus: ServiceBusClient;
  readonly scheduler: Scheduler;
  readonly reservations: Reservations;
  readonly outbox: Outbox;
  readonly deployer: Deployer;
  readonly services: WorkflowServices;
  readonly azure: FactSource;
  readonly log: Logger;
}

/** Starts what one worker of all does from time to time, whoever comes first. @returns a function that ends it */
export function startChores(parts: ChoreParts): () => void {
  const { now, store, bus, scheduler, reservations, outbox, deployer, services, azure, log } = parts;
  const settings = now();
  const chores = new Chores(store, randomUUID());
  const shared = { store, chores, log };
  const { dispatch } = outbox;
  const ledger = new JobLedger({ store, limitsOf: currentLimits(now), dispatch });
  const deadLetters = createDeadLetters(bus, settings.DEVFACTORY_QUEUE);
  const { DEVFACTORY_KEEP_DAYS: keepDays, DEVFACTORY_DRIFT_HOURS: everyHours } = settings;
  const { artifacts, registry } = services;
  const around = surroundings(azure, deployer, registry.loginServer);
  const graceMs = () => expiryRules(now()).graceMs;
  const all = [
    new Reconciler({ ...shared, scheduler, reservations, deadLetters }),
    new Retention({ ...shared, artifacts, keepDays }),
    new ImageCleaner({ ...shared, registry: imageRegistry(registry.loginServer, azure.credential), keepDays }),
    new Expirer({ ...shared, dispatch, ledger, rules: () => expiryRules(now()) }),
    new DriftWatch({ ...shared, ledger, everyHours }),
    new Abandoned({ ...shared, projections: store, surroundings: around, graceMs }),
  ];
  for (const each of all) each.start();
  return () => {
    for (const each of all) each.stop();
  };
}

import type { ContainerClient } from "@azure/storage-blob";
import type { AgentRunner } from "../agents/agentRunner.ts";
import type { RegistryBuilder } from "../build/registryBuilder.ts";
import type { DeletedResource, HeldNames } from "../care/freeNames.ts";
import type { AppRevisions } from "../deploy/appRevisions.ts";
import type { Deployer } from "../deploy/deployer.ts";
import type { DnsLookup } from "../deploy/dnsRecords.ts";
import type { PlannedResource } from "../deploy/messages.ts";
import type { GitProvider } from "../keys/keyStore.ts";
import type { Pushed, VersionToPush } from "../repos/pushVersion.ts";
import type { AskAzure } from "./askAzure.ts";
import type { RecordPlan } from "./decidePolicies.ts";
import type { PolicyTerms } from "./judgePolicies.ts";

export interface CostEstimate {
  /** Per month, before tax, in US dollars, two places. */
  readonly monthlyUsd: number;
  /** Parts that the sum leaves out: without a price, or not known yet. Absent when there are none. */
  readonly unpricedParts?: number;
  readonly pricesAsOf: string;
  readonly unsupported: readonly string[];
  readonly resources: readonly { readonly name: string; readonly type: string; readonly monthlyUsd: number | null }[];
}

/** The doors of a worker to the outside; each is a real client, made once in `worker/main.ts`. */
export interface WorkflowServices {
  readonly agents: Pick<AgentRunner, "run" | "clear" | "closeDoors">;
  /** Containers `workspaces` and `jobs`. */
  readonly workspaces: ContainerClient;
  readonly artifacts: ContainerClient;
  readonly builder: RegistryBuilder;
  readonly deployer: Deployer;
  /** Repositories of people that keep versions of apps. */
  readonly repos: {
    /** What the tenant brought for a provider. @throws {AutomationError} `KEY_NOT_FOUND` and what else a key store says */
    readonly token: (tenantId: string, provider: GitProvider) => Promise<string>;
    /** As `automation/repos/pushVersion.ts`. */
    readonly push: (version: VersionToPush, token: string, signal: AbortSignal) => Promise<Pushed>;
  };
  /** Asks name servers for records of people's domains. */
  readonly lookupDns: DnsLookup;
  readonly revisions: Pick<AppRevisions, "notReady" | "lastLines">;
  readonly estimate: (plan: readonly PlannedResource[], region: string) => CostEstimate;
  readonly askAzure: AskAzure;
  readonly recordPlan: RecordPlan;
  /** Frees what Azure holds of an app's names, or of those among them that are given. */
  readonly freeNames: (appId: string, signal: AbortSignal, only?: readonly string[]) => Promise<HeldNames>;
  /** What Azure keeps of an app although it was deleted. */
  readonly deletedOf: (appId: string, signal: AbortSignal) => Promise<readonly DeletedResource[]>;
  /** What broken rules mean, and the operator's exceptions. */
  readonly policies: PolicyTerms;
  readonly registry: { readonly id: string; readonly loginServer: string };
  /** Entra group that administers the Postgres servers of apps. */
  readonly operatorGroup?: { readonly objectId: string; readonly groupName: string };
  /** Mail addresses that are told when an app has spent its budget. */
  readonly notify: readonly string[];
  /** Scheme of addresses shown to people. */
  readonly appScheme: "http" | "https";
  /** Whether apps get replicas by their load. */
  readonly autoScaling: boolean;
  /** Whether apps may run in several regions. */
  readonly multiRegion: boolean;
  readonly maxRepairs: number;
  readonly defaultBudgetUsd: number;
  readonly deploymentTimeoutMs: number;
  /** From the request of a cancel to its end. @default 300000 */
  readonly cancelBudgetMs?: number;
}

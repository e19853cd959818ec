import type { Drifted } from "../care/drift.ts";
import type { DnsRecord } from "../jobs/domains.ts";
import type { ServiceAddress } from "../jobs/serviceAddress.ts";

/** A resource as the preview resolved it. */
export interface PlannedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** `create`, `update`, `replace`, `delete`, `same` … (Pulumi's operation names). */
  readonly operation: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** URN of the component, or the stack, that it belongs to. */
  readonly parent?: string;
  /** A component: only its children are something in Azure. */
  readonly component?: true;
  /** Of a replacement: the properties that force it. */
  readonly replaceKeys?: readonly string[];
}

export interface DeployRequest {
  /** `recover`: only that, and what is there is told. `drift` compares and changes nothing; `list` only names the stacks of the program. */
  readonly kind: "up" | "destroy" | "recover" | "drift" | "list";
  readonly stack: string;
  /** Folder of the Pulumi program. */
  readonly workDir: string;
  /** Plain configuration values by full key (`devfactory:spec`). */
  readonly config: Readonly<Record<string, string>>;
  /** Folder whose `bin/pulumi` is the engine; absent: the one on PATH. */
  readonly pulumiRoot?: string;
  /** An earlier deployment of the stack did not say its end: what it left undone is sorted out first. */
  readonly recover: boolean;
  /** Machines whose locks on the stack are void: they lost the app's lease. */
  readonly formerHosts: readonly string[];
  /** How long somebody else on the stack is waited for. @default 120000 */
  readonly lockWaitMs?: number;
  /** How long Azure is waited for when it says that it is busy, all waits together. @default 600000 */
  readonly azureWaitMs?: number;
  /** Of `up`: the state first learns what Azure has now, so that what others changed is put back. */
  readonly refresh?: boolean;
  /** W3C trace context that its spans stand under: a process that was prepared learns it only here. */
  readonly traceparent?: string;
}

/** A resource that a stack has made. */
export interface StockItem {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** In Azure. */
  readonly id: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** A step of a recovery, as people and the audit trail read it. */
export interface RecoveryNote {
  readonly action: "lock-dropped" | "lock-waited" | "restored" | "adopted" | "forgotten" | "refused" | "refreshed";
  readonly message: string;
  readonly urn?: string;
  /** In Azure. */
  readonly id?: string;
}

/** What the worker tells the deployment process. */
export type ToChild =
  /** Are you there? Answered by `here`. */
  | { readonly type: "hello" }
  /** Work will come: get what needs no stack. */
  | { readonly type: "prepare"; readonly pulumiRoot?: string }
  | { readonly type: "run"; readonly request: DeployRequest }
  /** The plan was accepted: go on. */
  | { readonly type: "proceed" }
  /** Stop softly: running operations finish, the state is saved. */
  | { readonly type: "cancel" }
  | { readonly type: "beat" };

export interface DeployOutputs {
  readonly url?: string;
  readonly services: readonly ServiceAddress[];
  readonly resourceGroupName?: string;
  /** What owners of domains set in their zones. */
  readonly domains?: readonly { readonly hostName: string; readonly records: readonly DnsRecord[] }[];
}

/** What a deployment hands back. */
export interface DeployResult {
  readonly outputs: DeployOutputs;
  readonly changes: Readonly<Record<string, number>>;
  /** Of a destroy: what is in the app's groups and not the app's, by id. */
  readonly kept?: readonly string[];
  /** Of a recovery: what the state had before it, and what is there. */
  readonly stock?: { readonly before: readonly StockItem[]; readonly after: readonly StockItem[] };
  /** Of `list`. */
  readonly stacks?: readonly string[];
  /** Of `drift`. */
  readonly drift?: readonly Drifted[];
}

export type FailureKind = "deploy" | "busy" | "locked" | "foreign" | "broken" | "cancelled" | "internal";

/** What the deployment process tells the worker. */
export type FromChild =
  | { readonly type: "here" }
  | { readonly type: "plan"; readonly resources: readonly PlannedResource[] }
  | {
      readonly type: "resource";
      readonly phase: "started" | "done" | "failed";
      readonly operation: string;
      readonly urn: string;
      readonly resourceType: string;
      readonly sequence: number;
    }
  | {
      readonly type: "log";
      readonly level: "info" | "warning" | "error";
      readonly message: string;
      readonly urn?: string;
    }
  | ({ readonly type: "recovery" } & RecoveryNote)
  | { readonly type: "waiting"; readonly reason: string; readonly seconds: number; readonly usedSeconds: number }
  | ({ readonly type: "done" } & DeployResult)
  | { readonly type: "failed"; readonly kind: FailureKind; readonly message: string };

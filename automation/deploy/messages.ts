import type { Drifted } from "../care/drift.ts";
import type { ServiceAddress } from "../jobs/documents.ts";

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
  /** `drift` compares and changes nothing; `list` only names the stacks of the program. */
  readonly kind: "up" | "destroy" | "drift" | "list";
  readonly stack: string;
  /** Folder of the Pulumi program. */
  readonly workDir: string;
  /** Plain configuration values by full key (`devfactory:spec`). */
  readonly config: Readonly<Record<string, string>>;
  /** Folder whose `bin/pulumi` is the engine; absent: the one on PATH. */
  readonly pulumiRoot?: string;
  /** A process of an earlier attempt may have died in the middle: drop its lock and refresh first. */
  readonly recover: boolean;
  /** Of `up`: the state first learns what Azure has now, so that what others changed is put back. */
  readonly refresh?: boolean;
  /** W3C trace context that its spans stand under: a process that was prepared learns it only here. */
  readonly traceparent?: string;
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
}

/** What a deployment left. */
export interface Done {
  readonly outputs: DeployOutputs;
  readonly changes: Readonly<Record<string, number>>;
  /** Of `list`. */
  readonly stacks?: readonly string[];
  /** Of `drift`. */
  readonly drift?: readonly Drifted[];
}

export type FailureKind = "deploy" | "locked" | "cancelled" | "internal";

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
  | ({ readonly type: "done" } & Done)
  | { readonly type: "failed"; readonly kind: FailureKind; readonly message: string };

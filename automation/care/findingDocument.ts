import type { Base } from "../jobs/documents.ts";

/** Something that was left behind: a resource group or a stack without its app, or a live app without a stack. */
export interface FindingDocument extends Base {
  readonly type: "finding";
  readonly kind: "group" | "stack" | "app";
  readonly name: string;
  readonly appId: string;
  /** Empty where nothing says whose it is. */
  readonly tenantId: string;
  /** Of a group: its expiry tag. */
  readonly expiresAt?: string;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
}

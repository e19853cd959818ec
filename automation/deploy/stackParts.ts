import { withoutSecrets } from "@devfactory/checks/plan/resource.ts";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import type { StockItem } from "./messages.ts";
import { nameOf } from "./planRecorder.ts";

interface StateRow {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly custom?: boolean;
  readonly external?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

/** What a stack has made and not removed, as its state says: no providers, components and secrets. */
export async function stockOf(stack: Stack): Promise<readonly StockItem[]> {
  const { deployment } = await stack.exportStack();
  const rows = (deployment as { readonly resources?: readonly StateRow[] } | null)?.resources ?? [];
  return rows
    .filter(({ custom, external, type }) => custom && !external && !type.startsWith("pulumi:"))
    .flatMap(({ urn, type, id, inputs }) =>
      id ? [{ urn, type, id, name: nameOf(urn), inputs: withoutSecrets(inputs ?? {}) as StockItem["inputs"] }] : [],
    );
}

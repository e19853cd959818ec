import { Group } from "@pulumi/azuread/group.js";
import * as pulumi from "@pulumi/pulumi";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

export interface EntraGroupArgs extends ComponentArgs {
  /** Shown to people; Postgres servers know the group under it. */
  readonly displayName: string;
  readonly transform?: { readonly group?: Transform<ArgsOf<typeof Group>> };
}

/**
 * People who get the same rights (Microsoft Entra ID security group). Creates `group`. It is empty at first; who is in it is kept in the
 * directory, not here, and a deployment never changes it. Cost class: free.
 * Grants: none.
 *
 * Limits: whoever deploys must be allowed to make groups in the directory.
 *
 * @example A group that administers a database server
 * ```ts
 * const operators = new EntraGroup("operators", { context, displayName: "Shop operators" });
 * new PostgresServer("db", { context, databases: ["shop"], administrators: { operators } });
 * ```
 *
 * @example A group that rules a server of SQL
 * ```ts
 * const owners = new EntraGroup("owners", { context, displayName: "Shop database owners" });
 * const administrator = { kind: "Group", name: owners.groupName, objectId: owners.objectId } as const;
 * new SqlServerless("sql", { context, administrator, databases: { inventory: {} } });
 * ```
 */
export class EntraGroup extends AzureComponent<EntraGroupArgs> {
  /** Object id in Entra ID. */
  readonly objectId: pulumi.Output<string>;
  /** Display name. */
  readonly groupName: pulumi.Output<string>;

  constructor(name: string, args: EntraGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("EntraGroup", name, args, opts, ["group"]);
    const { displayName } = args;
    const group = this.child("group", Group, { displayName, securityEnabled: true });
    this.objectId = group.objectId;
    this.groupName = pulumi.output(displayName);
    this.registerOutputs({ objectId: this.objectId });
  }
}

/** What a role may do; `*` stands for any text. */
export interface RolePermissions {
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
  readonly dataActions?: readonly string[];
  readonly notDataActions?: readonly string[];
}

export interface BuiltInRole extends RolePermissions {
  readonly id: string;
  readonly name: string;
}

const AUTHORIZATION_READ = "Microsoft.Authorization/*/read";
const GROUP_READ = "Microsoft.Resources/subscriptions/resourceGroups/read";
const DEPLOYMENTS = "Microsoft.Resources/deployments/*";
const ALERTS = "Microsoft.Insights/alertRules/*";
/** What almost every contributor of one service gets besides. */
export const COMMON = [AUTHORIZATION_READ, ALERTS, DEPLOYMENTS, GROUP_READ, "Microsoft.Support/*"] as const;

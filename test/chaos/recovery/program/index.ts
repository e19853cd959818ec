// Ten resources of Azure's control plane in shapes that meet a death in different places. The app's title says which: `chain 1`.
import * as pulumi from "@pulumi/pulumi";

type Inputs = Record<string, unknown>;

/** A class of azure-native without its SDK, which takes longer to load than these deployments last. */
class Azure extends pulumi.CustomResource {
  constructor(type: string, name: string, inputs: Inputs, opts?: pulumi.CustomResourceOptions) {
    super(`azure-native:${type}`, name, inputs, opts);
  }
}

const config = new pulumi.Config("devfactory");
const { title } = JSON.parse(config.require("spec")) as { title: string };
const { appId } = JSON.parse(config.require("deployment")) as { appId: string };
const [shape = "", round = "1"] = title.split(" ");
const tags = { "devfactory-app": appId };
const group = `rg-${appId}`;
const top = new Azure("resources:ResourceGroup", "group", { resourceGroupName: group, location: "eastus", tags });
const inGroup = { resourceGroupName: group, location: "eastus" };

function identity(number: number, after: readonly pulumi.Resource[], own: Inputs = {}): Azure {
  const inputs = { ...inGroup, resourceName: `id-${number}-${appId}`, tags: { ...tags, round: "1" }, ...own };
  return new Azure("managedidentity:UserAssignedIdentity", `id-${number}`, inputs, { dependsOn: [...after] });
}

/** Each waits for the one before. */
function chain(): void {
  let last: pulumi.Resource = top;
  for (let number = 1; number < 10; number++) last = identity(number, [last]);
}

/** All at once, of several types. */
function wide(): void {
  for (let number = 1; number <= 5; number++) identity(number, [top]);
  const workspace = { ...inGroup, workspaceName: `log-${appId}`, sku: { name: "PerGB2018" }, tags };
  new Azure("operationalinsights:Workspace", "logs", workspace, { dependsOn: top });
  const space = { addressSpace: { addressPrefixes: ["10.0.0.0/16"] } };
  const network = { ...inGroup, virtualNetworkName: `vnet-${appId}`, ...space, tags };
  const made = new Azure("network:VirtualNetwork", "network", network, { dependsOn: top });
  for (const [index, name] of ["a", "b"].entries()) {
    const subnet = { ...inGroup, location: undefined, virtualNetworkName: `vnet-${appId}`, subnetName: name };
    const inputs = { ...subnet, addressPrefix: `10.0.${index}.0/24` };
    new Azure("network:Subnet", name, inputs, { dependsOn: made });
  }
}

/** The second round moves three (the old goes first) and renames three (the new comes first); the rest follows. */
function replaced(): void {
  const again = round === "2";
  const moved = again ? { location: "westeurope" } : {};
  const made: pulumi.Resource[] = [top];
  for (let number = 1; number <= 3; number++) {
    const inputs = { ...inGroup, resourceName: `id-${number}-${appId}`, tags, ...moved };
    const opts = { dependsOn: top, deleteBeforeReplace: true };
    made.push(new Azure("managedidentity:UserAssignedIdentity", `id-${number}`, inputs, opts));
  }
  for (let number = 4; number <= 6; number++)
    identity(number, [top], again ? { resourceName: `new-${number}-${appId}` } : {});
  for (let number = 7; number <= 9; number++) identity(number, made, { tags: { ...tags, round } });
}

/** The second round drops four, changes two and adds four. */
function deleted(): void {
  const again = round === "2";
  identity(1, [top], { tags: { ...tags, round } });
  identity(2, [top], { tags: { ...tags, round } });
  for (let number = 3; number <= 5; number++) identity(number, [top]);
  for (let number = 6; number <= 9; number++) identity(again ? number + 10 : number, [top]);
}

/** An identity that is protected in the first round, beside a vault. */
function guarded(): void {
  const inputs = { ...inGroup, resourceName: `id-1-${appId}`, tags };
  const protect = round === "1";
  new Azure("managedidentity:UserAssignedIdentity", "id-1", inputs, { dependsOn: top, protect });
  const tenantId = process.env.AZURE_TENANT_ID;
  const sku = { family: "A", name: "standard" };
  const properties = { tenantId, sku, enableRbacAuthorization: true, accessPolicies: [] };
  const vault = { ...inGroup, vaultName: `kv-${appId}`, properties, tags };
  new Azure("keyvault:Vault", "vault", vault, { dependsOn: top });
}

/** A lock on an identity, and a right on it that does not depend on the lock, as a consumer has one. */
function locked(): void {
  const first = identity(1, [top]) as Azure & { readonly id: pulumi.Output<string> };
  const scope = first.id;
  new Azure("authorization:ManagementLockByScope", "lock", { scope, lockName: "keep", level: "CanNotDelete" });
  const reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
  const roleDefinitionId = `/subscriptions/${process.env.ARM_SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/${reader}`;
  const principal = { principalId: "44444444-4444-4444-8444-444444444444", principalType: "Group" };
  const roleAssignmentName = "5c9d1a52-0f6e-4c1b-9a43-3f5a1d6f7b10";
  new Azure("authorization:RoleAssignment", "right", { scope, roleAssignmentName, roleDefinitionId, ...principal });
}

const SHAPES: Readonly<Record<string, () => void>> = { chain, wide, replaced, deleted, guarded, locked };
SHAPES[shape]?.();

export const url = "";
export const services: readonly never[] = [];
export const resourceGroupName = group;

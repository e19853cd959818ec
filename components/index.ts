export { type AppDomain, ContainerApp, type ContainerAppArgs } from "./compute/containerApp.ts";
export { ContainerEnvironment, type ContainerEnvironmentArgs } from "./compute/containerEnvironment.ts";
export { ContainerGroup, type ContainerGroupArgs } from "./compute/containerGroup.ts";
export { ContainerJob, type ContainerJobArgs, type JobTrigger } from "./compute/containerJob.ts";
export { FunctionApp, type FunctionAppArgs, type FunctionRuntime } from "./compute/functionApp.ts";
export { KubernetesCluster, type KubernetesClusterArgs, type KubernetesWorkload } from "./compute/kubernetesCluster.ts";
export type { LinkedArgs } from "./compute/linkedComponent.ts";
export { type SessionKind, SessionPool, type SessionPoolArgs } from "./compute/sessionPool.ts";
export type { SiteBaseArgs, WebDomain } from "./compute/site.ts";
export { WebAppForContainers, type WebAppForContainersArgs } from "./compute/webAppForContainers.ts";
export type { Sidecar, WorkloadArgs } from "./compute/workload.ts";
export { AppConfiguration, type AppConfigurationArgs, type ConfigAccess } from "./config/appConfiguration.ts";
export { Access, type AccessArgs, afterOthers, type GrantRow, grantReport, type Principal } from "./core/access.ts";
export type { AlertRule, AlertRules, Alerts } from "./core/alerts.ts";
export { AzureComponent, type ComponentArgs } from "./core/component.ts";
export type { AppContext, ContextSettings, EndpointNetwork } from "./core/context.ts";
export { CROSS_CUT_SLOTS, type CrossCut, type CrossCutArgs, type CrossCutTransforms } from "./core/crossCut.ts";
export type { Diagnostics, LogGroup } from "./core/diagnostics.ts";
export type { DomainRecord, DomainStep } from "./core/domain.ts";
export { upperSnake } from "./core/environment.ts";
export { ComponentError, type ComponentErrorCode } from "./core/errors.ts";
export { type Existing, isExisting } from "./core/existing.ts";
export type { Identity } from "./core/identity.ts";
export type { DataGrant, LinkGrant, RoleGrant } from "./core/link.ts";
export { type Describe, type Linkable, linkable } from "./core/linkable.ts";
export type { Lock } from "./core/lock.ts";
export { NAMES, type NamedType, physicalName } from "./core/naming.ts";
export { allDatabaseSteps, type DatabaseStep } from "./core/postgresAccess.ts";
export type { PrivateEndpoints } from "./core/privateEndpoint.ts";
export { PRIVATE_LINK, type PrivateLinkName } from "./core/privateLink.ts";
export { type Profile, STAGE } from "./core/profile.ts";
export type { RoleAssignment, RoleAssignments } from "./core/roleAssignments.ts";
export {
  APP_ROLES,
  COSMOS_ROLES,
  delegationCondition,
  type OtherRole,
  ROLES,
  type RoleName,
  roleOf,
} from "./core/roles.ts";
export { type Reached, type ReaderEntry, readerEntries, runtimeReader } from "./core/runtimeReader.ts";
export { SQL_ROLES, type SqlAccess, type SqlStep, sqlSteps } from "./core/sqlAccess.ts";
export type { DelegatedSubnets, SubnetUse } from "./core/subnets.ts";
export { mapInput, type Transform } from "./core/transform.ts";
export type { Cpu } from "./core/units.ts";
export {
  CosmosAccount,
  type CosmosAccountArgs,
  type CosmosCapacity,
  type CosmosContainers,
  type CosmosDatabase,
} from "./data/cosmosAccount.ts";
export {
  type PostgresAdministrators,
  type PostgresDatabase,
  PostgresServer,
  type PostgresServerArgs,
} from "./data/postgresServer.ts";
export { POSTGRES_DISKS, POSTGRES_SKUS, type PostgresDisk, type PostgresSku } from "./data/postgresSizes.ts";
export {
  type SqlDatabase,
  type SqlDatabaseOptions,
  SqlServerless,
  type SqlServerlessArgs,
} from "./data/sqlServerless.ts";
export { type LinkedContainer, StorageAccount, type StorageAccountArgs } from "./data/storageAccount.ts";
export {
  type ApiAccess,
  ApiManagement,
  type ApiManagementArgs,
  type ApiOptions,
  type ApiProduct,
  type GatewayDomain,
  type LinkedApi,
  type Webhook,
} from "./edge/apiManagement.ts";
export {
  type DoorDomain,
  type ExistingFrontDoor,
  FrontDoor,
  type FrontDoorArgs,
  type FrontDoorFirewall,
  type FrontDoorOrigin,
} from "./edge/frontDoor.ts";
export { Relay, type RelayAccess, type RelayArgs, type RelayConnection } from "./messaging/relay.ts";
export {
  type BusQueue,
  type BusTopic,
  type QueueOptions,
  ServiceBus,
  type ServiceBusArgs,
  type TopicOptions,
} from "./messaging/serviceBus.ts";
export { ContainerImage, type ContainerImageArgs } from "./registry/containerImage.ts";
export {
  ContainerRegistry,
  type ContainerRegistryArgs,
  type ImageStore,
  type KnownRegistry,
} from "./registry/containerRegistry.ts";
export { EntraApp, type EntraAppArgs } from "./security/entraApp.ts";
export { EntraGroup, type EntraGroupArgs } from "./security/entraGroup.ts";
export { GitHubFederation, type GitHubFederationArgs, type GitHubSubject } from "./security/gitHubFederation.ts";
export { KeyVault, type KeyVaultArgs, type VaultSecret } from "./security/keyVault.ts";
export { Budget, type BudgetArgs, type BudgetThreshold } from "./shared/budget.ts";
export { type ExistingMonitoring, Monitoring, type MonitoringArgs, type Receivers } from "./shared/monitoring.ts";
export { Network, type NetworkArgs } from "./shared/network.ts";
export { createContext } from "./shared/resourceGroup.ts";
export { type SiteDomain, StaticWebApp, type StaticWebAppArgs } from "./web/staticWebApp.ts";

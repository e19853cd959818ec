import type { AccessControl, EmulatorContext, EmulatorService } from "../core/context.ts";
import { type Listener, listen } from "../core/listener.ts";
import type { ResourceHooks, ResourceReader } from "../core/resources.ts";
import { Limits } from "./capacity/limits.ts";
import { budgetHooks, Costs } from "./costs/costs.ts";
import type { IdentityDirectory } from "./identity.ts";
import { OperationStore } from "./operations.ts";
import type { ControlPlane } from "./plane.ts";
import { Registrations } from "./registrations.ts";
import { RoleAccess } from "./roles/access.ts";
import { roleHooks } from "./roles/assignments.ts";
import { enqueue, runDelete, runPut } from "./run.ts";
import { armHandler, type Interceptor } from "./server.ts";
import { newEtag, ResourceStore } from "./store.ts";

export { BUILT_IN_ROLES, builtInRole } from "./roles/builtIn.ts";

/** The house without what ARM itself brings to it. */
export type ArmContext = Omit<EmulatorContext, "resources" | "access">;

export interface ArmOptions {
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly directory: IdentityDirectory;
  /** Base address of Entra, for challenges. */
  readonly authority: () => string;
  /** Milliseconds that an answer waits for a service before it becomes a long-running operation. @default 150 */
  readonly patienceMs?: number;
  readonly intercept?: Interceptor;
}

/** The control plane of the local Azure. */
export interface Arm {
  readonly store: ResourceReader;
  readonly access: AccessControl;
  /** Quotas and regions, for tests and operators. */
  readonly limits: Limits;
  /** What groups cost, for tests and operators. */
  readonly costs: Costs;
  /** Gives a principal a role without a caller, for seeds. Idempotent. */
  seedAssignment(name: string, principalId: string, roleId: string, scope: string): void;
  /** Opens the port; the services have started. */
  start(services: readonly EmulatorService[]): Promise<void>;
  /** Runs the interrupted operations again, in the background. */
  resume(): void;
  readonly url: string;
  stop(): Promise<void>;
}

const PATIENCE_MS = 150;

/** Makes ARM over the shared database. Resources are readable at once; requests are served after `start`. */
export function createArm(context: ArmContext, options: ArmOptions): Arm {
  const { subscriptionId, tenantId, directory, authority } = options;
  const { clock, database, log, tokens } = context;
  const store = new ResourceStore(database);
  const access = new RoleAccess(store, directory);
  const operations = new OperationStore(database, clock);
  const limits = new Limits(database);
  const costs = new Costs(database, clock, store);
  const hooks = new Map<string, ResourceHooks>();
  const running: ControlPlane["running"] = new Map();
  const patienceMs = options.patienceMs ?? PATIENCE_MS;
  const plane: ControlPlane = {
    subscriptionId,
    tenantId,
    store,
    operations,
    registrations: new Registrations(database),
    limits,
    costs,
    access,
    directory,
    tokens,
    clock,
    log,
    hooks,
    running,
    patienceMs,
  };
  register(hooks, roleHooks({ store, access, directory, clock, subscriptionId }));
  register(hooks, budgetHooks(costs, clock));
  let listener: Listener | undefined;
  return {
    store,
    access,
    limits,
    costs,
    seedAssignment: (name, principalId, roleId, scope) => seed(plane, { name, principalId, roleId, scope }),
    async start(services) {
      for (const service of services) register(hooks, service.hooks);
      operations.trim();
      const handler = armHandler(plane, authority, options.intercept ?? ((_, serve) => serve()));
      listener = await listen({
        port: await context.ports.portFor("arm"),
        certificates: context.certificates,
        handler,
      });
    },
    resume: () => resume(plane),
    get url() {
      return listener?.url ?? "";
    },
    async stop() {
      await listener?.close();
      listener = undefined;
    },
  };
}

function register(hooks: Map<string, ResourceHooks>, added: readonly ResourceHooks[]): void {
  for (const hook of added) hooks.set(hook.type.toLowerCase(), hook);
}

function resume(plane: ControlPlane): void {
  for (const operation of plane.operations.interrupted()) {
    if (operation.kind === "action") {
      plane.operations.fail(operation, new Error("The operation was interrupted."));
      continue;
    }
    const run = operation.kind === "put" ? runPut : runDelete;
    void enqueue(plane, operation.resourceId, () => run(plane, operation));
  }
}

function seed(
  plane: ControlPlane,
  assignment: { readonly name: string; readonly principalId: string; readonly roleId: string; readonly scope: string },
): void {
  const { name, principalId, roleId, scope } = assignment;
  const type = "Microsoft.Authorization/roleAssignments";
  const id = `${scope}/providers/${type}/${name}`;
  if (plane.store.stored(id)) return;
  const roleDefinitionId = `/subscriptions/${plane.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`;
  const principalType = plane.directory.principalType(principalId) ?? "ServicePrincipal";
  const desired = { principalId, roleDefinitionId, principalType };
  const createdAt = new Date(plane.clock.now()).toISOString();
  plane.store.save({
    id,
    name,
    type,
    top: {},
    desired,
    state: { scope, createdOn: createdAt },
    etag: newEtag(),
    createdAt,
  });
}

import type { IncomingMessage } from "node:http";
import { type Listener, listen } from "../../core/listener.ts";
import { ArmError, type ArmResource, type Json } from "../../core/resources.ts";
import type { House } from "./house.ts";
import { HOLD_MS, Ingress } from "./ingress.ts";
import { makeReplica } from "./makeReplica.ts";
import { ProcessorMeter } from "./processorMeter.ts";
import type { Replica } from "./replica.ts";
import { Revision } from "./revision.ts";
import type { RevisionStore, StoredRevision } from "./revisionStore.ts";
import { ScaleDecision, type ScaleSources } from "./scaler.ts";
import { type Configuration, environmentIdOf, readConfiguration, readTemplate, type Template } from "./settings.ts";

const PROVISION_MS = 240_000;
/** How long a request waits for a revision that served before and does not start just now, for example while its database comes back. */
const RECOVERY_MS = 30_000;

/** One container app: its revisions, its ingress, its scaling. */
export class App {
  readonly #house: House;
  readonly #store: RevisionStore;
  readonly #revisions = new Map<string, Revision>();
  readonly #scaling = new ScaleDecision();
  readonly #processors: ProcessorMeter;
  readonly #ingress = new Ingress((request) => this.#choose(request));
  #resource: ArmResource;
  #configuration: Configuration;
  #listener: Listener | undefined;
  #timer: NodeJS.Timeout | undefined;
  #held = 0;
  #stopped = false;
  /** Name of the revision that gets the traffic in single mode. */
  #serving: string | undefined;

  constructor(house: House, store: RevisionStore, resource: ArmResource) {
    this.#house = house;
    this.#store = store;
    this.#resource = resource;
    this.#configuration = readConfiguration(resource.properties.configuration);
    this.#processors = new ProcessorMeter(house.options.processorWindowMs);
  }

  get resource(): ArmResource {
    return this.#resource;
  }

  /** Takes the resource as ARM now has it and makes it real. @throws {ArmError} when the new revision does not get ready */
  async update(resource: ArmResource): Promise<void> {
    const template = readTemplate(resource.properties.template);
    const configuration = readConfiguration(resource.properties.configuration);
    await this.#house.secrets(resource, configuration);
    for (const container of [...template.containers, ...template.initContainers])
      await this.#house.image(resource, configuration, container);
    const toggled = (this.#configuration.ingress === undefined) !== (configuration.ingress === undefined);
    this.#resource = resource;
    this.#configuration = configuration;
    await this.#openIngress();
    if (toggled) await Promise.all([...this.#revisions.values()].map((each) => each.restart())); // replicas get or lose their port
    const known = this.#store.list(resource.id);
    const latest = known.at(-1);
    const same =
      latest !== undefined &&
      latest.state !== "Failed" &&
      JSON.stringify(latest.template) === JSON.stringify(template.raw);
    const { revisionSuffix } = template;
    const stored = same
      ? latest
      : this.#store.add(resource.id, resource.name, template.raw, revisionSuffix, this.#now());
    await this.#provision(stored);
    this.#watch();
  }

  /** After a restart of the emulator: opens the port and brings the active revisions back, without waiting for them. */
  async restore(): Promise<void> {
    await this.#openIngress();
    const active = this.#store.list(this.#resource.id).filter((each) => each.active && each.state !== "Failed");
    for (const stored of active) {
      const revision = this.#revision(stored);
      if (stored.state === "Ready") this.#serving = stored.name;
      revision.scale(this.#initial(revision.template));
      if (stored.state === "Provisioning") {
        void this.#provision(stored).catch((error: unknown) =>
          this.#house.context.log("containerApps", String(error), { app: this.#resource.name }),
        );
      }
    }
    this.#scaling.touch(this.#now());
    this.#watch();
  }

  /** Ends replicas and the listener; the stored revisions stay. */
  async stop(graceMs?: number): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#listener?.close();
    this.#listener = undefined;
    await Promise.all([...this.#revisions.values()].map((each) => each.stop(graceMs)));
    this.#revisions.clear();
  }

  /** Ends it for good. */
  async delete(): Promise<void> {
    await this.stop();
    this.#store.deleteApp(this.#resource.id);
    this.#house.context.ports.release(this.#resource.id);
  }

  /** `start` and `stop` of ARM. */
  async setRunning(running: boolean): Promise<void> {
    this.#stopped = !running;
    if (running) return this.restore();
    await Promise.all([...this.#revisions.values()].map((each) => each.stop()));
    this.#revisions.clear();
  }

  /**
   * `activate`, `deactivate`, `restart` of a revision: begun here, seen in its state (the service answers at once).
   *
   * @throws {ArmError} 404 for an unknown revision
   */
  control(name: string, verb: "activate" | "deactivate" | "restart"): void {
    const { id } = this.#resource;
    const stored = this.#store.list(id).find((each) => each.name === name);
    if (!stored) throw new ArmError(404, "RevisionNotFound", `There is no revision ${name}.`);
    if (verb !== "restart") this.#store.set(id, name, { active: verb === "activate" });
    const work =
      verb === "restart"
        ? this.#revisions.get(name)?.restart()
        : verb === "activate"
          ? this.#provision({ ...stored, active: true })
          : this.#retire(name);
    work?.catch((error: unknown) => this.#house.context.log("containerApps", String(error), { revision: name }));
  }

  /** Properties that the service sets. */
  properties(): Json {
    const fqdn = this.#listener ? `localhost:${this.#listener.port}` : undefined;
    const revisions = this.#store.list(this.#resource.id);
    const latest = revisions.at(-1)?.name;
    return {
      ...(latest
        ? {
            latestRevisionName: latest,
            latestReadyRevisionName: revisions.findLast((each) => each.state === "Ready")?.name ?? "",
          }
        : {}),
      ...(fqdn ? { latestRevisionFqdn: fqdn, configuration: { ingress: { fqdn } } } : {}),
      runningStatus: this.#stopped ? "Stopped" : "Running",
      outboundIpAddresses: ["127.0.0.1"],
      environmentId: environmentIdOf(this.#resource),
      managedEnvironmentId: environmentIdOf(this.#resource),
    };
  }

  /** The revisions with their live states. */
  revisions(): readonly (StoredRevision & { readonly live: Revision | undefined; readonly weight: number })[] {
    return this.#store.list(this.#resource.id).map((each) => {
      return { ...each, live: this.#revisions.get(each.name), weight: each.active ? this.#weight(each.name) : 0 };
    });
  }

  async #openIngress(): Promise<void> {
    const wanted = this.#configuration.ingress !== undefined;
    if (!wanted && this.#listener) {
      await this.#listener.close();
      this.#listener = undefined;
    }
    if (!wanted || this.#listener) return;
    const { context } = this.#house;
    this.#listener = await listen({
      port: await context.ports.portFor(this.#resource.id),
      certificates: context.certificates,
      handler: { node: (request, response) => void this.#ingress.handle(request, response) },
      hostNames: () => this.#configuration.ingress?.hostNames ?? [],
      onUpgrade: (request, socket, head) => void this.#ingress.upgrade(request, socket, head),
      plainHttp: true,
    });
  }

  #revision(stored: StoredRevision): Revision {
    const known = this.#revisions.get(stored.name);
    if (known) return known;
    const template = readTemplate(stored.template);
    const made = new Revision(stored.name, template, (_, onChange) =>
      makeReplica(this.#house, {
        resource: this.#resource,
        configuration: this.#configuration,
        ingressPort: this.#listener?.port,
        revision: stored.name,
        template,
        onChange,
      }),
    );
    this.#revisions.set(stored.name, made);
    return made;
  }

  /** Starts a revision, waits for it, and in single mode moves the traffic and ends the one before. */
  async #provision(stored: StoredRevision): Promise<void> {
    const revision = this.#revision(stored);
    const { id } = this.#resource;
    if (revision.wanted === 0) revision.scale(this.#initial(revision.template));
    this.#scaling.touch(this.#now());
    const ready = await revision.ready(this.#house.options.provisionMs ?? PROVISION_MS);
    if (!ready) {
      const reason = revision.failure ?? "Deployment Progress Deadline Exceeded. 0 replicas ready.";
      this.#store.set(id, stored.name, { state: "Failed", active: false });
      await this.#retire(stored.name);
      this.#house.system(this.#resource, {
        reason: "RevisionFailed",
        message: reason,
        columns: { RevisionName_s: stored.name },
      });
      const message = `Failed to provision revision for container app '${this.#resource.name}'. Error details: ${reason}`;
      throw new ArmError(400, "ContainerAppOperationError", message);
    }
    this.#store.set(id, stored.name, { state: "Ready", active: true });
    this.#house.system(this.#resource, {
      reason: "RevisionReady",
      message: `Revision ${stored.name} is ready`,
      columns: { RevisionName_s: stored.name },
    });
    this.#serving = stored.name;
    if (this.#configuration.multiple) return;
    const others = this.#store.list(id).filter((each) => each.active && each.name !== stored.name);
    for (const other of others) {
      this.#store.set(id, other.name, { active: false });
      void this.#retire(other.name);
    }
  }

  async #retire(name: string): Promise<void> {
    const revision = this.#revisions.get(name);
    this.#revisions.delete(name);
    await Promise.all(
      (revision?.replicas ?? []).map((each) => idle(each, 1000 * (revision?.template.terminationGraceSeconds ?? 30))),
    );
    await revision?.stop();
  }

  /** A new revision starts with one replica even at minimum zero: it has to show that it can run. */
  #initial(template: Template): number {
    return Math.min(Math.max(template.minReplicas, 1), template.maxReplicas);
  }

  #weight(name: string): number {
    const { ingress, multiple } = this.#configuration;
    if (!multiple) return name === this.#serving ? 100 : 0;
    const traffic = ingress?.traffic ?? [];
    if (traffic.length === 0) return name === this.#serving ? 100 : 0;
    const own = traffic.filter((each) => (each.latest ? name === this.#serving : each.revisionName === name));
    return own.reduce((sum, each) => sum + each.weight, 0);
  }

  /** The revision for a request: by weight, or by label in the host name. */
  #route(request: IncomingMessage): Revision | undefined {
    const label = /---([a-z0-9-]+)\./.exec(
      String(request.headers["x-forwarded-host"] ?? request.headers.host ?? ""),
    )?.[1];
    const labelled = this.#configuration.ingress?.traffic.find((each) => label !== undefined && each.label === label);
    const named = labelled?.latest ? this.#serving : labelled?.revisionName;
    if (named !== undefined) return this.#revisions.get(named);
    const weighted = [...this.#revisions.values()]
      .map((revision) => ({ revision, weight: this.#weight(revision.name) }))
      .filter((each) => each.weight > 0);
    let point = Math.random() * weighted.reduce((sum, each) => sum + each.weight, 0);
    for (const { revision, weight } of weighted) {
      point -= weight;
      if (point < 0) return revision;
    }
    return [...this.#revisions.values()].at(-1);
  }

  async #choose(request: IncomingMessage): Promise<Replica | undefined> {
    const revision = this.#stopped ? undefined : this.#route(request);
    const found = revision?.pick();
    if (found || !revision) return found;
    this.#held += 1;
    try {
      if (revision.wanted === 0) revision.scale(1);
      this.#scaling.touch(this.#now());
      const ready = await revision.ready(HOLD_MS);
      return ready ?? (this.#isKnownGood(revision) ? await revision.recovered(RECOVERY_MS) : undefined);
    } finally {
      this.#held -= 1;
    }
  }

  #isKnownGood(revision: Revision): boolean {
    return this.#store.list(this.#resource.id).some((each) => each.name === revision.name && each.state === "Ready");
  }

  #watch(): void {
    clearInterval(this.#timer);
    if (!this.#stopped) this.#timer = setInterval(() => this.#tick(), this.#house.pollMs);
  }

  /** One look at the rules. Each active revision scales by itself; the demand is the app's. */
  #tick(): void {
    for (const revision of this.#revisions.values()) {
      const stored = this.#store.list(this.#resource.id).find((each) => each.name === revision.name);
      if (stored?.state !== "Ready") continue;
      const wanted = this.#scaling.next(
        revision.template,
        this.#listener !== undefined,
        revision.wanted,
        this.#sources(revision),
      );
      if (wanted !== revision.wanted) {
        const message = `Scaling ${revision.name} from ${revision.wanted} to ${wanted} replicas`;
        this.#house.system(this.#resource, {
          reason: "ScaledObject",
          message,
          columns: { RevisionName_s: revision.name },
        });
        revision.scale(wanted);
      }
    }
  }

  #sources({ replicas }: Revision): ScaleSources {
    const active = [...this.#revisions.values()]
      .flatMap((each) => each.replicas)
      .reduce((sum, each) => sum + each.active, 0);
    return {
      concurrentRequests: () => active + this.#held,
      activeMessages: this.#house.options.activeMessages ?? (() => undefined),
      processorUse: () => this.#processors.read(replicas.filter((each) => each.state === "ready")),
      nowMs: () => this.#now(),
    };
  }

  #now(): number {
    return this.#house.context.clock.now();
  }
}

async function idle(replica: Replica, limitMs: number): Promise<void> {
  const until = Date.now() + limitMs;
  while (replica.active > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
}

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { EmulatorContext } from "../../core/context.ts";
import { enterNetwork } from "../../core/privateAccess.ts";
import { ArmError, type ArmResource, type Json } from "../../core/resources.ts";
import type { LogStore } from "../../services/monitor/logs.ts";
import { type ImageStore, type OpenImage, splitReference } from "../../services/registry/images.ts";
import { backOffMs, pause } from "../containers/backOff.ts";
import { hasIdentity, type IdentityEndpointFactory, principalOf } from "../containers/identities.ts";
import type { Networks } from "../network/networks.ts";
import { GroupLife } from "./groupLife.ts";
import type { GroupStore } from "./groupStore.ts";
import {
  type ContainerState,
  type ContainerView,
  type GroupView,
  newView,
  withContainer,
  withEvent,
} from "./groupView.ts";
import { type GroupContainer, type GroupTemplate, readGroup } from "./settings.ts";

/** What all groups share. */
export interface GroupParts {
  readonly context: EmulatorContext;
  readonly images: Pick<ImageStore, "open">;
  readonly identityEndpoint: IdentityEndpointFactory;
  readonly networks: Pick<Networks, "open">;
  readonly logs: Pick<LogStore, "append" | "tail">;
  readonly store: GroupStore;
}

/** Exit code of a container that the local Azure took with it when it ended. */
const KILLED = 137;
/** Lines that are looked through for those of one container. */
const MOST_LINES = 20_000;
export const LOG_TABLE = "ContainerInstanceLog_CL";

/** One life of a container group, from a start to its end: what runs of it, and what is said about it. */
export class Group {
  readonly #parts: GroupParts;
  readonly #resource: ArmResource;
  #view: GroupView;
  #life: { readonly life: GroupLife; readonly done: Promise<void> } | undefined;
  #starting: Promise<void> | undefined;
  /** Nobody wants it to run any more. */
  readonly #giveUp = new AbortController();
  /** The local Azure ends: the view stays as it is, so that the next one knows what ran. */
  #closing = false;

  constructor(parts: GroupParts, resource: ArmResource) {
    this.#parts = parts;
    this.#resource = resource;
    this.#view = parts.store.get(resource.id) ?? newView(namesOf(readGroup(resource)), parts.context.clock.now());
  }

  get view(): GroupView {
    return this.#view;
  }

  /**
   * Starts all containers anew.
   *
   * @throws {ArmError} 400 `InaccessibleImage` when an image cannot be pulled
   */
  start(): Promise<void> {
    this.#starting = this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    const { context, identityEndpoint, networks } = this.#parts;
    const template = readGroup(this.#resource);
    const all = [...template.initContainers, ...template.containers];
    const images = new Map(
      await Promise.all(all.map(async (each) => [each.name, await this.#image(template, each)] as const)),
    );
    const identity = hasIdentity(this.#resource) ? await identityEndpoint(this.#resource) : undefined;
    const { subnetId } = template;
    const enter = subnetId === undefined ? undefined : (pid: number) => enterNetwork(context, pid, subnetId);
    const inPlace = [...images.values()].some((image) => image.inPlace !== undefined);
    const ports = identity ? [Number(new URL(identity.url).port)] : [];
    const network = inPlace ? undefined : await networks.open({ ports, enter });
    if (this.#giveUp.signal.aborted) {
      network?.close();
      await identity?.close();
      return;
    }
    this.#set(newView(namesOf(template), context.clock.now()));
    for (const { name, image } of all) this.#tell(name, "Pulled", `Successfully pulled image "${image}"`);
    const life = new GroupLife({
      ...{ template, images, identity, network, enter },
      scratch: join(context.dataDir, "containerGroups", `${this.#resource.name}-${randomBytes(3).toString("hex")}`),
      caPath: context.certificates.caPath,
      now: () => this.#now(),
      onLine: (container, line) => this.#line(template, container, line),
      onState: (container, state, restarts) => this.#state(container, state, restarts),
    });
    this.#set({ ...this.#view, state: template.initContainers.length > 0 ? "Pending" : "Running" });
    const done = life.run().then(
      (state) => this.#set({ ...this.#view, state }),
      (error: unknown) => {
        context.log("containerInstances", `${this.#resource.id}: ${String(error)}`);
        this.#set({ ...this.#view, state: "Failed" });
      },
    );
    this.#life = { life, done };
  }

  /** Ends all containers and waits for their end. */
  async stop(): Promise<void> {
    for (const { name } of readGroup(this.#resource).containers)
      if (this.#view.containers[name]?.currentState.state === "Running")
        this.#tell(name, "Killing", `Killing container ${name}`);
    await this.#end();
    if (isGoing(this.#view)) this.#set({ ...this.#view, state: "Stopped" }); // it had not begun yet
  }

  /** Ends with the local Azure; the next one goes on by {@link restore}. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    await this.#end(graceMs);
  }

  async #end(graceMs?: number): Promise<void> {
    this.#giveUp.abort();
    await this.#starting?.catch(() => undefined); // who started it knows
    this.#life?.life.stop(graceMs);
    await this.#life?.done;
  }

  /**
   * What becomes of it when the local Azure is there again: what had ended or was stopped stays so; what ran and may be started again
   * is; what may run once at most has failed.
   */
  async restore(): Promise<void> {
    if (!isGoing(this.#view)) return;
    const template = readGroup(this.#resource);
    if (template.restartPolicy !== "Never") {
      this.#set(newView(namesOf(template), this.#parts.context.clock.now())); // what was seen of it before is over
      return this.#startAgain();
    }
    for (const [name, { currentState }] of Object.entries(this.#view.containers)) {
      if (currentState.state === "Terminated") continue;
      const ended = { finishTime: this.#now(), exitCode: KILLED, detailStatus: "Error" };
      this.#state(name, { ...currentState, ...ended, state: "Terminated" }, 0);
    }
    this.#set({ ...this.#view, state: "Failed" });
  }

  /** Until it starts: the registry may come up after this, and images are pulled again and again on Azure too. */
  async #startAgain(): Promise<void> {
    const { signal } = this.#giveUp;
    for (let tries = 1; !signal.aborted; tries += 1) {
      try {
        return await this.start();
      } catch (error) {
        this.#parts.context.log("containerInstances", `${this.#resource.name} does not start yet: ${String(error)}`);
        await pause(backOffMs(tries), signal);
      }
    }
  }

  /** Takes away all that is kept of it. */
  async delete(): Promise<void> {
    await this.stop();
    this.#parts.store.delete(this.#resource.id);
  }

  /** Newest lines of a container since the group's last start. @throws {ArmError} 404 for a container that it does not have */
  lines(container: string, { tail, timestamps }: { readonly tail?: number; readonly timestamps: boolean }): string {
    const { sinceMs, containers } = this.#view;
    if (containers[container] === undefined)
      throw new ArmError(
        404,
        "ContainerNotFound",
        `The container '${container}' of '${this.#resource.name}' was not found.`,
      );
    const lines = this.#parts.logs
      .tail(this.#resource.id, MOST_LINES)
      .filter(({ timeMs, columns }) => timeMs >= sinceMs && columns.ContainerName_s === container)
      .map(({ timeMs, columns }) => `${timestamps ? `${new Date(timeMs).toISOString()} ` : ""}${columns.Message}\n`);
    return lines.slice(-(tail ?? lines.length) || lines.length).join("");
  }

  async #image(template: GroupTemplate, { name, image }: GroupContainer): Promise<OpenImage> {
    const server = splitReference(image).server.toLowerCase();
    const setting = template.credentials.find((each) => each.server.toLowerCase() === server)?.identity;
    const principal = setting === undefined ? undefined : principalOf(this.#parts.context, this.#resource, setting);
    try {
      return await this.#parts.images.open(image, principal);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#parts.context.log("containerInstances", `${this.#resource.name}/${name}: ${reason}`);
      const message = `The image '${image}' in container group '${this.#resource.name}' is not accessible. Please check the image and registry credential. (${reason})`;
      throw new ArmError(400, "InaccessibleImage", message);
    }
  }

  #line({ workspace = "" }: GroupTemplate, container: string, line: string): void {
    const columns = { ContainerGroup_s: this.#resource.name, ContainerName_s: container, Message: line };
    const { clock } = this.#parts.context;
    this.#parts.logs.append({ timeMs: clock.now(), table: LOG_TABLE, workspace, resource: this.#resource.id, columns });
  }

  #state(container: string, state: ContainerState, restartCount: number): void {
    const change = (now: ContainerView): ContainerView => {
      const before = now.currentState.state === "Terminated" ? { previousState: now.currentState } : {};
      return { ...now, ...before, restartCount, currentState: state };
    };
    this.#set(withContainer(this.#view, container, change));
    const isMain = readGroup(this.#resource).containers.some(({ name }) => name === container);
    if (state.state === "Running") {
      if (isMain && this.#view.state === "Pending") this.#set({ ...this.#view, state: "Running" });
      this.#tell(container, "Started", "Started container");
    }
  }

  #tell(container: string, name: string, message: string): void {
    const event = { name, message, type: "Normal" } as const;
    this.#set(withContainer(this.#view, container, (now) => withEvent(now, event, this.#now())));
  }

  #set(view: GroupView): void {
    if (this.#closing) return;
    this.#view = view;
    this.#parts.store.save(this.#resource.id, view);
  }

  #now(): string {
    return new Date(this.#parts.context.clock.now()).toISOString();
  }
}

/** Whether two bodies of a group run the same: then a PUT leaves what runs alone. */
export function runsTheSame(one: Json, other: Json): boolean {
  const read = (properties: Json) => JSON.stringify(readGroup({ properties }));
  return read(one) === read(other);
}

function isGoing({ state }: GroupView): boolean {
  return state === "Running" || state === "Pending";
}

function namesOf({ initContainers, containers }: GroupTemplate): readonly string[] {
  return [...initContainers, ...containers].map(({ name }) => name);
}

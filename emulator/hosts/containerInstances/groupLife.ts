import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import type { OpenImage } from "../../services/registry/images.ts";
import { backOffMs, pause } from "../containers/backOff.ts";
import { ContainerProcess, type ContainerRun, type Exit } from "../containers/containerProcess.ts";
import type { IdentityEndpoint } from "../containers/identities.ts";
import type { PrivateNetwork } from "../network/privateNetwork.ts";
import type { Mount } from "../sandbox.ts";
import type { ContainerState, GroupState } from "./groupView.ts";
import type { GroupContainer, GroupTemplate } from "./settings.ts";

export interface LifeOptions {
  readonly template: GroupTemplate;
  readonly images: ReadonlyMap<string, OpenImage>;
  readonly identity: IdentityEndpoint | undefined;
  /** The group's own network, shared by its containers; without one they share the machine's. */
  readonly network: PrivateNetwork | undefined;
  readonly enter: ContainerRun["enter"];
  readonly scratch: string;
  readonly caPath: string;
  readonly now: () => string;
  readonly onLine: (container: string, line: string) => void;
  /** A container is in another state; `restarts` so often it was started again. */
  readonly onState: (container: string, state: ContainerState, restarts: number) => void;
}

/** Asked to end, a container gets so long before it is killed (as of Kubernetes, from memory, to be verified). */
const GRACE_MS = 30_000;

/** One life of a group: from its start until all containers have ended, or until it is stopped. */
export class GroupLife {
  readonly #options: LifeOptions;
  readonly #stop = new AbortController();
  readonly #running = new Set<ContainerProcess>();
  #graceMs = GRACE_MS;

  constructor(options: LifeOptions) {
    this.#options = options;
  }

  /** Runs init containers one after the other, then all containers together. @returns how the group ended */
  async run(): Promise<GroupState> {
    const { template } = this.#options;
    try {
      for (const each of template.initContainers) {
        const code = await this.#keep(each, (last) => last !== 0 && template.restartPolicy !== "Never");
        if (code !== 0) return this.#ended("Failed");
      }
      const again = { Always: () => true, OnFailure: (last: number) => last !== 0, Never: () => false };
      const codes = await Promise.all(
        template.containers.map((each) => this.#keep(each, again[template.restartPolicy])),
      );
      return this.#ended(codes.every((code) => code === 0) ? "Succeeded" : "Failed");
    } finally {
      await this.#options.identity?.close();
      this.#options.network?.close();
      await rm(this.#options.scratch, { recursive: true, force: true });
    }
  }

  /** Asks all containers to end, and kills what is left after the grace. `run` resolves when they have. */
  stop(graceMs = GRACE_MS): void {
    this.#graceMs = graceMs;
    this.#stop.abort();
    for (const each of this.#running) void each.terminate(graceMs);
  }

  #ended(state: GroupState): GroupState {
    return this.#stop.signal.aborted ? "Stopped" : state;
  }

  /** Runs a container, and again as long as the rule says so. @returns its last exit code */
  async #keep(container: GroupContainer, again: (code: number) => boolean): Promise<number> {
    const { signal } = this.#stop;
    for (let restarts = 0; ; ) {
      const code = signal.aborted ? 1 : await this.#once(container, restarts);
      if (signal.aborted || !again(code)) return code;
      restarts += 1;
      await pause(backOffMs(restarts), signal);
    }
  }

  async #once(container: GroupContainer, restarts: number): Promise<number> {
    const { images, identity, caPath, network, enter, scratch, now, onLine, onState } = this.#options;
    const image = images.get(container.name);
    if (!image) throw new Error(`the image of ${container.name} was not opened`);
    const startTime = now();
    const process = await ContainerProcess.start({
      ...{ image, caPath, network, enter },
      command: container.command,
      args: [],
      env: {
        ...container.env,
        ...(identity ? { IDENTITY_ENDPOINT: identity.url, IDENTITY_HEADER: identity.header } : {}),
      },
      mounts: this.#mounts(container),
      scratch: join(scratch, `${container.name}-${restarts}`),
      onLine: (_, line) => onLine(container.name, line),
    });
    this.#running.add(process);
    onState(container.name, { state: "Running", startTime, detailStatus: "" }, restarts);
    if (this.#stop.signal.aborted) void process.terminate(this.#graceMs);
    const exitCode = codeOf(await process.exited);
    await process.terminate(0); // what it left behind
    this.#running.delete(process);
    const ended = { startTime, finishTime: now(), exitCode, detailStatus: exitCode === 0 ? "Completed" : "Error" };
    onState(container.name, { state: "Terminated", ...ended }, restarts);
    return exitCode;
  }

  /** Empty folders, and files of secret volumes. */
  #mounts({ mounts }: GroupContainer): readonly Mount[] {
    const { template, scratch } = this.#options;
    return mounts.map(({ name, mountPath, readOnly }) => {
      const secret = template.volumes.find((each) => each.name === name)?.secret;
      const source = join(scratch, "volumes", name);
      mkdirSync(source, { recursive: true });
      for (const [file, content] of Object.entries(secret ?? {})) {
        writeFileSync(join(source, file), Buffer.from(content, "base64"), { mode: 0o644 });
        chmodSync(join(source, file), 0o444);
      }
      return { source, target: mountPath, writable: !readOnly && secret === undefined };
    });
  }
}

/** As a shell tells it: 128 and the number of the signal that ended it. */
function codeOf({ code, signal }: Exit): number {
  return code ?? 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
}

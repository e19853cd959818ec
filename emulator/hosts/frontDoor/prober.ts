import { request as httpRequest } from "node:http";
import type { EmulatorContext } from "../../core/context.ts";
import type { OriginHealth } from "./health.ts";
import type { DoorSettings, Origin, OriginGroup } from "./settings.ts";

/** How much sooner than on Azure an origin is asked again: 2 s stand for 100 s, as people at a desk wait for it. */
const HASTE = 50;
const LOOK_MS = 250;
const TIMEOUT_MS = 30_000;

/** Asks every origin for its health as its group says, and keeps the samples. */
export class Prober {
  readonly #context: Pick<EmulatorContext, "clock">;
  readonly #settings: DoorSettings;
  readonly #health: OriginHealth;
  /** By origin: when it was asked last. */
  readonly #asked = new Map<string, number>();
  readonly #running = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #end = new AbortController();

  constructor(context: Pick<EmulatorContext, "clock">, settings: DoorSettings, health: OriginHealth) {
    this.#context = context;
    this.#settings = settings;
    this.#health = health;
  }

  start(): void {
    this.#end = new AbortController();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#end.abort();
  }

  #look(): void {
    const now = this.#context.clock.now();
    for (const group of this.#settings.groups()) {
      const { probe } = group;
      if (!probe) continue;
      for (const origin of this.#settings.origins(group.id)) {
        const due = now - (this.#asked.get(origin.id) ?? 0) >= probe.intervalMs / HASTE;
        if (!due || this.#running.has(origin.id)) continue;
        this.#asked.set(origin.id, now);
        void this.#ask(origin, group, probe);
      }
    }
  }

  async #ask(origin: Origin, group: OriginGroup, probe: NonNullable<OriginGroup["probe"]>): Promise<void> {
    this.#running.add(origin.id);
    const headers = {
      host: origin.hostHeader,
      "x-azure-fdid": this.#settings.frontDoorId(group.id),
      "x-fd-healthprobe": "1",
    };
    const worked = await statusOf(origin.address, { ...probe, headers, signal: this.#end.signal });
    this.#running.delete(origin.id);
    if (!this.#end.signal.aborted) this.#health.sample(origin, group, worked === 200);
  }
}

/** @returns undefined when nothing answers */
function statusOf(
  address: string | undefined,
  { path, ...options }: { path: string; method: string; headers: Record<string, string>; signal: AbortSignal },
): Promise<number | undefined> {
  return new Promise((resolve) => {
    const port = address?.split(":")[1];
    if (port === undefined) return void resolve(undefined);
    const call = httpRequest(
      { ...options, path, host: "127.0.0.1", port, agent: false, timeout: TIMEOUT_MS },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      },
    );
    call.once("timeout", () => call.destroy());
    call.once("error", () => resolve(undefined));
    call.end();
  });
}

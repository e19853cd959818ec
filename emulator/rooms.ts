import type { EmulatorContext, EmulatorService } from "./core/context.ts";

/** What the composition gives to rooms beside the context. */
export interface RoomOptions {
  /** Folder whose own code runs in place (`--checkout`). */
  readonly checkout: string;
  /** Fixed port of the front door. */
  readonly frontDoorPort: number;
}

/** A room: loaded only when it is started. */
export interface Room {
  readonly name: string;
  load(context: EmulatorContext, options: RoomOptions): Promise<EmulatorService>;
}

/** All rooms of the house (docs/architecture.md, "Inside the emulator"). */
export const ROOMS: readonly Room[] = [
  { name: "entra", load: async (context) => (await import("./services/entra/index.ts")).createEntra(context) },
];

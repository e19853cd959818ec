import { createHash } from "node:crypto";
import { ArmError, type ArmResource, type Json, type ResourceHooks } from "../../core/resources.ts";
import { type DoorSettings, TYPES } from "./settings.ts";

export interface HookParts {
  readonly settings: DoorSettings;
  /** The endpoint's port, opened when it is not. */
  readonly port: (endpoint: ArmResource) => Promise<number>;
  readonly close: (endpoint: ArmResource) => Promise<void>;
}

/** Profiles of Front Door with endpoints and routes (Microsoft.Cdn 2025-06-01); origin groups and origins are only stored. */
export function frontDoorHooks({ settings, port, close }: HookParts): readonly ResourceHooks[] {
  return [
    { type: TYPES.profile, put: async ({ desired }) => ({ frontDoorId: uuidOf(desired.id) }) },
    {
      type: TYPES.endpoint,
      put: async ({ desired }) => ({ hostName: `localhost:${await port(desired)}` }),
      delete: close,
    },
    {
      type: TYPES.route,
      validate({ desired }) {
        const id = String((desired.properties.originGroup as Json | undefined)?.id ?? "");
        if (settings.origins(id).length > 0) return;
        const message = `The origin group ${id} of the route ${desired.name} has no enabled origin.`;
        throw new ArmError(400, "BadRequest", message);
      },
    },
  ];
}

/** Always the same for one profile. */
function uuidOf(id: string): string {
  const hex = createHash("sha256").update(id.toLowerCase()).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

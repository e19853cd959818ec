import { z } from "zod";

/** How a run reaches its model: the platform's gateway, and what opens it for this run. The key itself stays with the gateway. */
export const ModelDoor = z.object({
  /** Address of the gateway. */
  gateway: z.url({ protocol: /^https?$/ }),
  token: z.string().min(1),
});
export type ModelDoor = z.infer<typeof ModelDoor>;

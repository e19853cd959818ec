import { z } from "zod";

const resourceId = z.string().startsWith("/subscriptions/");

/** `DEVFACTORY_AGENT_GROUPS`: what the container group of each run is made of; the platform's stack writes it. */
export const AgentGroups = z.strictObject({
  location: z.string().min(1),
  /** Delegated to `Microsoft.ContainerInstance/containerGroups`. Absent: groups stand in no network and only call outwards. */
  subnetId: resourceId.optional(),
  /** Of the platform. */
  tags: z.record(z.string(), z.string()).default({}),
  agents: z.record(
    z.string(),
    z.strictObject({
      image: z.string().regex(/@sha256:[0-9a-f]{64}$/, "must name its image by digest"),
      /** Pulls the image, and is what the agent signs in as. */
      identityId: resourceId,
      cpu: z.number().positive(),
      memoryGb: z.number().positive(),
      env: z.record(z.string(), z.string()).default({}),
    }),
  ),
});
export type AgentGroups = z.infer<typeof AgentGroups>;

import { z } from "zod";
import { ResourceInFile } from "../plan/planFile.ts";

/** A plan to be judged, as `devfactory policy --input` and `POST /policy/evaluate` take it. */
export const PolicyPlan = z.object({
  profile: z.enum(["dev", "standard", "production"]),
  /** Host names of registries from which images may come. @default every private one */
  allowedRegistries: z.array(z.string()).optional(),
  resources: z.array(ResourceInFile),
});

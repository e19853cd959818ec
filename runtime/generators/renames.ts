import { z } from "zod";

/** Names that changed, oldest first; without `field` the entity itself. Kept in `backend/migrations/renames.json`. */
export const Renames = z.array(z.strictObject({ entity: z.string(), field: z.string().optional(), to: z.string() }));
export type Renames = z.infer<typeof Renames>;

export const RENAMES_PATH = "backend/migrations/renames.json";

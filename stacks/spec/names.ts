import { z } from "zod";

/** A name that fits into every Azure name rule that is made from it. */
export const dnsName = z
  .string()
  .min(2)
  .max(30)
  .regex(
    /^[a-z]([a-z0-9]|-(?!-))*[a-z0-9]$/,
    "must be lower case letters, digits and single hyphens, and start with a letter",
  );

/**
 * How much redundancy and money: `dev` scales to zero on the cheapest SKUs, `standard` keeps one replica, `production` adds
 * zones and longer retention. Security is the same in all of them.
 */
export type Profile = "dev" | "standard" | "production";

/** The short form that goes into names. */
export const STAGE = { dev: "dev", standard: "std", production: "prod" } as const satisfies Record<Profile, string>;

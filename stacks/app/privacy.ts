import type { AppSpec } from "../spec/index.ts";

/** Whether an app stands in a network of its own. @param isPrivate the deployment's `privateDatabases` */
export function needsNetwork(spec: AppSpec, isPrivate: boolean = spec.profile !== "dev"): boolean {
  const { profile, resources } = spec;
  return isPrivate && (profile === "production" || resources.some(({ kind }) => kind === "postgres" || kind === "sql"));
}

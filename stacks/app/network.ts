import { type AppContext, Network } from "@devfactory/components/index.ts";
import type { AppSpec } from "../spec/index.ts";
import { needsNetwork } from "./privacy.ts";

/** The network of an app whose database server answers nowhere else; in production every app's. */
export function makeNetwork(
  context: AppContext,
  spec: AppSpec,
  privateDatabases: boolean | undefined,
): Network | undefined {
  return needsNetwork(spec, privateDatabases) ? new Network("network", { context }) : undefined;
}

/** Whether nothing of a production app answers the internet; the back end of a site does. */
export function isInternal({ profile, services }: AppSpec): boolean {
  const answers = ({ kind, public: open }: AppSpec["services"][number]) =>
    kind === "static" || (open && (kind === "web" || kind === "api"));
  return profile === "production" && !services.some(answers);
}

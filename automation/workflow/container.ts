import type { Step } from "./step.ts";

export interface BuildPlace {
  readonly kind: "registryTask";
  readonly registry: string;
  readonly cpu: number;
  readonly memoryGib: number;
}

/** The isolated place for builds: a task agent of the registry. Proves that we may use it, before files are moved. */
export const container: Step<{ readonly registryId: string }, BuildPlace> = {
  name: "container",
  timeoutMs: 60_000,
  async run(_input, { services, signal }) {
    await services.builder.probe(signal);
    return { kind: "registryTask", registry: services.registry.loginServer, ...services.builder.size };
  },
  async outdated({ cpu, memoryGib }, _input, { services: { builder } }) {
    const same = builder.size.cpu === cpu && builder.size.memoryGib === memoryGib;
    return same ? undefined : "builds have another size now";
  },
};

import type { AppSpec, Profile } from "@devfactory/stacks/spec/index.ts";

interface ProfileSize {
  readonly cpu: number;
  readonly min: number;
  readonly max: number;
}

/** What a service of a deployed project gets where its document says nothing; each vCPU has 2 GiB beside it. */
export const PROFILE_SIZES = {
  dev: { cpu: 0.5, min: 0, max: 2 },
  standard: { cpu: 1, min: 1, max: 5 },
  production: { cpu: 2, min: 2, max: 10 },
} as const satisfies Readonly<Record<Profile, ProfileSize>>;

/** The services of a document as it is written, as far as sizes go. */
interface WrittenService {
  readonly name?: unknown;
  readonly size?: unknown;
  readonly scale?: { readonly min?: unknown; readonly max?: unknown };
}

/**
 * The spec with the sizes and replicas of its profile, where the document leaves them open. Sites and functions have none.
 *
 * @param document as it is written: the spec has defaults already
 */
export function sizedByProfile(spec: AppSpec, document: unknown): AppSpec {
  const { cpu, min, max } = PROFILE_SIZES[spec.profile];
  const written = servicesOf(document);
  const services = spec.services.map((service) => {
    if (service.kind === "static" || service.kind === "function") return service;
    const { size, scale } = written.find(({ name }) => name === service.name) ?? {};
    const open = { min: scale?.min === undefined, max: scale?.max === undefined };
    const own = service.scale;
    const most = open.max ? Math.max(max, open.min ? min : own.min) : own.max;
    const least = open.min ? Math.min(min, most) : own.min;
    return {
      ...service,
      ...(size === undefined && { size: { cpu } }),
      // Executions of a job are no replicas.
      ...(service.kind !== "job" && { scale: { ...own, min: least, max: most } }),
    };
  });
  return { ...spec, services };
}

function servicesOf(document: unknown): readonly WrittenService[] {
  const { services } = (document ?? {}) as { readonly services?: unknown };
  return Array.isArray(services) ? (services as readonly WrittenService[]) : [];
}

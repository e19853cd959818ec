export interface Part {
  readonly name: string;
  readonly kind: string;
}

export interface Link {
  readonly from: string;
  readonly to: string;
  readonly access: string;
}

/** The parts of an app and who may do what on which of them. */
export interface Composed {
  readonly services: readonly Part[];
  readonly resources: readonly Part[];
  readonly links: readonly Link[];
}

/** Reads the parts from an app's spec; what has another shape is left out. */
export function compose(spec: unknown): Composed {
  const { services, resources } = record(spec);
  return {
    services: list(services).flatMap(part),
    resources: list(resources).flatMap(part),
    links: list(services).flatMap((service) => {
      const { name, uses } = record(service);
      return list(uses).flatMap((use) => {
        const { resource, access } = record(use);
        return typeof name === "string" && typeof resource === "string"
          ? [{ from: name, to: resource, access: String(access ?? "") }]
          : [];
      });
    }),
  };
}

function part(value: unknown): Part[] {
  const { name, kind } = record(value);
  return typeof name === "string" ? [{ name, kind: String(kind ?? "") }] : [];
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

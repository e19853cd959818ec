import type { Service } from "../spec/index.ts";
import { StackError } from "./errors.ts";

/**
 * Services so that each comes after those that it calls; otherwise in the spec's order.
 *
 * @throws {StackError} `CALL_CYCLE` with the circle
 */
export function inCallOrder(services: readonly Service[]): readonly Service[] {
  const ordered: Service[] = [];
  const visit = (service: Service, path: readonly string[]): void => {
    if (ordered.includes(service)) return;
    if (path.includes(service.name)) {
      const cycle = [...path.slice(path.indexOf(service.name)), service.name].join(" → ");
      throw new StackError("CALL_CYCLE", { cycle });
    }
    for (const called of services.filter((other) => calls(service, other))) visit(called, [...path, service.name]);
    ordered.push(service);
  };
  for (const service of services) visit(service, []);
  return ordered;
}

function calls(service: Service, other: Service): boolean {
  return service.uses.some((use) => use.access === "call" && use.resource === other.name);
}

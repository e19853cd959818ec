import { instruments } from "./metrics.ts";

/** The same store; how long each of its calls takes is measured by operation and outcome. */
export function measuredStore<T extends object>(store: T): T {
  return new Proxy(store, {
    get(of, name) {
      const found = Reflect.get(of, name, of) as unknown;
      if (typeof found !== "function") return found;
      return (...args: unknown[]) => {
        const result = Reflect.apply(found, of, args) as unknown;
        if (!(result instanceof Promise)) return result;
        const started = performance.now();
        const record = (outcome: string) =>
          instruments().storeSeconds.record((performance.now() - started) / 1000, { operation: String(name), outcome });
        result.then(
          () => record("ok"),
          (error: unknown) => record(error instanceof Error ? error.name : "error"),
        );
        return result;
      };
    },
  });
}

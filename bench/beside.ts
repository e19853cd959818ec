import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** A service in a process of its own: what it told when it was ready. */
export interface Beside<T> extends AsyncDisposable {
  readonly told: T;
}

/** @param file of this folder: sends one message when it is ready, and ends at the first one that it gets */
export async function startBeside<T>(file: string): Promise<Beside<T>> {
  const child = fork(join(import.meta.dirname, file));
  const [told] = (await once(child, "message")) as [T];
  return {
    told,
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, "exit");
      child.send("end");
      await ended;
    },
  };
}

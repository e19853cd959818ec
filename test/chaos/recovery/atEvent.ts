/**
 * Loaded into the local engine before its own code: when the command of a stack tells its n-th event, everything is killed. It happens inside
 * the call that tells it, so the death comes exactly there, not some milliseconds around it.
 */
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { EventStream } from "../../../emulator/engine/events/stream.ts";

export interface Order {
  readonly stack: string;
  readonly command: "up" | "preview" | "refresh" | "destroy";
  /** From 1. */
  readonly event: number;
  /** `worker`: its process group only, and the deployment's must end by itself. `machine`: both groups at once. */
  readonly victims: "worker" | "machine";
}

const folder = process.env.CHAOS_ORDERS ?? "";
const stack = process.argv[process.argv.indexOf("--stack") + 1] ?? "";
const order = read();
if (order && process.argv[2] === order.command) {
  const emit = EventStream.prototype.emit;
  let events = 0;
  EventStream.prototype.emit = function (body) {
    emit.call(this, body);
    if (++events === order.event) strike(order);
  };
}

function read(): Order | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, `${stack}.json`), "utf8")) as Order;
  } catch {
    return undefined;
  }
}

function strike({ victims }: Order): void {
  renameSync(join(folder, `${stack}.json`), join(folder, `${stack}.done`));
  const stat = readFileSync(`/proc/${process.ppid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  process.kill(-Number(stat[1]), "SIGKILL"); // the worker, which leads its group
  if (victims === "machine") process.kill(-process.ppid, "SIGKILL"); // the deployment's group, this process in it
}

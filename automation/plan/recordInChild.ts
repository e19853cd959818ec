import { fork, type Serializable } from "node:child_process";
import type { PlannedResource } from "@devfactory/checks/index.ts";
import { PlanError } from "./errors.ts";

/** It registers some hundred resources within seconds. */
const TIMEOUT_MS = 60_000;

type Told =
  | { readonly resources: readonly PlannedResource[] }
  | { readonly problem: { message: string; advice?: string } };

/**
 * Records a program's plan in a process of its own with an empty environment: Pulumi's runtime is global.
 *
 * @param path of the child, which gets `settings` as its one message and answers with resources or a problem
 * @throws {PlanError} `PROGRAM_FAILED`
 */
export function recordInChild(path: string, settings: Serializable): Promise<readonly PlannedResource[]> {
  const told = Promise.withResolvers<readonly PlannedResource[]>();
  const { PATH = "", NODE_COMPILE_CACHE } = process.env;
  const env = { PATH, ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }) };
  const child = fork(path, { env, stdio: ["ignore", "ignore", "pipe", "ipc"], timeout: TIMEOUT_MS, execArgv: [] });
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString("utf8")).slice(-2_000);
  });
  const fail = (reason: string, advice = "Report it with its folder: a valid one has a plan.") =>
    told.reject(new PlanError("PROGRAM_FAILED", { reason, advice }));
  child.once("message", (message: Told) => {
    if ("resources" in message) told.resolve(message.resources);
    else fail(message.problem.message, message.problem.advice);
  });
  child.once("error", (error) => fail(error.message));
  child.once("exit", (code, signal) => fail(`the recording ended with ${signal ?? code}: ${stderr.trim()}`));
  child.send(settings);
  return told.promise;
}

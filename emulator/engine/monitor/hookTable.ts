import type { Callback } from "@pulumi/pulumi/proto/callback_pb.js";
import type * as messages from "@pulumi/pulumi/proto/resource_pb.js";
import pb from "@pulumi/pulumi/proto/resource_pb.js";
import { type HookSubject, type Hooks, type HookType, hooksOf, subjectUrn } from "../deploy/hooks.ts";
import { ResourceProblem } from "../deploy/problem.ts";
import type { ResourceState } from "../deploy/state.ts";
import { parseUrn } from "../deploy/urn.ts";
import type { PropertyMap } from "../deploy/values.ts";
import type { EventStream } from "../events/stream.ts";
import { toStruct } from "../plugins/wire.ts";
import type { Callbacks } from "./callbacks.ts";

interface RegisteredHook {
  readonly callback: Callback;
  readonly onDryRun: boolean;
  readonly ignoreErrors: boolean;
}

/** The hooks that a program has registered, by name; they run in the program's process. */
export class HookTable implements Hooks {
  readonly #callbacks: Callbacks;
  readonly #events: EventStream;
  readonly #preview: boolean;
  readonly #hooks = new Map<string, RegisteredHook>();
  readonly #errorHooks = new Map<string, Callback>();

  constructor(callbacks: Callbacks, events: EventStream, preview: boolean) {
    this.#callbacks = callbacks;
    this.#events = events;
    this.#preview = preview;
  }

  /** @throws Error for an empty name and for one that is taken */
  register(request: messages.RegisterResourceHookRequest): void {
    const name = request.getName();
    const callback = request.getCallback();
    if (name === "" || !callback) throw new Error("resource hook name cannot be empty");
    if (this.#hooks.has(name)) throw new Error(`resource hook already registered for name "${name}"`);
    this.#hooks.set(name, {
      callback,
      onDryRun: request.getOnDryRun(),
      ignoreErrors: request.getIgnoreErrors(),
    });
  }

  /** @throws Error for an empty name and for one that is taken */
  registerErrorHook(request: messages.RegisterErrorHookRequest): void {
    const name = request.getName();
    const callback = request.getCallback();
    if (name === "" || !callback) throw new Error("error hook name cannot be empty");
    if (this.#errorHooks.has(name)) throw new Error(`error hook already registered for name "${name}"`);
    this.#errorHooks.set(name, callback);
  }

  async run(type: Exclude<HookType, "OnError">, subject: HookSubject): Promise<void> {
    for (const name of hooksOf(subject, type)) {
      const urn = subjectUrn(subject);
      const hook = this.#hooks.get(name);
      if (!hook) throw new ResourceProblem(urn, `hook "${name}" was not registered`);
      if (this.#preview && !hook.onDryRun) continue;
      const request = describe(new pb.ResourceHookRequest(), subject);
      if (type.startsWith("After") && subject.new) request.setNewOutputs(struct(subject.new.outputs));
      const answer = await this.#callbacks.invoke(hook.callback, request.serializeBinary());
      const error = pb.ResourceHookResponse.deserializeBinary(answer).getError();
      if (error === "") continue;
      const message = `hook "${name}" failed: ${error}`;
      if (!hook.ignoreErrors) throw new ResourceProblem(urn, message);
      this.#events.diagnose("warning", message, urn);
    }
  }

  async retry(operation: "create" | "update" | "delete", subject: HookSubject, errors: readonly string[]) {
    for (const name of hooksOf(subject, "OnError")) {
      const urn = subjectUrn(subject);
      const callback = this.#errorHooks.get(name);
      if (!callback) {
        // of a delete without the program: what went wrong must not be lost behind this
        throw new ResourceProblem(urn, `error hook "${name}" was not registered: ${errors[0] ?? ""}`);
      }
      const request = describe(new pb.ErrorHookRequest(), subject)
        .setFailedOperation(operation)
        .setErrorsList([...errors]);
      const answer = pb.ErrorHookResponse.deserializeBinary(
        await this.#callbacks.invoke(callback, request.serializeBinary()),
      );
      if (answer.getError() !== "") throw new ResourceProblem(urn, `error hook "${name}" failed: ${answer.getError()}`);
      if (answer.getRetry()) return true;
    }
    return false;
  }
}

/** Fills in what all hooks are told. */
function describe<R extends messages.ResourceHookRequest | messages.ErrorHookRequest>(
  request: R,
  { old, new: state }: HookSubject,
): R {
  const subject = (state ?? old) as ResourceState;
  const { name, type } = parseUrn(subject.urn);
  request.setUrn(subject.urn);
  request.setId(subject.id ?? "");
  request.setName(name);
  request.setType(type);
  if (state) request.setNewInputs(struct(state.inputs));
  if (old) request.setOldInputs(struct(old.inputs));
  if (old) request.setOldOutputs(struct(old.outputs));
  return request;
}

function struct(properties: PropertyMap | undefined) {
  return toStruct(properties ?? {});
}

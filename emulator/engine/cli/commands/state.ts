import { dependenciesOf, renameUrns } from "../../deploy/state.ts";
import { parseUrn } from "../../deploy/urn.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import { approve } from "../approve.ts";
import type { CommandCall } from "../command.ts";
import { editState } from "../editState.ts";

/** `state delete URN`: forgets a resource; nothing is deleted anywhere else. */
export async function remove(call: CommandCall): Promise<number> {
  const urn = requiredUrn(call);
  const { flags } = call;
  await editState(call, (resources) => {
    const found = resources.filter((state) => state.urn === urn);
    if (found.length === 0) throw noSuchResource(urn);
    if (found.some((state) => state.protect) && !flags.on("force")) {
      throw new EngineError(
        `resource ${urn} is protected; use --force to delete it from the state, or \`pulumi state unprotect\``,
      );
    }
    const doomed = new Set([urn]);
    const dependents = resources.filter((state) => state.urn !== urn && dependenciesOf(state).includes(urn));
    if (dependents.length > 0 && !flags.on("target-dependents")) {
      const list = dependents.map((state) => `\n * ${state.urn}`).join("");
      throw new EngineError(`resource '${urn}' cannot be deleted: others depend on it:${list}`);
    }
    for (const state of resources) if (dependenciesOf(state).some((other) => doomed.has(other))) doomed.add(state.urn);
    return resources.filter((state) => !doomed.has(state.urn));
  });
  call.context.out("Resource deleted\n");
  return EXIT.ok;
}

/** What a mark command sets, and what it says. */
interface Mark {
  readonly field: "protect" | "taint";
  readonly on: boolean;
  readonly one: string;
  readonly all: string;
}

const PROTECT: Mark = { field: "protect", on: true, one: "Resource protected", all: "All resources protected" };
const UNPROTECT: Mark = {
  field: "protect",
  on: false,
  one: "Resource successfully unprotected",
  all: "All resources successfully unprotected",
};
const TAINT: Mark = { field: "taint", on: true, one: "Resource tainted", all: "All resources tainted" };
const UNTAINT: Mark = { field: "taint", on: false, one: "Resource untainted", all: "All resources untainted" };

/** `state protect [URN]`, or `--all`. */
export const protect = (call: CommandCall): Promise<number> => mark(call, PROTECT);
/** `state unprotect [URN]`, or `--all`. */
export const unprotect = (call: CommandCall): Promise<number> => mark(call, UNPROTECT);
/** `state taint [URN]`, or `--all`: the next `up` replaces it. */
export const taint = (call: CommandCall): Promise<number> => mark(call, TAINT);
/** `state untaint [URN]`, or `--all`. */
export const untaint = (call: CommandCall): Promise<number> => mark(call, UNTAINT);

async function mark(call: CommandCall, { field, on, one, all }: Mark): Promise<number> {
  const urn = call.flags.on("all") ? undefined : requiredUrn(call);
  if (call.context.ask) await approve(call, "This will edit your stack's state directly. Confirm? (yes/no) ");
  await editState(call, (resources) => {
    if (urn !== undefined && !resources.some((state) => state.urn === urn)) throw noSuchResource(urn);
    return resources.map((state) => {
      if (urn !== undefined && state.urn !== urn) return state;
      const { [field]: _, ...rest } = state;
      return on ? { ...rest, [field]: true } : rest;
    });
  });
  call.context.out(`${urn === undefined ? all : one}\n`);
  return EXIT.ok;
}

/** `state rename URN NEWNAME`. */
export async function rename(call: CommandCall): Promise<number> {
  const urn = requiredUrn(call);
  const name = call.args[1];
  if (!name) throw new EngineError("missing new resource name", EXIT.configuration);
  const renamed = urn.slice(0, urn.length - parseUrn(urn).name.length) + name;
  await editState(call, (resources) => {
    if (!resources.some((state) => state.urn === urn)) throw noSuchResource(urn);
    if (resources.some((state) => state.urn === renamed))
      throw new EngineError(`a resource with the URN ${renamed} is there already`);
    return resources.map((state) => renameUrns(state, (other) => (other === urn ? renamed : other)));
  });
  call.context.out("Resource renamed\n");
  return EXIT.ok;
}

function requiredUrn({ args }: CommandCall): string {
  if (!args[0]) throw new EngineError("missing resource URN", EXIT.configuration);
  return args[0];
}

function noSuchResource(urn: string): EngineError {
  return new EngineError(`No such resource "${urn}" exists in the current state`);
}

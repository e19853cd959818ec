import type { Profile } from "@devfactory/stacks/spec/index.ts";
import type { DeletedResource } from "../care/freeNames.ts";
import { AutomationError } from "../errors.ts";
import type { AppDocument } from "../jobs/documents.ts";
import type { StepContext } from "./step.ts";

/** A name that the plan needs, and that something deleted holds. */
export interface HeldName {
  /** ARM type. */
  readonly type: string;
  readonly name: string;
}

/**
 * Names are deterministic, so a deleted vault may hold the one that the app needs. Nothing of a first deployment exists yet: it takes fresh
 * names once. An app that exists keeps its names: what it had itself is brought back with its data; in `dev` it is purged where Azure allows it.
 * What is not the app's, by its tag, is left alone: preflight tells the way out. Each way is tried once, and told.
 *
 * @param work the deployment; `recover` are the names of what it makes of a deleted one
 */
export async function withHeldNames<T>(
  profile: Profile,
  context: StepContext,
  work: (context: StepContext, recover: readonly string[]) => Promise<T>,
): Promise<T> {
  try {
    return await work(context, []);
  } catch (error) {
    if (!(error instanceof AutomationError)) throw error;
    if (error.code === "NAMES_HELD") {
      const app = await renewNames(context, (context.app.nameEpoch ?? 0) + 1, error.message);
      return work({ ...context, app }, []);
    }
    const held = error.details.held as readonly HeldName[] | undefined;
    const own = held && held.length > 0 ? await ownOf(held, context) : undefined;
    if (!own) throw error;
    const isPurged = ({ purgeProtected }: DeletedResource) => profile === "dev" && !purgeProtected;
    await purge(own.filter(isPurged), context);
    return work(
      context,
      recovered(
        own.filter((each) => !isPurged(each)),
        context,
      ),
    );
  }
}

async function renewNames(context: StepContext, nameEpoch: number, why: string): Promise<AppDocument> {
  await context.commit(() => ({ app: { nameEpoch } }));
  const message = `${why} Nothing of the app exists yet, so all its names are made afresh (epoch ${nameEpoch}).`;
  context.report({ type: "names_renewed", level: "warning", message, data: { nameEpoch } });
  return { ...context.app, nameEpoch };
}

/** @returns nothing when one of them is not the app's, or that cannot be known */
async function ownOf(
  held: readonly HeldName[],
  { services, job, signal }: StepContext,
): Promise<readonly DeletedResource[] | undefined> {
  const deleted = await services.deletedOf(job.appId, signal).catch(() => []);
  signal.throwIfAborted();
  const same = (one: HeldName, other: HeldName) =>
    one.type.toLowerCase() === other.type.toLowerCase() && one.name.toLowerCase() === other.name.toLowerCase();
  const own = held.flatMap((each) => deleted.find((other) => same(each, other)) ?? []);
  return own.length === held.length ? own : undefined;
}

function recovered(own: readonly DeletedResource[], { report }: StepContext): readonly string[] {
  const names = own.map(({ name }) => name);
  const message = `Azure kept these of the app when they were deleted, and they are brought back with their data: ${names.join(", ")}`;
  if (names.length > 0) report({ type: "names_recovered", level: "warning", message, data: { names } });
  return names;
}

async function purge(own: readonly DeletedResource[], { services, job, signal, report }: StepContext): Promise<void> {
  if (own.length === 0) return;
  const names = own.map(({ name }) => name);
  const { freed } = await services.freeNames(job.appId, signal, names);
  const message = `Azure kept these of the app when they were deleted; in the profile dev they are purged and made anew: ${freed.join(", ")}`;
  report({ type: "names_freed", level: "warning", message, data: { freed } });
}

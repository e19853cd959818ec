import type { Provider } from "../plugins/provider.ts";
import type { GateSubject, PolicyGate } from "../policy/gate.ts";
import { adoptSteps } from "./adopt.ts";
import { checkInputs } from "./checkInputs.ts";
import { Claims } from "./claims.ts";
import { dependentReplacements } from "./dependentReplacements.ts";
import type { Verdict } from "./diff.ts";
import type { Goal } from "./goal.ts";
import { stateOf } from "./goalState.ts";
import { Needs } from "./needs.ts";
import type { Operations, Workbench } from "./operations.ts";
import { closesCircle, protectedReplacement, ResourceProblem } from "./problem.ts";
import { dependenciesOf, type ResourceState } from "./state.ts";
import { makeStep, type Step, type StepDetails } from "./step.ts";
import type { Targets } from "./targets.ts";
import { isDefaultProvider } from "./urn.ts";
import { equalValues } from "./values.ts";
import { type Case, Verdicts } from "./verdicts.ts";

const _SEED_BYTES = 32;
const IMPORTED_REPLACEMENT =
  "previously-imported resources that still specify an ID may not be replaced; please remove the `import` declaration from your program";

/** What is to be done for one registration. */
export interface Plan {
  readonly urn: string;
  readonly state: ResourceState;
  readonly steps: readonly Step[];
  /** The steps may begin when this says true: others delete what they make again. */
  readonly waitsFor?: Promise<boolean>;
  /** To be told whether all steps went well. */
  readonly settle?: (ok: boolean) => void;
  /** Not created, because it was not targeted: what depends on it sees unknowns. */
  readonly skipped?: boolean;
}

/** A registration that was taken on. */
export type Preparation = Omit<Case, "provider"> & ({ readonly plan: Plan } | { readonly answers: Promise<Answers> });

interface Deleted {
  readonly keys: readonly string[];
  /** True when the deletion, and the replacement that it was for, went well. */
  readonly gone: Promise<boolean>;
}

interface Answers {
  readonly provider: Provider | undefined;
  /** Only for resources that are compared with an old state. */
  readonly verdict?: Verdict;
}

export interface GeneratorOptions {
  readonly stack: string;
  readonly project: string;
  /** URNs that must be replaced (`--replace`). */
  readonly replace: ReadonlySet<string>;
  readonly targets: Targets;
  readonly policies: PolicyGate;
}

/** Decides, one registration after the other, which steps bring a resource to its goal (step_generator.go). */
export class StepGenerator {
  readonly #options: GeneratorOptions;
  readonly #bench: Workbench;
  readonly #operations: Operations;
  /** States from before whose turn has come, by themselves: a URN may have been renamed. */
  readonly #decided = new Set<ResourceState>();
  /** Deleted in this operation because something they depend on was: they are made again when they register. */
  readonly #deleted = new Map<ResourceState, Deleted>();
  /** New resources that were not targeted. */
  readonly #skipped = new Set<string>();
  /** Not targeted, and therefore as they were. */
  readonly #kept: ResourceState[] = [];
  readonly #needs: Needs;
  readonly #verdicts: Verdicts;
  /** Which registrations took which names and old states. */
  readonly claims: Claims;

  constructor(options: GeneratorOptions, bench: Workbench, operations: Operations) {
    this.#options = options;
    this.#bench = bench;
    this.#operations = operations;
    this.#needs = new Needs(bench.snapshot);
    this.#verdicts = new Verdicts(bench, options.replace);
    this.claims = new Claims(options, bench.snapshot);
  }

  /**
   * Takes a registration on: names it, finds its old state, and begins to ask its provider. Many may be under way at once;
   * what comes of them is decided one after the other.
   *
   * @throws ResourceProblem when the resource cannot be
   */
  prepare(goal: Goal, load: (state: ResourceState) => Promise<Provider | undefined>): Preparation {
    const { urn, old } = this.claims.claim(goal);
    const state = stateOf(goal, urn);
    const { targets } = this.#options;
    const needs = dependenciesOf(state);
    targets.follow(urn, needs);
    if (!targets.includes(urn)) return { goal, urn, old, state, plan: this.#untargeted(state, old, goal) };
    const skipped = needs.find((need) => this.#skipped.has(need));
    if (skipped) {
      throw new ResourceProblem(
        urn,
        `Resource '${urn}' depends on '${skipped}' which was was not specified in --target list.`,
      );
    }
    const other = this.#needs.add(urn, old?.urn, needs);
    if (other) throw new ResourceProblem(urn, closesCircle(urn, other));
    const answers = this.#ask({ goal, urn, old, state }, load);
    answers.catch(() => undefined); // whoever decides awaits the same promise
    return { goal, urn, old, state, answers };
  }

  /** Decides the steps of a registration, in the order of registrations. */
  async decide(prepared: Preparation): Promise<Plan> {
    const { goal, urn, old, state } = prepared;
    const deleted = old && this.#deleted.get(old);
    if (old) this.#decided.add(old);
    if ("plan" in prepared) return deleted ? { ...prepared.plan, waitsFor: deleted.gone } : prepared.plan;
    const { provider, verdict } = await prepared.answers;
    const subject: Case = { goal, urn, old, state, provider };
    if (goal.importId && goal.custom && needsImport(goal, old))
      return this.#plan(subject, await adoptSteps(subject, this.#bench, this.#operations, this.#verdicts));
    if (old === undefined) return this.#plan(subject, [this.#create(subject, "create")]);
    if (deleted && !old.pendingReplacement) await checkInputs(subject, undefined); // deleted meanwhile
    if (deleted || old.pendingReplacement) return this.#recreate(subject, old, deleted);
    if (old.external || !verdict) return this.#plan(subject, this.#replaceAfter(subject, old, []));
    return this.#compare(subject, old, verdict);
  }

  /** What the provider, and policies, say to a registration. Depends only on what has been decided before it came. */
  async #ask(
    subject: Omit<Case, "provider">,
    load: (state: ResourceState) => Promise<Provider | undefined>,
  ): Promise<Answers> {
    const { goal, old, state } = subject;
    const provider = await load(state);
    const full: Case = { ...subject, provider };
    if (goal.importId && goal.custom && needsImport(goal, old)) {
      this.#options.policies.keep(this.#judged(state, goal));
      return { provider };
    }
    const compared = old !== undefined && !old.pendingReplacement && !old.external;
    await checkInputs(full, compared ? old.inputs : undefined);
    state.inputs = await this.#options.policies.check(this.#judged(state, goal));
    return { provider, ...(compared ? { verdict: await this.#verdicts.verdict(full, old) } : {}) };
  }

  /** Remembers a provider resource's inputs for resources that move to it. */
  noteProvider(state: ResourceState): void {
    this.#verdicts.noteProvider(state);
  }

  /** What those that were not targeted, and therefore stay as they were, depend on. */
  get needs(): ReadonlySet<string> {
    return new Set(this.#kept.flatMap(dependenciesOf));
  }

  /** Leaves a resource that was not targeted as it was; one that is new is not made. */
  #untargeted(state: ResourceState, old: ResourceState | undefined, goal: Goal): Plan {
    const { urn, type } = state;
    if (!old) {
      this.#skipped.add(urn);
      const nothing = async () => undefined;
      const step: Step = {
        op: "same",
        urn,
        type,
        provider: state.provider ?? "",
        old: state,
        new: state,
        run: nothing,
      };
      return { urn, state, steps: [step], skipped: true };
    }
    if (old.provider && !this.#verdicts.keepsProvider(old.provider)) {
      throw new ResourceProblem(
        urn,
        `provider ${old.provider} for resource ${urn} has not been registered yet, this is due to a change of providers mixed with --target. Change your program back to the original providers`,
      );
    }
    const kept: ResourceState = { ...old, urn };
    this.#kept.push(kept);
    this.#needs.keep(urn, old.urn, dependenciesOf(kept));
    this.#options.policies.keep(this.#judged(kept, goal));
    // As it is then: what it depends on may be deleted first, and it with that.
    const run = () => this.#bench.snapshot.keep(old, Object.assign(kept, old, { urn }));
    return { urn, state: kept, steps: [{ op: "same", urn, type, provider: kept.provider ?? "", old, new: kept, run }] };
  }

  /** A resource as policies get it. */
  #judged(state: ResourceState, goal: Goal): GateSubject {
    return { state, goal, aliases: () => this.claims.aliasesOf(state.urn) };
  }

  #plan(subject: Case, steps: readonly Step[]): Plan {
    return { urn: subject.urn, state: subject.state, steps };
  }

  async #compare(subject: Case, old: ResourceState, verdict: Verdict): Promise<Plan> {
    const { goal, urn, state } = subject;
    if (verdict.replaceKeys.length > 0) return this.#replace(subject, old, verdict);
    state.id = old.id ?? "";
    const details = { diffs: verdict.diffs, detailed: verdict.detailed };
    if (verdict.changed) {
      const run = () => this.#operations.update(old, state, subject.provider);
      return this.#plan(subject, [makeStep("update", subject, old, details, run)]);
    }
    if (goal.custom && !equalValues(old.inputs ?? {}, state.inputs ?? {}) && isDefaultProvider(urn))
      state.inputs = old.inputs ?? {};
    const run = () => this.#operations.same(old, state, subject.provider);
    return this.#plan(subject, [makeStep("same", subject, old, {}, run)]);
  }

  /** Reports in a preview. @throws ResourceProblem in an update */
  #refuse(problem: ResourceProblem, severity: "error" | "warning"): void {
    if (!this.#bench.preview) throw problem;
    this.#bench.events.diagnose(severity, problem.message, problem.urn);
  }

  async #replace(subject: Case, old: ResourceState, verdict: Verdict): Promise<Plan> {
    const { goal, urn } = subject;
    // A preview goes on, so that the change behind a refusal is seen.
    if (old.protect && goal.protect) this.#refuse(protectedReplacement(urn), "error");
    if (goal.importId) this.#refuse(new ResourceProblem(urn, IMPORTED_REPLACEMENT), "warning");
    delete old.protect; // taken off in the same run: the old one may go
    await checkInputs(subject, undefined); // names are made anew, or the two would clash
    this.#verdicts.noteReplaced(urn);
    const details = { keys: verdict.replaceKeys, diffs: verdict.diffs, detailed: verdict.detailed };
    if (!(goal.deleteBeforeReplace ?? verdict.deleteBeforeReplace))
      return this.#plan(subject, this.#replaceAfter(subject, old, verdict.replaceKeys, details));
    return this.#replaceBefore(subject, old, details);
  }

  /** Create first; the old one is deleted at the end of the operation. */
  #replaceAfter(
    subject: Case,
    old: ResourceState,
    keys: readonly string[],
    details: StepDetails = { keys },
  ): readonly Step[] {
    const create = makeStep("create-replacement", subject, old, details, () =>
      this.#operations.create(subject.state, subject.provider, { marks: old }),
    );
    return [create, makeStep("replace", subject, old, details, async () => undefined)];
  }

  /** Delete first: what depends on the old one and would be replaced too, then the old one; then create. */
  async #replaceBefore(subject: Case, old: ResourceState, details: StepDetails): Promise<Plan> {
    const dependents = await dependentReplacements(old, this.#bench, (state) => this.#decided.has(state));
    const { promise: gone, resolve: settle } = Promise.withResolvers<boolean>();
    const deletes: Step[] = [];
    for (const { state, keys } of dependents.toReversed()) {
      if (this.#deleted.has(state)) continue;
      if (state.protect) this.#refuse(protectedReplacement(state.urn, old.urn), "error");
      this.#deleted.set(state, { keys, gone });
      this.#verdicts.noteReplaced(this.#bench.snapshot.renamed(state.urn));
      deletes.push(this.#deleteReplaced(state, { keys }, true));
    }
    const steps = [...deletes, this.#deleteReplaced(old, details, true), ...this.#makeAgain(subject, old, details)];
    return { ...this.#plan(subject, steps), settle };
  }

  /** Made again after it was deleted, in this operation or in one that broke off. */
  #recreate(subject: Case, old: ResourceState, deleted: Deleted | undefined): Plan {
    this.#verdicts.noteReplaced(subject.urn);
    const plan = this.#plan(subject, this.#makeAgain(subject, old, { keys: deleted?.keys ?? [] }));
    return deleted ? { ...plan, waitsFor: deleted.gone } : plan;
  }

  #makeAgain(subject: Case, old: ResourceState, details: StepDetails): readonly Step[] {
    const create = () => this.#operations.create(subject.state, subject.provider, { drops: old });
    return [
      makeStep("replace", subject, old, details, async () => undefined),
      makeStep("create-replacement", subject, old, details, create),
    ];
  }

  #deleteReplaced(old: ResourceState, details: StepDetails, keepPending: boolean): Step {
    const run = () => this.#operations.delete(old, false, keepPending);
    return {
      op: "delete-replaced",
      urn: old.urn,
      type: old.type,
      provider: old.provider ?? "",
      old,
      new: undefined,
      ...details,
      run,
    };
  }

  #create(subject: Case, op: "create"): Step {
    return makeStep(op, subject, undefined, {}, () => this.#operations.create(subject.state, subject.provider));
  }
}

/** An `import` counts for a resource that is not there yet, or is there under an id that was not imported. */
function needsImport(goal: Goal, old: ResourceState | undefined): boolean {
  if (!old || old.external) return true;
  return old.id !== goal.importId && old.importID !== goal.importId;
}

import { randomBytes } from "node:crypto";
import type { Provider } from "../plugins/provider.ts";
import { AliasTable } from "./aliases.ts";
import { dependentReplacements } from "./dependentReplacements.ts";
import type { Verdict } from "./diff.ts";
import type { Goal } from "./goal.ts";
import { stateOf } from "./goalState.ts";
import { type Operations, target, type Workbench } from "./operations.ts";
import { checkMessage, protectedReplacement, ResourceProblem } from "./problem.ts";
import { resetPaths } from "./propertyPath.ts";
import { dependenciesOf, type ResourceState } from "./state.ts";
import type { Step } from "./step.ts";
import type { Targets } from "./targets.ts";
import { isDefaultProvider, isProviderType, makeUrn, parentType } from "./urn.ts";
import { equalValues, type PropertyMap } from "./values.ts";
import { type Case, Verdicts } from "./verdicts.ts";

const SEED_BYTES = 32;

/** What is to be done for one registration. */
export interface Plan {
  readonly urn: string;
  readonly state: ResourceState;
  readonly steps: readonly Step[];
  /** Not created, because it was not targeted: what depends on it sees unknowns. */
  readonly skipped?: boolean;
}

export interface GeneratorOptions {
  readonly stack: string;
  readonly project: string;
  /** URNs that must be replaced (`--replace`). */
  readonly replace: ReadonlySet<string>;
  readonly targets: Targets;
}

/** Decides, one registration after the other, which steps bring a resource to its goal (step_generator.go). */
export class StepGenerator {
  readonly #options: GeneratorOptions;
  readonly #bench: Workbench;
  readonly #operations: Operations;
  readonly #aliases: AliasTable;
  readonly #oldsByUrn = new Map<string, ResourceState>();
  /** URNs registered or read in this operation. */
  readonly #seen = new Set<string>();
  /** Old states that a registration took over. */
  readonly #claimed = new Set<ResourceState>();
  /** Deleted in this operation because something they depend on was: they are made again when they register. */
  readonly #deleted = new Map<string, readonly string[]>();
  /** New resources that were not targeted. */
  readonly #skipped = new Set<string>();
  readonly #verdicts: Verdicts;

  constructor(options: GeneratorOptions, bench: Workbench, operations: Operations) {
    this.#options = options;
    this.#bench = bench;
    this.#operations = operations;
    this.#verdicts = new Verdicts(bench, options.replace);
    this.#aliases = new AliasTable(options.stack, options.project);
    for (const old of bench.snapshot.olds) if (!old.delete) this.#oldsByUrn.set(old.urn, old);
  }

  /** True when this operation has registered or read the URN. */
  hasSeen(urn: string): boolean {
    return this.#seen.has(urn);
  }

  /** True when a registration took the old state over. */
  hasClaimed(old: ResourceState): boolean {
    return this.#claimed.has(old);
  }

  /**
   * Names a resource and finds its old state, its own name first, then its aliases.
   *
   * @throws ResourceProblem when the name is taken
   */
  claim(resource: Pick<Goal, "type" | "name" | "parent" | "aliases">): {
    readonly urn: string;
    readonly old: ResourceState | undefined;
  } {
    const { type, name, parent } = resource;
    const urn = makeUrn(this.#options.stack, this.#options.project, parentType(parent), type, name);
    if (this.#seen.has(urn)) {
      throw new ResourceProblem(urn, `Duplicate resource URN '${urn}'; try giving it a unique name`);
    }
    this.#seen.add(urn);
    this.#aliases.add({ urn, ...resource });
    const own = this.#oldsByUrn.get(urn);
    const found = own && !this.#claimed.has(own) ? own : this.#findAlias(urn);
    if (found) this.#claimed.add(found);
    return { urn, old: found };
  }

  /** Decides the steps of a registration. */
  async generate(goal: Goal, load: (state: ResourceState) => Promise<Provider | undefined>): Promise<Plan> {
    const { urn, old } = this.claim(goal);
    const state = stateOf(goal, urn);
    const { targets } = this.#options;
    const needs = dependenciesOf(state);
    targets.follow(urn, needs);
    if (!targets.includes(urn)) return this.#untargeted(state, old);
    const skipped = needs.find((need) => this.#skipped.has(need));
    if (skipped) {
      throw new ResourceProblem(
        urn,
        `Resource '${urn}' depends on '${skipped}' which was was not specified in --target list.`,
      );
    }
    const provider = await load(state);
    const first: Case = { goal, urn, old, state, provider };
    if (goal.importId && goal.custom && needsImport(goal, old)) return this.#plan(first, await this.#import(first));
    const recreating = this.#deleted.has(urn) || old?.pendingReplacement === true;
    const fresh = old === undefined || recreating || old.external === true;
    await this.#check(first, fresh ? undefined : old?.inputs);
    if (old === undefined) return this.#plan(first, [this.#create(first, "create")]);
    if (recreating) return this.#plan(first, this.#recreate(first, old));
    if (old.external) return this.#plan(first, this.#replaceAfter(first, old, []));
    return this.#plan(first, await this.#compare(first, old));
  }

  /** Remembers a provider resource's inputs for resources that move to it. */
  noteProvider(state: ResourceState): void {
    this.#verdicts.noteProvider(state);
  }

  /** Leaves a resource that was not targeted as it was; one that is new is not made. */
  #untargeted(state: ResourceState, old: ResourceState | undefined): Plan {
    const { urn, type } = state;
    if (!old) {
      this.#skipped.add(urn);
      return { urn, state, steps: [], skipped: true };
    }
    const kept: ResourceState = { ...old, urn };
    const run = () => this.#bench.snapshot.keep(old, kept);
    return { urn, state: kept, steps: [{ op: "same", urn, type, provider: kept.provider ?? "", old, new: kept, run }] };
  }

  #plan(subject: Case, steps: readonly Step[]): Plan {
    return { urn: subject.urn, state: subject.state, steps };
  }

  #findAlias(urn: string): ResourceState | undefined {
    for (const alias of this.#aliases.of(urn)) {
      const old = this.#oldsByUrn.get(alias);
      if (!old) continue;
      if (this.#claimed.has(old)) {
        if (this.#seen.has(alias)) continue; // the other name is in use by its rightful owner
        throw new ResourceProblem(urn, `More than one resource (${urn}) is using alias '${alias}'`);
      }
      this.#bench.snapshot.rename(alias, urn);
      return old;
    }
    return undefined;
  }

  /** Lets the provider complete and judge the inputs. `olds` is `undefined` when names are to be made anew. */
  async #check(subject: Case, olds: PropertyMap | undefined): Promise<void> {
    const { goal, urn, state, provider } = subject;
    let news = goal.inputs;
    if (olds && goal.ignoreChanges.length > 0) {
      try {
        news = resetPaths(news, olds, goal.ignoreChanges);
      } catch (error) {
        throw new ResourceProblem(urn, error instanceof Error ? error.message : String(error));
      }
    }
    state.inputs = news;
    if (!provider) return;
    const args = { ...target(state), olds, news, randomSeed: randomBytes(SEED_BYTES) };
    const result = await (isProviderType(state.type) ? provider.checkConfig(args) : provider.check(args));
    if (result.failures.length > 0) throw new ResourceProblem(urn, checkMessage(goal, result.failures));
    state.inputs = result.inputs;
  }

  async #compare(subject: Case, old: ResourceState): Promise<readonly Step[]> {
    const { goal, urn, state } = subject;
    const verdict = await this.#verdicts.verdict(subject, old);
    if (verdict.replaceKeys.length > 0) return this.#replace(subject, old, verdict);
    state.id = old.id ?? "";
    const details = { diffs: verdict.diffs, detailed: verdict.detailed };
    if (verdict.changed) {
      return [this.#step("update", subject, old, details, () => this.#operations.update(old, state, subject.provider))];
    }
    if (goal.custom && !equalValues(old.inputs ?? {}, state.inputs ?? {}) && isDefaultProvider(urn))
      state.inputs = old.inputs ?? {};
    return [this.#step("same", subject, old, {}, () => this.#operations.same(old, state, subject.provider))];
  }

  async #replace(subject: Case, old: ResourceState, verdict: Verdict): Promise<readonly Step[]> {
    const { goal, urn } = subject;
    if (old.protect && goal.protect) {
      throw protectedReplacement(urn);
    }
    if (goal.importId) {
      throw new ResourceProblem(
        urn,
        `previously-imported resources that still specify an ID may not be replaced; please remove the \`import\` declaration from your program`,
      );
    }
    delete old.protect; // taken off in the same run: the old one may go
    await this.#check(subject, undefined); // names are made anew, or the two would clash
    this.#verdicts.noteReplaced(urn);
    const details = { keys: verdict.replaceKeys, diffs: verdict.diffs, detailed: verdict.detailed };
    if (!(goal.deleteBeforeReplace ?? verdict.deleteBeforeReplace))
      return this.#replaceAfter(subject, old, verdict.replaceKeys, details);
    return this.#replaceBefore(subject, old, details);
  }

  /** Create first; the old one is deleted at the end of the operation. */
  #replaceAfter(
    subject: Case,
    old: ResourceState,
    keys: readonly string[],
    details: Details = { keys },
  ): readonly Step[] {
    const create = this.#step("create-replacement", subject, old, details, () =>
      this.#operations.create(subject.state, subject.provider, { marks: old }),
    );
    return [create, this.#step("replace", subject, old, details, async () => undefined)];
  }

  /** Delete first: what depends on the old one and would be replaced too, then the old one; then create. */
  async #replaceBefore(subject: Case, old: ResourceState, details: Details): Promise<readonly Step[]> {
    const dependents = await dependentReplacements(old, this.#bench, (state) => this.#seen.has(state.urn));
    const deletes: Step[] = [];
    for (const { state, keys } of dependents.toReversed()) {
      if (this.#deleted.has(state.urn)) continue;
      if (state.protect) {
        throw protectedReplacement(state.urn, old.urn);
      }
      this.#deleted.set(state.urn, keys);
      this.#verdicts.noteReplaced(state.urn);
      deletes.push(this.#deleteReplaced(state, { keys }, true));
    }
    return [
      ...deletes,
      this.#deleteReplaced(old, details, true),
      this.#step("replace", subject, old, details, async () => undefined),
      this.#createAnew(subject, old, details),
    ];
  }

  /** Made again after it was deleted, in this operation or in one that broke off. */
  #recreate(subject: Case, old: ResourceState): readonly Step[] {
    const details = { keys: this.#deleted.get(subject.urn) ?? [] };
    this.#verdicts.noteReplaced(subject.urn);
    return [
      this.#step("replace", subject, old, details, async () => undefined),
      this.#createAnew(subject, old, details),
    ];
  }

  #createAnew(subject: Case, old: ResourceState, details: Details): Step {
    return this.#step("create-replacement", subject, old, details, () =>
      this.#operations.create(subject.state, subject.provider, { drops: old }),
    );
  }

  #deleteReplaced(old: ResourceState, details: Details, keepPending: boolean): Step {
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
    return this.#step(op, subject, undefined, {}, () => this.#operations.create(subject.state, subject.provider));
  }

  /** Takes over a resource that exists: read it, then see whether the program wants it otherwise. */
  async #import(subject: Case): Promise<readonly Step[]> {
    const { goal, urn, old, state, provider } = subject;
    if (!provider) throw new ResourceProblem(urn, "only custom resources can be imported");
    const existing = await this.#operations.readForImport(state, provider, goal.importId).catch((error: Error) => {
      throw new ResourceProblem(urn, error.message);
    });
    const id = existing.id || goal.importId;
    const found: ResourceState = {
      ...state,
      id,
      importID: goal.importId,
      inputs: existing.inputs ?? goal.inputs,
      outputs: existing.outputs,
    };
    await this.#check(subject, found.inputs);
    const verdict = await this.#verdicts.verdict(subject, found);
    if (verdict.replaceKeys.length > 0) {
      throw new ResourceProblem(
        urn,
        `inputs to import do not match the existing resource: ${verdict.replaceKeys.join(", ")}`,
      );
    }
    const replacing = old !== undefined && !old.external;
    const adopt = this.#step(replacing ? "import-replacement" : "import", subject, old, {}, async () => {
      Object.assign(state, { id, importID: goal.importId, outputs: existing.outputs });
      if (!verdict.changed) state.created = state.modified = this.#bench.now().toISOString();
      await this.#bench.snapshot.put(state, replacing ? { marks: old } : { drops: old });
    });
    const after: Step[] = replacing ? [this.#step("replace", subject, old, {}, async () => undefined)] : [];
    if (!verdict.changed) return [adopt, ...after];
    const details = { diffs: verdict.diffs, detailed: verdict.detailed };
    return [
      adopt,
      ...after,
      this.#step("update", subject, found, details, () => this.#operations.update(found, state, provider)),
    ];
  }

  #step(
    op: Step["op"],
    subject: Case,
    old: ResourceState | undefined,
    details: Details,
    run: () => Promise<void>,
  ): Step {
    const { urn, state } = subject;
    return { op, urn, type: state.type, provider: state.provider ?? "", old, new: state, ...details, run };
  }
}

type Details = Pick<Step, "keys" | "diffs" | "detailed">;

/** An `import` counts for a resource that is not there yet, or is there under an id that was not imported. */
function needsImport(goal: Goal, old: ResourceState | undefined): boolean {
  if (!old || old.external) return true;
  return old.id !== goal.importId && old.importID !== goal.importId;
}

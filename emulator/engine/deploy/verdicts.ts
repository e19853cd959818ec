import type { Provider } from "../plugins/provider.ts";
import { compareInputs, judge, type Verdict } from "./diff.ts";
import type { Goal } from "./goal.ts";
import { target, type Workbench } from "./operations.ts";
import type { ResourceState } from "./state.ts";
import { isDefaultProvider, isProviderType, splitReference } from "./urn.ts";
import { equalValues } from "./values.ts";

/** One registration on its way through the decisions. */
export interface Case {
  readonly goal: Goal;
  readonly urn: string;
  readonly old: ResourceState | undefined;
  readonly state: ResourceState;
  readonly provider: Provider | undefined;
}

/** Decides whether resources changed: asks their providers, and knows the reasons that need no asking. */
export class Verdicts {
  readonly #bench: Workbench;
  /** URNs that the user wants replaced. */
  readonly #requested: ReadonlySet<string>;
  readonly #replaced = new Set<string>();

  constructor(bench: Workbench, requested: ReadonlySet<string>) {
    this.#bench = bench;
    this.#requested = requested;
  }

  /** Remembers that a resource is replaced in this operation: others may have to follow. */
  noteReplaced(urn: string): void {
    this.#replaced.add(urn);
  }

  /** Whether, and how, the resource must change. */
  async verdict(subject: Case, old: ResourceState): Promise<Verdict> {
    const { goal, urn, state, provider } = subject;
    const forced = await this.#forcedReplacement(subject, old);
    if (forced)
      return { changed: true, replaceKeys: [forced], diffs: [], detailed: undefined, deleteBeforeReplace: false };
    const news = state.inputs ?? {};
    const args = {
      ...target(state),
      id: old.id ?? "",
      oldInputs: old.inputs ?? {},
      oldOutputs: old.outputs ?? {},
      news,
      ignoreChanges: goal.ignoreChanges,
    };
    const asked = !provider
      ? undefined
      : await (isProviderType(state.type) ? provider.diffConfig(args) : provider.diff(args));
    const diff =
      asked && asked.changes !== "unknown"
        ? asked
        : { ...compareInputs(old.inputs ?? {}, news), replaceKeys: asked?.replaceKeys ?? [] };
    const verdict = judge(diff, goal.replaceOnChanges, (old.initErrors?.length ?? 0) > 0);
    return isDefaultProvider(urn) ? { ...verdict, replaceKeys: [] } : verdict;
  }

  /** The key of a replacement that needs no Diff. */
  async #forcedReplacement(subject: Case, old: ResourceState): Promise<string | undefined> {
    const { goal, urn, provider } = subject;
    if (this.#requested.has(urn) || (old.taint && old.custom)) return "id";
    if (goal.replaceWith.some((other) => this.#replaced.has(other))) return "replaceWith";
    if (goal.deletedWith && this.#replaced.has(goal.deletedWith)) return "deletedWith";
    if (goal.replacementTrigger !== undefined && old.replacementTrigger !== undefined) {
      if (!equalValues(goal.replacementTrigger, old.replacementTrigger)) return "replacementTrigger";
    }
    return provider && (await this.#providerForcesReplacement(subject, old)) ? "provider" : undefined;
  }

  /** A resource that moves to another provider is replaced when that provider says that its configuration demands it. */
  async #providerForcesReplacement(subject: Case, old: ResourceState): Promise<boolean> {
    const before = old.provider ?? "";
    const now = subject.goal.provider;
    if (before === "" || before === now || isProviderType(old.type)) return false;
    const from = splitReference(before);
    const to = splitReference(now);
    if (from.id === to.id && this.#bench.snapshot.renamed(from.urn) === to.urn) return false;
    const old_ = this.#bench.snapshot.olds.find((state) => state.urn === from.urn && state.id === from.id);
    const news = this.#registered.get(to.urn)?.inputs;
    if (!old_ || !news || !subject.provider) return false;
    const diff = await subject.provider.diffConfig({
      ...target({ urn: to.urn }),
      id: from.id,
      oldInputs: old_.inputs ?? {},
      oldOutputs: old_.outputs ?? {},
      news,
      ignoreChanges: [],
    });
    return diff.replaceKeys.length > 0;
  }

  readonly #registered = new Map<string, ResourceState>();

  /** Remembers a provider resource of this operation. */
  noteProvider(state: ResourceState): void {
    this.#registered.set(state.urn, state);
  }

  /** True when the provider behind a reference of the state goes on as it was. */
  keepsProvider(reference: string): boolean {
    const { urn, id } = splitReference(reference);
    return this.#registered.get(this.#bench.snapshot.renamed(urn))?.id === id;
  }
}

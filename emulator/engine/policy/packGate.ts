import { ResourceProblem } from "../deploy/problem.ts";
import type { ResourceState } from "../deploy/state.ts";
import { makeUrn, parseUrn, STACK_TYPE, splitReference } from "../deploy/urn.ts";
import type { PropertyMap } from "../deploy/values.ts";
import { EngineError } from "../engineError.ts";
import type { EventStream } from "../events/stream.ts";
import type { AnalyzedProvider, AnalyzedResource, Judgement, Violation } from "../plugins/analyzer.ts";
import type { GateSubject, PolicyGate } from "./gate.ts";
import { Pack, type PackSettings } from "./pack.ts";
import type { PackFolder } from "./packFolder.ts";
import { PolicyTeller } from "./tell.ts";

/** Asks the policy packs of an operation about each of its resources, and about all of them at the end. */
export class PackGate implements PolicyGate {
  readonly #settings: PackSettings;
  readonly #tell: PolicyTeller;
  readonly #packs: Pack[] = [];
  readonly #subjects = new Map<string, GateSubject>();
  #refused = false;

  constructor(settings: PackSettings, events: EventStream) {
    this.#settings = settings;
    const { config, secretKeys } = settings.stack;
    this.#tell = new PolicyTeller(
      events,
      secretKeys.map((key) => config.get(key) ?? ""),
    );
  }

  get refused(): boolean {
    return this.#refused;
  }

  get packs(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#packs.map((pack) => [pack.summaryName, pack.info.version]));
  }

  /**
   * Starts all packs at once.
   *
   * @throws EngineError when one does not start, or its config does not fit (what is wrong with it is told before)
   */
  async start(folders: readonly PackFolder[]): Promise<void> {
    this.#refused = true; // until they run
    const started = await Promise.allSettled(folders.map((folder) => Pack.start(folder, this.#settings)));
    for (const result of started) if (result.status === "fulfilled") this.#packs.push(result.value);
    for (const result of started) if (result.status === "rejected") throw result.reason;
    const errors = this.#packs.flatMap(({ info, configErrors }) =>
      configErrors.map((error) => `validating policy config: ${info.name} ${info.version}  ${error}`),
    );
    for (const error of errors.sort()) this.#tell.failure(error);
    if (errors.length > 0) throw new EngineError("validating policy config");
    this.#refused = false;
  }

  /** Remediations first, pack after pack, so that policies judge what will really be there. */
  async check(subject: GateSubject): Promise<PropertyMap> {
    this.keep(subject);
    const { urn } = subject.state;
    let inputs = subject.state.inputs ?? {};
    for (const pack of this.#packs) inputs = await this.#remediate(pack, subject, inputs);
    const resource = this.#describe(subject, inputs);
    const judged = await Promise.all(
      this.#packs.map((pack) => this.#ask(pack, urn, "failed to run policy", () => pack.client.analyze(resource))),
    );
    let violated = false;
    for (const [index, pack] of this.#packs.entries()) {
      const { violations, notApplicable } = judged[index] ?? NOTHING_FOUND;
      for (const violation of violations) violated = this.#tellViolation(pack, urn, violation) || violated;
      this.#tell.analyzeSummary(urn, pack.info, violations.map(policyOf), notApplicable);
    }
    // A preview goes on, so that it shows all violations.
    if (violated && !this.#settings.stack.preview) throw new ResourceProblem(urn, "");
    return inputs;
  }

  keep(subject: GateSubject): void {
    this.#subjects.set(subject.state.urn, subject);
  }

  async finish(): Promise<void> {
    const resources = [...this.#subjects.values()].map((subject) =>
      this.#describe(subject, subject.state.outputs ?? {}),
    );
    for (const pack of this.#packs) {
      let judgement: Judgement;
      try {
        judgement = await this.#ask(pack, "", "failed to run stack policy", () => pack.client.analyzeStack(resources));
      } catch (error) {
        if (!(error instanceof ResourceProblem)) throw error;
        if (error.message !== "") this.#tell.failure(error.message);
        return;
      }
      for (const violation of judgement.violations) {
        const known = this.#subjects.has(violation.urn);
        this.#tellViolation(pack, known ? violation.urn : this.#rootUrn(), violation);
      }
      this.#tell.stackSummary(pack.info, judgement.violations.map(policyOf), judgement.notApplicable);
    }
  }

  cancel(): void {
    for (const pack of this.#packs) pack.client.cancel();
  }

  async close(): Promise<void> {
    await Promise.all(this.#packs.map((pack) => pack.close()));
  }

  async #remediate(pack: Pack, subject: GateSubject, before: PropertyMap): Promise<PropertyMap> {
    const { urn } = subject.state;
    const { remediations, notApplicable } = await this.#ask(pack, urn, "failed to run remediation", () =>
      pack.client.remediate(this.#describe(subject, before)),
    );
    let inputs = before;
    for (const remediation of remediations) {
      const { diagnostic, policy, properties } = remediation;
      if (diagnostic !== "") {
        const violation = { policy, message: diagnostic, enforcementLevel: "advisory", severity: undefined } as const;
        this.#tell.violation(urn, pack.info, violation);
      } else if (properties) {
        this.#tell.remediation(urn, pack.info, remediation, inputs, properties);
        inputs = properties;
      }
    }
    this.#tell.remediateSummary(urn, pack.info, remediations.map(policyOf), notApplicable);
    return inputs;
  }

  /** @returns true when it is mandatory: also after a remediation that did not help */
  #tellViolation(pack: Pack, urn: string, violation: Violation): boolean {
    const enforcementLevel = violation.enforcementLevel === "remediate" ? "mandatory" : violation.enforcementLevel;
    this.#tell.violation(urn, pack.info, { ...violation, enforcementLevel });
    if (enforcementLevel !== "mandatory") return false;
    this.#refused = true;
    return true;
  }

  /** A pack that fails fails the operation; one that was interrupted has nothing to say. */
  async #ask<R>(pack: Pack, urn: string, what: string, ask: () => Promise<R>): Promise<R> {
    try {
      return await ask();
    } catch (error) {
      this.#refused = true;
      const message = this.#settings.signal.aborted ? "" : this.#tell.hide(pack.failure(what, error));
      throw new ResourceProblem(urn, message);
    }
  }

  #describe({ state, goal, aliases }: GateSubject, properties: PropertyMap): AnalyzedResource {
    return {
      urn: state.urn,
      type: state.type,
      name: parseUrn(state.urn).name,
      properties,
      parent: state.parent ?? "",
      protect: state.protect ?? false,
      ignoreChanges: state.ignoreChanges ?? [],
      deleteBeforeReplace: goal.deleteBeforeReplace,
      additionalSecretOutputs: state.additionalSecretOutputs ?? [],
      aliases: aliases(),
      timeouts: state.customTimeouts ?? {},
      dependencies: state.dependencies ?? [],
      propertyDependencies: state.propertyDependencies ?? {},
      provider: state.provider ? this.#provider(state.provider) : undefined,
    };
  }

  #provider(reference: string): AnalyzedProvider | undefined {
    const state: ResourceState | undefined = this.#subjects.get(splitReference(reference).urn)?.state;
    if (!state) return undefined;
    return { urn: state.urn, type: state.type, name: parseUrn(state.urn).name, properties: state.inputs ?? {} };
  }

  /** Where a finding stands that is about the stack itself. */
  #rootUrn(): string {
    const { stack, project } = this.#settings.stack;
    return makeUrn(stack, project, "", STACK_TYPE, `${project}-${stack}`);
  }
}

const NOTHING_FOUND: Judgement = { violations: [], notApplicable: [] };

function policyOf({ policy }: { readonly policy: string }): string {
  return policy;
}

import { isDefaultProvider, makeUrn, STACK_TYPE } from "../deploy/urn.ts";
import type {
  DiagnosticEvent,
  EngineEvent,
  PolicyEvent,
  PolicyRemediationEvent,
  StepMetadata,
  SummaryEvent,
} from "../events/types.ts";
import { changeSummary } from "./changeSummary.ts";

/** What is known of one resource. */
export interface Row {
  readonly urn: string;
  /** The latest step; `undefined` when only messages came. */
  readonly step: StepMetadata | undefined;
  readonly phase: "waiting" | "running" | "done" | "failed";
  readonly startedMs: number;
  readonly endedMs: number;
  /** What the resource's earlier steps took: a replacement has several. */
  readonly spentMs: number;
  /** `[diff: ~size]`, or nothing. */
  readonly changes: string;
  readonly messages: readonly DiagnosticEvent[];
}

/** The stack that an operation works on. */
export interface StackName {
  readonly name: string;
  readonly project: string;
}

/** What an operation's events come to: a row per resource, in the order of their first event. */
export class Progress {
  /** The stack's own resource; messages without a resource are its messages. */
  readonly rootUrn: string;
  readonly rows = new Map<string, Row>();
  /** Texts for the whole terminal, such as the answer to an interrupt. */
  readonly notices: string[] = [];
  readonly violations: PolicyEvent[] = [];
  readonly remediations: PolicyRemediationEvent[] = [];
  /** The stack's step once its outputs are known. */
  outputs: StepMetadata | undefined;
  summary: SummaryEvent | undefined;
  readonly #showDebug: boolean;
  /** The lists behind the rows' messages, by URN. */
  readonly #messages = new Map<string, DiagnosticEvent[]>();

  constructor(stack: StackName, showDebug: boolean) {
    this.rootUrn = makeUrn(stack.name, stack.project, "", STACK_TYPE, `${stack.project}-${stack.name}`);
    this.#showDebug = showDebug;
    this.#row(this.rootUrn);
  }

  /** Takes an event in. @returns the row that it changed */
  apply(event: EngineEvent, nowMs: number): Row | undefined {
    if ("resourcePreEvent" in event) return this.#begin(event.resourcePreEvent.metadata, nowMs);
    if ("resOutputsEvent" in event) return this.#end(event.resOutputsEvent.metadata, nowMs);
    if ("resOpFailedEvent" in event) return this.#fail(event.resOpFailedEvent.metadata, nowMs);
    if ("diagnosticEvent" in event) return this.#note(event.diagnosticEvent);
    if ("stdoutEvent" in event) this.notices.push(event.stdoutEvent.message);
    else if ("policyEvent" in event) this.violations.push(event.policyEvent);
    else if ("policyRemediationEvent" in event) this.remediations.push(event.policyRemediationEvent);
    else if ("summaryEvent" in event) this.summary = event.summaryEvent;
    return undefined;
  }

  #begin(step: StepMetadata, nowMs: number): Row | undefined {
    if (isDefaultProvider(step.urn)) return undefined;
    const row = this.#row(step.urn);
    // Deleting the original belongs to the replacement that was told before.
    const changes = step.op.endsWith("-replaced") ? row.changes : changeSummary(step, false);
    const spentMs = row.spentMs + row.endedMs - row.startedMs;
    return this.#set({ ...row, step, phase: "running", startedMs: nowMs, endedMs: nowMs, spentMs, changes });
  }

  #end(step: StepMetadata, nowMs: number): Row | undefined {
    if (isDefaultProvider(step.urn)) return undefined;
    const row = this.#row(step.urn);
    if (step.urn === this.rootUrn) {
      this.outputs = step;
      return this.#set({ ...row, step, endedMs: nowMs }); // it runs as long as the program does
    }
    const refreshed = step.op === "refresh" || row.step?.op === "refresh";
    const changes = refreshed || step.op.startsWith("import") ? changeSummary(step, refreshed) : row.changes;
    return this.#set({ ...row, step, phase: "done", endedMs: nowMs, changes });
  }

  #fail(step: StepMetadata, nowMs: number): Row | undefined {
    if (isDefaultProvider(step.urn)) return undefined;
    return this.#set({ ...this.#row(step.urn), step, phase: "failed", endedMs: nowMs });
  }

  #note(event: DiagnosticEvent): Row | undefined {
    if (event.severity === "debug" && !this.#showDebug) return undefined;
    const row = this.#row(event.urn || this.rootUrn);
    this.#messages.get(row.urn)?.push(event); // copied each time, a talkative program would take quadratic time
    return row;
  }

  #row(urn: string): Row {
    const row = this.rows.get(urn);
    if (row) return row;
    const messages: DiagnosticEvent[] = [];
    this.#messages.set(urn, messages);
    return this.#set({
      urn,
      step: undefined,
      phase: "waiting",
      startedMs: 0,
      endedMs: 0,
      spentMs: 0,
      changes: "",
      messages,
    });
  }

  #set(row: Row): Row {
    this.rows.set(row.urn, row);
    return row;
  }
}

import { isDefaultProvider } from "../deploy/urn.ts";
import type { EngineEvent, StepMetadata } from "../events/types.ts";

/** Collects a preview's events into the one document of `preview --json` (display.PreviewDigest). */
export class PreviewDocument {
  readonly #steps: unknown[] = [];
  readonly #diagnostics: unknown[] = [];
  #config: Readonly<Record<string, string>> = {};
  #summary: Readonly<Record<string, unknown>> = {};

  readonly listener = (event: EngineEvent): void => {
    if ("preludeEvent" in event) this.#config = event.preludeEvent.config;
    else if ("resourcePreEvent" in event) this.#onStep(event.resourcePreEvent.metadata);
    else if ("diagnosticEvent" in event) {
      const { urn, prefix, message, severity } = event.diagnosticEvent;
      if (severity !== "debug")
        this.#diagnostics.push({ ...(urn ? { urn } : {}), ...(prefix ? { prefix } : {}), message, severity });
    } else if ("summaryEvent" in event) {
      const { durationSeconds, resourceChanges, maybeCorrupt } = event.summaryEvent;
      this.#summary = {
        duration: durationSeconds * 1_000_000_000,
        changeSummary: resourceChanges,
        ...(maybeCorrupt ? { maybeCorrupt } : {}),
      };
    }
  };

  /** The document's text. */
  render(): string {
    const diagnostics = this.#diagnostics.length > 0 ? { diagnostics: this.#diagnostics } : {};
    return `${JSON.stringify({ config: this.#config, steps: this.#steps, ...diagnostics, ...this.#summary }, null, 4)}\n`;
  }

  #onStep(step: StepMetadata): void {
    if (isDefaultProvider(step.urn)) return;
    const detailed = Object.entries(step.detailedDiff ?? {});
    this.#steps.push({
      op: step.op,
      urn: step.urn,
      ...(step.provider ? { provider: step.provider } : {}),
      ...(step.old ? { oldState: step.old } : {}),
      ...(step.new ? { newState: step.new } : {}),
      ...(step.diffs ? { diffReasons: step.diffs } : {}),
      ...(step.keys ? { replaceReasons: step.keys } : {}),
      detailedDiff:
        detailed.length > 0
          ? Object.fromEntries(detailed.map(([path, { diffKind, inputDiff }]) => [path, { kind: diffKind, inputDiff }]))
          : null,
    });
  }
}

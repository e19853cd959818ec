import { isDefaultProvider } from "../deploy/urn.ts";
import type { EngineEvent, EventBody, Severity } from "./types.ts";

/** Takes events in order. */
export type EventListener = (event: EngineEvent) => void;

/** Numbers the events of one operation and hands them on. Errors among the diagnostics are counted. */
export class EventStream {
  readonly #listeners: EventListener[] = [];
  #sequence = 0;
  #errors = 0;

  /** How many errors were reported. */
  get errors(): number {
    return this.#errors;
  }

  listen(listener: EventListener): void {
    this.#listeners.push(listener);
  }

  emit(body: EventBody): void {
    const event = { sequence: this.#sequence++, timestamp: Math.floor(Date.now() / 1000), ...body };
    for (const listener of this.#listeners) listener(event);
  }

  /** Reports a message about a resource, or about the whole operation when `urn` is empty. */
  diagnose(severity: Severity, message: string, urn = "", more: { streamID?: number; ephemeral?: boolean } = {}): void {
    if (severity === "error") this.#errors++;
    const prefix = severity === "warning" ? "warning: " : severity === "error" ? "error: " : "";
    const about = urn === "" || isDefaultProvider(urn) ? {} : { urn };
    this.emit({
      diagnosticEvent: {
        ...about,
        ...(prefix ? { prefix } : {}),
        message: endLine(message),
        color: "never",
        severity,
        ...more,
      },
    });
  }
}

function endLine(message: string): string {
  return message.endsWith("\n") ? message : `${message}\n`;
}

import type { EngineEvent } from "../events/types.ts";
import { DiffView } from "./diff/diffView.ts";
import { outputLines } from "./diff/outputLines.ts";
import { LiveTree } from "./liveTree.ts";
import type { Paint } from "./paint.ts";
import { earnsLine, plainLine } from "./plainLines.ts";
import { Progress, type Row, type StackName } from "./progress.ts";
import { diagnosticsSection } from "./sections/diagnostics.ts";
import { isMandatory, policiesSection } from "./sections/policies.ts";
import { summarySection } from "./sections/summary.ts";
import { paintLine } from "./spans.ts";
import type { Telling } from "./status.ts";
import { drawTree } from "./tree.ts";

export interface HumanOptions {
  /** For instance `Updating`. */
  readonly title: string;
  readonly stack: StackName;
  readonly preview: boolean;
  /** While it runs: a tree kept up to date in its place, a line per event, the changed properties, or nothing. */
  readonly view: "tree" | "lines" | "diff" | "none";
  readonly showOutputs: boolean;
  readonly showConfig: boolean;
  readonly showSames: boolean;
  readonly showReads: boolean;
  readonly showReplacementSteps: boolean;
  readonly showDebug: boolean;
  readonly truncate: boolean;
  readonly paint: Paint;
  readonly write: (text: string) => void;
  /** The terminal's size; `undefined` without one. */
  readonly size: () => { readonly columns: number; readonly rows: number } | undefined;
  readonly now: () => number;
}

/** What a terminal is taken for that does not tell its size. */
const USUAL_SIZE = { columns: 80, rows: 24 };

/** Shows an operation's events to people: what happens while it happens, then messages, policies, outputs and counts. */
export class HumanDisplay {
  readonly #options: HumanOptions;
  readonly #progress: Progress;
  readonly #diff: DiffView;
  #tree: LiveTree | undefined;
  #begun = false;
  #closed = false;
  /** Whether something stands between the title and what comes next. */
  #spoke = false;
  #toldLoading = false;

  constructor(options: HumanOptions) {
    this.#options = options;
    this.#progress = new Progress(options.stack, options.showDebug);
    this.#diff = new DiffView(options);
  }

  /** Takes the events in order; the cancel event is the last one. */
  readonly listener = (event: EngineEvent): void => {
    if (this.#closed) return;
    this.#begin();
    if ("cancelEvent" in event) {
      this.close();
      return;
    }
    const row = this.#progress.apply(event, this.#options.now());
    if ("preludeEvent" in event && this.#options.showConfig) this.#options.write(configText(event.preludeEvent.config));
    else if (this.#tree) this.#tree.changed();
    else this.#tell(event, row);
  };

  /** Ends the view and shows the rest; the second time nothing happens. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { paint, view } = this.#options;
    const { rows, rootUrn, summary } = this.#progress;
    this.#tree?.close();
    const root = rows.get(rootUrn);
    const telling = this.#telling(true);
    // In a preview a step is told once.
    if (view === "lines" && root?.step && (!telling.preview || telling.failed))
      this.#say(`${paintLine(plainLine(root, telling), paint)}\n`);
    const sections = this.#sections(summary !== undefined).filter((section) => section !== "");
    if (sections.length === 0) return;
    this.#options.write((this.#spoke ? "\n" : "") + sections.join("\n"));
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const { title, stack, view, paint, write, now } = this.#options;
    write(`${paint(`${title} (${stack.name}):`, "headline")}\n\n`);
    if (view !== "tree") return;
    this.#tree = new LiveTree({ write, paint, now, draw: (final) => this.#draw(final) });
    this.#spoke = true;
  }

  #tell(event: EngineEvent, row: Row | undefined): void {
    const { view, preview, paint } = this.#options;
    if ("stdoutEvent" in event) this.#say(event.stdoutEvent.message);
    else if ("policyLoadEvent" in event) this.#tellLoading();
    else if (view === "diff") this.#say(this.#diff.text(event));
    else if (view === "lines" && row && earnsLine(event, row, preview, this.#options))
      this.#say(`${paintLine(plainLine(row, this.#telling(false)), paint)}\n`);
  }

  /** One event comes per pack; one line says it. */
  #tellLoading(): void {
    if (this.#toldLoading || this.#options.view === "none") return;
    this.#toldLoading = true;
    this.#say(`${this.#options.paint("Loading policy packs...", "info")}\n\n`);
  }

  #say(text: string): void {
    if (text === "") return;
    this.#spoke = true;
    this.#options.write(text);
  }

  #telling(done: boolean): Telling {
    const { summary } = this.#progress;
    return {
      preview: this.#options.preview,
      done,
      failed: summary !== undefined && summary.result !== "succeeded",
      nowMs: this.#options.now(),
      joinReplacements: this.#options.view === "tree",
    };
  }

  #draw(final: boolean) {
    const { size, showSames, showReads } = this.#options;
    const { rows, rootUrn, notices } = this.#progress;
    const { columns, rows: height } = size() ?? USUAL_SIZE;
    const state = { ...this.#telling(final), showSames, showReads, rows: [...rows.values()], rootUrn, notices };
    // The cursor stands on a line below the frame.
    return drawTree(state, final ? { columns } : { columns, height: height - 1 });
  }

  #sections(finished: boolean): readonly string[] {
    const { paint, view } = this.#options;
    const { rows, violations, remediations, summary } = this.#progress;
    const packs = summary?.PolicyPacks ?? {};
    const stopped = violations.some(isMandatory);
    return [
      policiesSection({ packs, violations, remediations }, paint),
      diagnosticsSection(rows, paint, this.#options.size()?.columns),
      finished && view !== "diff" ? this.#outputs() : "",
      // A refused operation has no counts worth reading.
      summary && !stopped ? summarySection(summary, paint) : "",
    ];
  }

  #outputs(): string {
    const { preview, showSames, showOutputs, truncate, paint } = this.#options;
    const { outputs } = this.#progress;
    if (!outputs || !showOutputs) return "";
    const lines = outputLines(outputs, { preview, refreshed: false, showSames }, { paint, truncate, indent: 1 });
    return lines.length === 0 ? "" : `${paint("Outputs:", "headline")}\n${lines.join("\n")}\n`;
  }
}

function configText(config: Readonly<Record<string, string>>): string {
  const lines = Object.keys(config)
    .sort()
    .map((key) => `    ${key}: ${config[key]}\n`);
  return `Configuration:\n${lines.join("")}\n`;
}

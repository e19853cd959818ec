import type { Paint } from "./paint.ts";
import { type Line, paintLine } from "./spans.ts";

/** At most ten frames a second. */
const FRAME_MS = 100;

const CURSOR_UP = (lines: number) => `\u001b[${lines}A\r`;
const CLEAR_TO_END_OF_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

export interface LiveTreeOptions {
  readonly write: (text: string) => void;
  readonly paint: Paint;
  /** The lines to show now; all of them, however many, when `final`. */
  readonly draw: (final: boolean) => readonly Line[];
  readonly now: () => number;
}

/** Keeps lines on the terminal up to date in their place. */
export class LiveTree {
  readonly #options: LiveTreeOptions;
  readonly #timer: NodeJS.Timeout;
  #height = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;

  constructor(options: LiveTreeOptions) {
    this.#options = options;
    // Also without events: the seconds behind what runs go on.
    this.#timer = setInterval(() => this.changed(), FRAME_MS).unref();
  }

  /** Something is different: draws, unless the last frame is too young (the timer comes back to it). */
  changed(): void {
    const nowMs = this.#options.now();
    if (nowMs - this.#drawnMs < FRAME_MS) return;
    this.#drawnMs = nowMs;
    this.#frame(this.#options.draw(false));
  }

  /** Leaves the last state on the screen, in full. */
  close(): void {
    clearInterval(this.#timer);
    this.#frame(this.#options.draw(true));
  }

  #frame(lines: readonly Line[]): void {
    const { write, paint } = this.#options;
    const home = this.#height > 0 ? CURSOR_UP(this.#height) : "";
    // Written over the old lines instead of clearing them first: that would flicker.
    const body = lines.map((line) => `${paintLine(line, paint)}${CLEAR_TO_END_OF_LINE}\n`).join("");
    write(home + body + CLEAR_BELOW);
    this.#height = lines.length;
  }
}

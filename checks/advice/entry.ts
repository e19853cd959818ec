/** An error that people meet when they deploy, why it happens, and the way out. */
export interface Advice {
  /** Stable, for links: `soft-deleted-vault`. */
  readonly id: string;
  readonly pattern: RegExp;
  /** Why it happens. */
  readonly cause: string;
  /** What to do. */
  readonly fix: string;
  /** Argument of a component, field of the app spec or setting that prevents it. */
  readonly option?: string;
  /** Where the error is described. */
  readonly source: string;
  /** What the message looks like; no other entry matches it. */
  readonly example: string;
}

/** How sure a write must be. `durable`: also after a power cut, where the store can promise that. */
export type Durability = "normal" | "durable";

/** Where state lives: named texts in folders. Keys are relative, with `/`. The seam for other stores than files. */
export interface Bucket {
  /** As the user knows it, for instance `file:///home/me`. */
  readonly url: string;
  /** True when only processes of this machine write here, as far as one can know. */
  readonly local: boolean;
  /** Where a text is, for messages: a path or a URL. */
  locate(key: string): string;
  /** The text, or `undefined` when there is none. */
  read(key: string): Promise<string | undefined>;
  /** Replaces the text in one step: a reader sees the old or the new one, never a part. */
  write(key: string, text: string, durability?: Durability): Promise<void>;
  /** Adds to the end; creates when absent. What was added before stands first, also when nobody waited for it. */
  append(key: string, text: string): Promise<void>;
  /** Removes a text or a whole folder; nothing happens when there is none. */
  remove(key: string): Promise<void>;
  /** Names directly in a folder, sorted; folders end in `/`. */
  list(folder: string): Promise<readonly string[]>;
}

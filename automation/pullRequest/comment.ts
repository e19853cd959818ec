import { markerOf } from "./render.ts";

/** A comment of ours that a host keeps. */
export interface KeptComment {
  readonly id: string;
  readonly body: string;
}

/** Where comments of a pull request are kept. All its methods are done again when they fail for a while. */
export interface CommentHost {
  readonly name: string;
  /** Characters that a comment may have. */
  readonly limit: number;
  /** Comments that this identity wrote and that carry the marker, oldest first. */
  find(marker: string): Promise<readonly KeptComment[]>;
  create(body: string): Promise<void>;
  update(id: string, body: string): Promise<void>;
  /** A comment that is gone already is no error. */
  remove(id: string): Promise<void>;
  /** Hosts whose pull requests have a status of their own beside the pipeline's. */
  setStatus?(verdict: "pass" | "unsure" | "fail", description: string): Promise<void>;
}

export type Kept = "created" | "updated" | "equal" | "silent";

/**
 * Keeps exactly one comment up to date: the oldest stays, others of ours go, whoever made them. Two runs at once may both create one;
 * each looks again after it created, so that one is left when the last has ended.
 *
 * @param hasNews without news no comment is begun; one that is there is still brought up to date
 */
export async function keepComment(host: CommentHost, app: string, body: string, hasNews: boolean): Promise<Kept> {
  const marker = markerOf(app);
  const [oldest, ...extra] = await host.find(marker);
  if (!oldest) {
    if (!hasNews) return "silent";
    await host.create(body);
    const [first, ...later] = await host.find(marker);
    for (const { id } of later) await host.remove(id);
    if (first && !isEqual(first.body, body)) await host.update(first.id, body);
    return "created";
  }
  for (const { id } of extra) await host.remove(id);
  if (isEqual(oldest.body, body)) return "equal";
  await host.update(oldest.id, body);
  return "updated";
}

/** Hosts change ends of lines and blanks at the end. */
function isEqual(kept: string, body: string): boolean {
  const plain = (text: string) => text.replace(/\r\n/g, "\n").trim();
  return plain(kept) === plain(body);
}

/** Whether a text ends with the marker, as ours do: a quotation of ours has it in the middle. */
export function carries(body: string, marker: string): boolean {
  return body.trimEnd().split(/\r?\n/).at(-1) === marker;
}

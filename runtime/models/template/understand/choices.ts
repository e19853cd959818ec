import type { Item } from "./grammar.ts";
import { isAdjective, isNoun, isParticiple } from "./words.ts";

/** `paid or unpaid`, `status open, in progress or done`: the values before the `or` that belong to it become one item. */
export function joinChoices(items: Item[], last: Item): Item {
  const open = items.at(-1);
  if (open?.choices && open.links.length === 0) {
    items.pop(); // low or medium or high: one more
    return {
      ...last,
      words: open.words,
      choices: [...open.choices, last.words.join(" ")],
      source: `${open.source} or ${last.source}`,
    };
  }
  const members = [last];
  let label: readonly string[] = [];
  while (items.length > 0) {
    const item = items.at(-1);
    if (!item || item.parts.length > 0 || item.note) break;
    const { head, value } = splitValue(item, members.length > 1);
    if (value === undefined) break;
    items.pop();
    members.unshift({ ...item, words: value });
    if (head.length === 0) continue;
    label = head;
    break;
  }
  const choices = members.map((member) => member.words.join(" ")).filter(Boolean);
  const words = label.length > 0 ? label : ["status"];
  const [said, no] = choices;
  if (choices.length === 2 && no === "not" && said !== undefined)
    return { ...last, words: said.split(" "), yesNo: true, plural: false }; // approved or not
  if (choices.length < 2) return last;
  return { ...last, words, choices, plural: false, source: members.map((member) => member.source).join(" or ") };
}

const STATE_LABELS =
  /^(?:status|state|stage|phase|priority|type|kind|category|level|size|gender|role|method|condition|frequency)$/;

/** `status open` → head `status`, value `open`; a noun on its own is no value unless it is next to the `or`. */
function splitValue(item: Item, further: boolean): { head: readonly string[]; value?: readonly string[] } {
  const { words, links } = item;
  const label = words.findIndex((word) => STATE_LABELS.test(word));
  const linked = links[0];
  if (label >= 0 && linked && ["of", "in", "as"].includes(linked.preposition))
    return { head: words, value: linked.target.words };
  if (label >= 0 && words[label + 1] === "of" && words.length > label + 2)
    return { head: words.slice(0, label + 1), value: words.slice(label + 2) };
  if (label >= 0 && label < words.length - 1) return { head: words.slice(0, label + 1), value: words.slice(label + 1) };
  if (label >= 0) return { head: [] };
  const head = words.at(-1) ?? "";
  const adjective = words.length <= 2 && (isAdjective(head) || isParticiple(head) || !isNoun(head));
  return further && !adjective ? { head: [] } : { head: [], value: words };
}

import { BUILD, KEEP, VIEW } from "./vocabulary.ts";
import { isWord } from "./words.ts";

const COMMANDS = [...KEEP, ...VIEW, ...BUILD].filter((word) => word.length >= 4);

/** A sentence whose first word is a misspelt verb of the grammar, with that verb: `trak books` → `track books`. */
export function spelt(sentence: string): string {
  const first = /^[A-Za-z]{4,}/.exec(sentence)?.[0];
  if (!first || isWord(first.toLowerCase())) return sentence;
  const meant = COMMANDS.filter((word) => isOneOff(first.toLowerCase(), word));
  return meant.length === 1 && meant[0] ? meant[0] + sentence.slice(first.length) : sentence;
}

/** Whether one letter is missing, too many, wrong, or swapped with its neighbour. */
function isOneOff(said: string, word: string): boolean {
  if (Math.abs(said.length - word.length) > 1 || said[0] !== word[0]) return false;
  let start = 0;
  while (start < said.length && said[start] === word[start]) start += 1;
  const [restSaid, restWord] = [said.slice(start), word.slice(start)];
  const swapped = restSaid.length > 1 && `${restSaid[1]}${restSaid[0]}${restSaid.slice(2)}` === restWord;
  return (
    swapped ||
    restSaid.slice(1) === restWord ||
    restSaid === restWord.slice(1) ||
    restSaid.slice(1) === restWord.slice(1)
  );
}

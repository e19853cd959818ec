import { APP_ADJECTIVES, DETERMINERS } from "./vocabulary.ts";
import { isPerson, isPlural } from "./words.ts";

/** A sentence without what its speaker tells about himself, and what that tells about the app's name. */
export interface Told {
  readonly text: string;
  readonly title?: string;
}

const SPEAKER = /^(?:i|we|my|our|as an?|for (?:my|our)|an? [\w -]{2,40} (?:wants|needs|would like) to)\b/i;
/** `I want to`, `and we would like to`, `needs to`: what follows is the wish itself. */
const WISH =
  /(?:^|[\s,])(?:(?:i|we|and|also|so)\s+)*(?:(?:also|really|now)\s+)?(?:want|wants|need|needs|would like|wish|hope|have|has|am trying|are trying)(?: for)? to (?:be able to )?(?=[a-z])/i;
/** `I run a bakery`, `we are a charity that helps animals`. */
const BEING_SOMEBODY =
  /^(?:i|we)(?: \w+ly)? (?:run|own|operate|manage|lead|work (?:at|in|for)|volunteer (?:at|for|in)|have|am|are) (?:the |an? |my |our )([\w' -]+?)(?:(,| and| that| which| who| where| with)\s+(.*))?$/i;
/** `our club has boats`, `my company rents out studios`. */
const OWN_PLACE =
  /^(?:my|our) ([\w' -]+?) (?:has|owns|runs|offers|sells|rents(?: out)?|lends(?: out)?|keeps|provides|organi[sz]es|hosts|makes|uses|stores) (.+)$/i;
const PURPOSE = /,? so (?:that )?(?:i|we|they|users|people|everyone|it|he|she)\b[^,;.]*/i;
/** What says nothing about which app it is. */
const ANY_PLACE = new Set("company business firm organisation organization team group place family startup".split(" "));

/** Takes the speaker's own story off a sentence: who he is and that he wishes, not what he wishes. */
export function withoutStory(sentence: string): Told {
  const text = sentence.replace(PURPOSE, "").trim();
  if (!SPEAKER.test(text)) return { text };
  const wish = WISH.exec(text);
  const colon = text.indexOf(":");
  if (wish && (colon < 0 || wish.index < colon)) {
    const before = text.slice(0, wish.index);
    const rest = text.slice(wish.index + wish[0].length);
    return told(rest, BEING_SOMEBODY.exec(before)?.[1] ?? /^(?:my|our|an?) (.+)$/i.exec(before)?.[1]);
  }
  const being = BEING_SOMEBODY.exec(text);
  if (being?.[1] && !isPlural(lastWord(being[1]))) {
    const [, place, connector, rest] = being;
    const aboutHim = /that|which|who/.test(connector ?? "");
    return told(aboutHim ? "" : (rest ?? ""), place);
  }
  const own = OWN_PLACE.exec(text);
  const first = own?.[2]?.split(" ")[0]?.toLowerCase() ?? "";
  if (own?.[1] && own[2] && !isPlural(lastWord(own[1])) && !DETERMINERS.has(first))
    return told(`track ${own[2]}`, own[1]);
  return { text };
}

function told(text: string, place: string | undefined): Told {
  const words = (place ?? "").split(/\s+/).filter((word) => word !== "" && !APP_ADJECTIVES.has(word.toLowerCase()));
  const named =
    words.length > 0 &&
    !isPerson(words.join(" ").toLowerCase()) &&
    !ANY_PLACE.has(lastWord(words.join(" "))) &&
    words.length <= 4;
  return { text: text.trim(), ...(named ? { title: words.join(" ") } : {}) };
}

function lastWord(text: string): string {
  return text.toLowerCase().split(/\s+/).at(-1) ?? text;
}

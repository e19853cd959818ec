import type { FunctionTable, SystemFunction } from "./functions.ts";
import { isArray, isObject, type Value } from "./value.ts";

/** Longest text REPLICATE makes. */
const MAX_REPLICATED = 10_000;

export const STRING_FUNCTIONS: FunctionTable = {
  CONCAT: {
    min: 2,
    max: 200,
    call: (args) => (args.every((each) => typeof each === "string") ? args.join("") : undefined),
  },
  CONTAINS: search((text, part) => text.includes(part)),
  ENDSWITH: search((text, part) => text.endsWith(part)),
  STARTSWITH: search((text, part) => text.startsWith(part)),
  STRINGEQUALS: search((text, part) => text === part),
  INDEX_OF: {
    min: 2,
    max: 3,
    call: ([text, part, from]) => {
      if (typeof text !== "string" || typeof part !== "string") return undefined;
      return text.indexOf(part, typeof from === "number" ? from : 0);
    },
  },
  LEFT: cut((text, length) => text.slice(0, Math.max(0, length))),
  RIGHT: cut((text, length) => (length <= 0 ? "" : text.slice(-length))),
  LENGTH: onText((text) => text.length),
  LOWER: onText((text) => text.toLowerCase()),
  UPPER: onText((text) => text.toUpperCase()),
  LTRIM: onText((text) => text.trimStart()),
  RTRIM: onText((text) => text.trimEnd()),
  TRIM: onText((text) => text.trim()),
  REVERSE: onText((text) => [...text].reverse().join("")),
  REPLACE: {
    min: 3,
    max: 3,
    call: ([text, from, to]) => {
      if (typeof text !== "string" || typeof from !== "string" || typeof to !== "string") return undefined;
      return from === "" ? text : text.replaceAll(from, () => to);
    },
  },
  REPLICATE: cut((text, times) =>
    times < 0 || text.length * times > MAX_REPLICATED ? undefined : text.repeat(Math.trunc(times)),
  ),
  SUBSTRING: {
    min: 3,
    max: 3,
    call: ([text, start, length]) => {
      if (typeof text !== "string" || typeof start !== "number" || typeof length !== "number") return undefined;
      return length <= 0 ? "" : text.slice(Math.max(0, start), Math.max(0, start) + length);
    },
  },
  REGEXMATCH: { min: 2, max: 3, call: ([text, pattern, modifiers]) => regexMatch(text, pattern, modifiers) },
  STRINGJOIN: {
    min: 2,
    max: 2,
    call: ([items, separator]) => {
      if (!isArray(items) || typeof separator !== "string") return undefined;
      return items.every((each) => typeof each === "string") ? items.join(separator) : undefined;
    },
  },
  STRINGSPLIT: {
    min: 2,
    max: 2,
    call: ([text, separator]) => {
      if (typeof text !== "string" || typeof separator !== "string") return undefined;
      return separator === "" ? [text] : text.split(separator);
    },
  },
  STRINGTOARRAY: onText((text) => parsed(text, isArray)),
  STRINGTOBOOLEAN: onText((text) => parsed(text, (value) => typeof value === "boolean")),
  STRINGTONULL: onText((text) => parsed(text, (value) => value === null)),
  STRINGTONUMBER: onText((text) => parsed(text, (value) => typeof value === "number")),
  STRINGTOOBJECT: onText((text) => parsed(text, isObject)),
  TOSTRING: { min: 1, max: 1, call: ([value]) => (typeof value === "string" ? value : JSON.stringify(value)) },
};

function onText(call: (text: string) => Value): SystemFunction {
  return { min: 1, max: 1, call: ([text]) => (typeof text === "string" ? call(text) : undefined) };
}

function cut(call: (text: string, count: number) => Value): SystemFunction {
  return {
    min: 2,
    max: 2,
    call: ([text, count]) => (typeof text === "string" && typeof count === "number" ? call(text, count) : undefined),
  };
}

/** A test of one text in another; the optional third argument ignores case. */
function search(test: (text: string, part: string) => boolean): SystemFunction {
  return {
    min: 2,
    max: 3,
    call: ([text, part, ignoreCase]) => {
      if (typeof text !== "string" || typeof part !== "string") return undefined;
      return ignoreCase === true ? test(text.toLowerCase(), part.toLowerCase()) : test(text, part);
    },
  };
}

/** Modifiers m, s, i, x ("RegexMatch"); x, which ignores blanks, is done by taking them out. */
function regexMatch(text: Value, pattern: Value, modifiers: Value): Value {
  if (typeof text !== "string" || typeof pattern !== "string") return undefined;
  const flags = typeof modifiers === "string" ? modifiers : "";
  if (!/^[msix]*$/.test(flags)) return undefined;
  const source = flags.includes("x") ? pattern.replace(/\s+/g, "") : pattern;
  try {
    return new RegExp(source, [...new Set(flags.replaceAll("x", ""))].join("")).test(text);
  } catch {
    return undefined; // a pattern that is no regular expression matches nothing
  }
}

function parsed(text: string, accept: (value: Value) => boolean): Value {
  try {
    const value = JSON.parse(text) as Value;
    return accept(value) ? value : undefined;
  } catch {
    return undefined; // not JSON: the conversions answer undefined
  }
}

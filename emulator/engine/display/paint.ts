import { styleText } from "node:util";

/** What a piece of text means; how that looks is decided here alone. */
export type Style = keyof typeof STYLES;

type Format = Parameters<typeof styleText>[0];

/** Terminal format, and the real CLI's own mark for `--color raw` (sdk/go/common/diag/colors). */
const STYLES = {
  same: { format: [], raw: "" },
  create: { format: ["green"], raw: "<{%fg 2%}>" },
  update: { format: ["yellow"], raw: "<{%fg 3%}>" },
  delete: { format: ["red"], raw: "<{%fg 1%}>" },
  replace: { format: ["magentaBright"], raw: "<{%fg 13%}>" },
  createReplacement: { format: ["greenBright"], raw: "<{%fg 10%}>" },
  deleteReplaced: { format: ["redBright"], raw: "<{%fg 9%}>" },
  read: { format: ["cyanBright"], raw: "<{%fg 14%}>" },
  headline: { format: ["magentaBright", "bold"], raw: "<{%fg 13%}><{%bold%}>" },
  column: { format: ["blueBright", "underline"], raw: "<{%underline%}><{%fg 12%}>" },
  resource: { format: ["blueBright"], raw: "<{%fg 12%}>" },
  strong: { format: ["bold"], raw: "<{%bold%}>" },
  error: { format: ["red"], raw: "<{%fg 1%}>" },
  warning: { format: ["yellow"], raw: "<{%fg 3%}>" },
  info: { format: ["magenta"], raw: "<{%fg 5%}>" },
  quiet: { format: ["gray"], raw: "<{%fg 8%}>" },
  advice: { format: ["cyan"], raw: "<{%fg 6%}>" },
  prompt: { format: ["cyan", "bold"], raw: "<{%fg 6%}><{%bold%}>" },
} as const satisfies Record<string, { readonly format: Format; readonly raw: string }>;

const RAW_RESET = "<{%reset%}>";

/** Gives text its look. */
export type Paint = (text: string, style?: Style) => string;

/** `raw` writes the real CLI's marks instead of terminal codes, for programs that colour by themselves. */
export type ColorMode = "always" | "never" | "raw";

/** The painter of a mode. */
export function painter(mode: ColorMode): Paint {
  if (mode === "never") return (text) => text;
  return (text, style = "same") => {
    const { format, raw } = STYLES[style];
    if (text === "" || raw === "") return text;
    // Whether colours are wanted was decided by the caller, not by what this process's stdout is.
    return mode === "raw" ? raw + text + RAW_RESET : styleText([...format], text, { validateStream: false });
  };
}

/**
 * What `--color` comes to; `auto` means colours on a terminal unless NO_COLOR is set (no-color.org).
 *
 * @returns `undefined` for a word that means nothing
 */
export function colorMode(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  terminal: boolean,
): ColorMode | undefined {
  if (flag === "always" || flag === "never" || flag === "raw") return flag;
  if (flag !== undefined && flag !== "auto") return undefined;
  return terminal && !env.NO_COLOR && env.TERM !== "dumb" ? "always" : "never";
}

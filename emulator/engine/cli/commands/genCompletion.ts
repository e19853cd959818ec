import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall, CommandSpec } from "../command.ts";
import { GLOBAL_FLAGS } from "../flagTables.ts";

/** What may follow which words, by the words so far. */
type Words = ReadonlyMap<string, readonly string[]>;

/** `gen-completion bash|zsh|fish`: a script to be sourced, made from the command table. */
export async function run({ context, args, commands }: CommandCall): Promise<number> {
  const shell = SHELLS[args[0] ?? ""];
  if (!shell)
    throw new EngineError(`"${args[0] ?? ""}" is not a supported shell: name bash, zsh or fish`, EXIT.configuration);
  context.out(shell(nextWords(commands)));
  return EXIT.ok;
}

const SHELLS: Readonly<Record<string, (words: Words) => string>> = {
  bash: bashScript,
  // zsh runs bash's way of completing
  zsh: (words) => `autoload -U +X bashcompinit && bashcompinit\n${bashScript(words)}`,
  fish: fishScript,
};

function nextWords(commands: readonly CommandSpec[]): Words {
  const words = new Map<string, Set<string>>();
  const add = (before: string, word: string) => words.set(before, (words.get(before) ?? new Set()).add(word));
  for (const { path, flags, refused } of commands) {
    if (refused) continue;
    const parts = path.split(" ");
    for (const [index, part] of parts.entries()) add(parts.slice(0, index).join(" "), part);
    for (const name of Object.keys({ ...flags, ...GLOBAL_FLAGS })) add(path, `--${name}`);
  }
  return new Map([...words].map(([before, after]) => [before, [...after].sort()]));
}

function bashScript(words: Words): string {
  const cases = [...words].map(([before, after]) => `    "${before}") words="${after.join(" ")}" ;;`);
  return `_pulumi() {
  local path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || path="\${path:+$path }$word"
  done
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _pulumi pulumi
`;
}

function fishScript(words: Words): string {
  const lines = [...words].map(([before, after]) => {
    const condition = `test (string join ' ' (string match -v -- '-*' (commandline -opc)[2..])) = '${before}'`;
    return `complete -c pulumi -n "${condition}" -f -a '${after.join(" ")}'`;
  });
  return `${lines.join("\n")}\n`;
}

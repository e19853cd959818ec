import { DockerfileParser, ModifiableInstruction, type Instruction as ParsedInstruction } from "dockerfile-ast";
import { BuildError } from "./buildError.ts";

/** Instructions that the local builder carries out or records. */
const SUPPORTED = new Set([
  ...["FROM", "ARG", "ENV", "WORKDIR", "COPY", "ADD", "RUN", "USER", "EXPOSE", "LABEL"],
  ...["CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL", "STOPSIGNAL", "VOLUME", "MAINTAINER"],
]);

export interface Instruction {
  readonly keyword: string;
  /** One-based. */
  readonly line: number;
  /** `--name=value` flags in front. */
  readonly flags: Readonly<Record<string, string>>;
  /** The text after the flags, continuation lines joined, variables not yet replaced. */
  readonly text: string;
  /** The list of a JSON form (`["node", "x"]`). */
  readonly json?: readonly string[];
}

export interface Stage {
  readonly from: string;
  readonly name?: string;
  readonly line: number;
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  /** `ARG` before the first `FROM`. */
  readonly globals: readonly Instruction[];
  readonly stages: readonly Stage[];
}

/**
 * Reads a Dockerfile (syntax of Docker's reference, parser directives included).
 *
 * @throws {BuildError} with the line of an unknown instruction, a here-document or a missing `FROM`
 */
export function parseDockerfile(content: string): Dockerfile {
  const globals: Instruction[] = [];
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const parsed of DockerfileParser.parse(content).getInstructions()) {
    const instruction = read(parsed);
    const stage = stages.at(-1);
    if (instruction.keyword === "FROM") stages.push({ ...fromOf(instruction), instructions: [] });
    else if (stage) stage.instructions.push(instruction);
    else if (instruction.keyword === "ARG") globals.push(instruction);
    else throw new BuildError(`${instruction.keyword} before the first FROM`, instruction.line);
  }
  if (stages.length === 0) throw new BuildError("no FROM instruction", 1);
  return { globals, stages };
}

function read(parsed: ParsedInstruction): Instruction {
  const keyword = parsed.getKeyword();
  const line = parsed.getRange().start.line + 1;
  if (!SUPPORTED.has(keyword)) throw new BuildError(`the instruction ${keyword} is not supported`, line);
  const raw = parsed.getArgumentsContent() ?? "";
  if (/(^|\s)<<-?["']?\w/.test(raw)) throw new BuildError(`here-documents are not supported in ${keyword}`, line);
  const text = raw.trim();
  const given = parsed instanceof ModifiableInstruction ? parsed.getFlags() : [];
  const flags = Object.fromEntries(given.map((flag) => [flag.getName(), flag.getValue() ?? "true"]));
  return { keyword, line, flags, text, ...jsonOf(text) };
}

function jsonOf(text: string): { json?: readonly string[] } {
  if (!text.startsWith("[")) return {};
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) && parsed.every((each) => typeof each === "string") ? { json: parsed } : {};
  } catch {
    return {}; // Docker takes a broken list for the shell form
  }
}

function fromOf({ text, line }: Instruction): { from: string; name?: string; line: number } {
  const match = /^(\S+)(?:\s+as\s+(\S+))?$/i.exec(text);
  if (!match) throw new BuildError(`FROM ${text} is not of the form FROM <image> [AS <name>]`, line);
  const [, from = "", name] = match;
  return name === undefined ? { from, line } : { from, name: name.toLowerCase(), line };
}

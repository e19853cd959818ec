import type { AgentId } from "../../task.ts";
import type { DescribedKind } from "../../tools/describeKinds.ts";
import type { Conversation, ToolAnswer } from "./conversation.ts";
import { chooseSizes, explain } from "./sizing.ts";
import { readSizes } from "./understand/sizes.ts";

/** What the model does in one step: says something, and calls tools; without calls it is done. */
export interface Turn {
  readonly text: string;
  readonly calls: readonly { readonly tool: string; readonly input: unknown }[];
}

const TURNS: Readonly<Record<AgentId, (conversation: Conversation) => Turn | Promise<Turn>>> = {
  planner_agent: planTurn,
  backend_agent: (conversation) => generatorTurn(conversation, "generate_backend", "backend/", "API"),
  frontend_agent: (conversation) => generatorTurn(conversation, "generate_frontend", "frontend/", "pages"),
  infra_agent: infraTurn,
  qa_agent: qaTurn,
};

/** The next step of the agent that the instructions name. */
export async function nextTurn(conversation: Conversation): Promise<Turn> {
  if (!conversation.agent)
    return say("I only know the work of DevFactory's agents, and the instructions name none of them.");
  return TURNS[conversation.agent](conversation);
}

async function planTurn({ task, results }: Conversation): Promise<Turn> {
  const last = results.at(-1);
  if (!last) return { text: "", calls: [{ tool: "list_files", input: { folder: "" } }] };
  if (last.tool === "write_spec" || last.tool === "ask_user") return planDone(last);
  const { understand } = await import("./understand/understand.ts"); // its dictionary is large, and only the planner needs it
  const feedback = task.feedback.map((wish) => readSizes(wish).rest).filter((wish) => wish !== "");
  const plan = understand(readSizes(task.prompt).rest, feedback, task.spec); // sizes are the infra agent's work
  const { notUnderstood } = plan;
  if (plan.spec === undefined)
    return { text: "", calls: [{ tool: "ask_user", input: { questions: plan.questions, notUnderstood } }] };
  const names = plan.spec.model?.entities.map((entity) => entity.labelPlural.toLowerCase()) ?? [];
  const input = { spec: plan.spec, renames: plan.renames, notUnderstood };
  return { text: `I plan an app that keeps ${list(names)}.`, calls: [{ tool: "write_spec", input }] };
}

function planDone({ tool, failed, value }: ToolAnswer): Turn {
  if (tool === "ask_user") return say("I need an answer before I can plan.");
  const { ok, entities, problems } = value as { ok?: boolean; entities?: string[]; problems?: unknown };
  if (failed || !ok) return say(`The plan was refused: ${JSON.stringify(problems ?? value)}`);
  return say(`The plan has ${list(entities ?? [])}.`);
}

/** Generates; with findings in its own part it reads the files they name first, so that the run shows what was wrong. */
function generatorTurn({ task, results }: Conversation, tool: string, zone: string, what: string): Turn {
  const done = results.find((result) => result.tool === tool);
  if (done) {
    if (done.failed) return say(`The ${what} could not be written: ${JSON.stringify(done.value)}`);
    const { files, changed } = done.value as { files: number; changed: string[] };
    return say(`The ${what}: ${files} files, ${changed.length} of them new or changed.`);
  }
  const own = task.findings.flatMap(({ path }) => (path?.startsWith(zone) ? [path] : []));
  if (own.length > 0 && results.length === 0) {
    const paths = [...new Set(own)].slice(0, 5);
    return {
      text: "I look at the findings first.",
      calls: paths.map((path) => ({ tool: "read_file", input: { path } })),
    };
  }
  return { text: "", calls: [{ tool, input: {} }] };
}

/**
 * Asks the catalogue about the kinds in the plan, writes the sizes that the task asks for, generates, and says what each part costs and
 * what would replace it.
 */
function infraTurn(conversation: Conversation): Turn {
  const { task, results, offered } = conversation;
  const { spec } = task;
  const described = results.find((result) => result.tool === "describe_kinds");
  const canDescribe = offered.includes("describe_kinds") && offered.includes("write_spec");
  const readsFirst = results.length === 0 && task.findings.some(({ path }) => path);
  if (!spec || !canDescribe || described?.failed || readsFirst) return infrastructure(conversation);
  if (!described) {
    const kinds = [...new Set([...spec.services, ...spec.resources].map(({ kind }) => kind))];
    return { text: "", calls: [{ tool: "describe_kinds", input: { kinds, profile: spec.profile } }] };
  }
  const { kinds } = described.value as { kinds: readonly DescribedKind[] };
  const sized = chooseSizes(spec, [task.prompt, ...task.feedback], kinds);
  const written = results.find((result) => result.tool === "write_spec");
  if (!written && JSON.stringify(sized.spec) !== JSON.stringify(spec)) {
    const input = { spec: sized.spec, notUnderstood: sized.unmet };
    return { text: sized.notes.join(" "), calls: [{ tool: "write_spec", input }] };
  }
  if (written && (written.failed || !(written.value as { ok?: boolean }).ok))
    return say(`The sizes were refused: ${JSON.stringify(written.value)}`);
  const turn = infrastructure(conversation);
  const done = results.some((result) => result.tool === "generate_infrastructure" && !result.failed);
  return done ? say([turn.text, ...sized.notes, ...explain(sized.spec, kinds)].join(" ")) : turn;
}

function infrastructure(conversation: Conversation): Turn {
  return generatorTurn(conversation, "generate_infrastructure", "", "infrastructure");
}

function qaTurn({ results }: Conversation): Turn {
  const done = results.find((result) => result.tool === "run_checks");
  if (!done) return { text: "", calls: [{ tool: "run_checks", input: {} }] };
  if (done.failed) return say(`The checks could not run: ${JSON.stringify(done.value)}`);
  const { passed, findings } = done.value as { passed: string[]; findings: { check: string; message: string }[] };
  if (findings.length === 0) return say(`All checks passed: ${passed.join(", ")}.`);
  return say(`There are ${findings.length} findings: ${findings.map((each) => each.check).join(", ")}.`);
}

function say(text: string): Turn {
  return { text, calls: [] };
}

/** `a, b and c`. */
function list(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

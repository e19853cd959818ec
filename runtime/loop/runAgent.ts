import type { LanguageModelV4 } from "@ai-sdk/provider";
import { generateText, type StepResult, tool as sdkTool, type ToolSet } from "ai";
import type { AgentDefinition } from "../agents.ts";
import { costOf, MAX_OUTPUT_TOKENS, type ModelPrice } from "../models/prices.ts";
import type { Budget } from "../task.ts";
import type { Tool, ToolContext } from "../tools/tool.ts";
import { type BudgetName, exceeded, type Usage } from "./budget.ts";
import { taskMessage } from "./message.ts";
import { type SeenStep, stuckReason } from "./stuck.ts";

/** A model with what its tokens cost. */
export interface PricedModel {
  readonly model: LanguageModelV4;
  readonly price: ModelPrice;
}

/** Why a run ended: the model was done, a budget was used up, or nothing moved any more. */
export type Stop =
  | { readonly reason: "done" }
  | { readonly reason: BudgetName; readonly detail: string }
  | { readonly reason: "stuck"; readonly detail: string };

export interface AgentRun {
  readonly text: string;
  readonly stop: Stop;
  readonly usage: Usage;
}

const MAX_EVENT_TEXT = 8_000;

/** What a run has used so far, also when it ends with an error. */
export class Meter {
  readonly #started = performance.now();
  #tokens = 0;
  #usd = 0;
  #steps = 0;

  add(tokens: number, usd: number): void {
    this.#tokens += tokens;
    this.#usd += usd;
    this.#steps += 1;
  }

  get usage(): Usage {
    const seconds = (performance.now() - this.#started) / 1000;
    return { tokens: this.#tokens, steps: this.#steps, seconds, usd: this.#usd };
  }
}

/**
 * Runs one agent on one task until it is done, a budget is used up, or it is stuck. Files and outcome are in the context, also
 * when it stops early.
 *
 * @param meter counts while it works
 * @throws whatever the model throws, after its own retries
 */
export async function runAgent(
  agent: AgentDefinition,
  context: ToolContext,
  tools: readonly Tool[],
  { model, price }: PricedModel,
  budget: Budget,
  meter: Meter = new Meter(),
): Promise<AgentRun> {
  const seen: SeenStep[] = [];
  let stop: Stop = { reason: "done" };
  const timeout = AbortSignal.timeout(budget.seconds * 1000);
  const signal = AbortSignal.any([timeout, context.signal]);

  const onStepEnd = (step: StepResult<ToolSet>): void => {
    const { inputTokens = 0, outputTokens = 0, totalTokens = 0, inputTokenDetails } = step.usage;
    const cachedTokens = inputTokenDetails?.cacheReadTokens ?? 0;
    meter.add(totalTokens, costOf(price, { inputTokens, cachedTokens, outputTokens }));
    seen.push(toSeen(step));
    if (step.text)
      context.emit({ type: "message", level: "info", message: step.text.slice(0, MAX_EVENT_TEXT), data: {} });
  };
  const shouldStop = (): boolean => {
    const name = exceeded(meter.usage, budget);
    const stuck = stuckReason(seen);
    if (stuck) stop = { reason: "stuck", detail: stuck };
    else if (name) stop = overBudget(name, budget);
    return stop.reason !== "done";
  };
  try {
    const { text } = await generateText({
      model,
      instructions: agent.instructions,
      prompt: taskMessage(context.task),
      tools: toToolSet(tools, { ...context, signal }),
      stopWhen: shouldStop,
      onStepEnd,
      abortSignal: signal,
      maxOutputTokens: MAX_OUTPUT_TOKENS,
      maxRetries: 2,
    });
    return { text, stop, usage: meter.usage };
  } catch (error) {
    if (!timeout.aborted) throw error;
    return { text: "", stop: overBudget("seconds", budget), usage: meter.usage };
  }
}

function overBudget(name: BudgetName, budget: Budget): Stop {
  return { reason: name, detail: `the budget of ${budget[name]} ${name} is used up` };
}

function toToolSet(tools: readonly Tool[], context: ToolContext): ToolSet {
  const entries = tools.map((each) => {
    const execute = async (input: unknown): Promise<unknown> => {
      const started = performance.now();
      const data = { tool: each.name, input: brief(input) };
      try {
        const output = await each.run(input, context);
        context.outcome.failures.delete(each.name);
        const ms = Math.round(performance.now() - started);
        context.emit({ type: "tool", level: "info", message: each.name, data: { ...data, ms } });
        return output;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        context.outcome.failures.set(each.name, message);
        context.emit({
          type: "tool",
          level: "warning",
          message: `${each.name}: ${message}`.slice(0, MAX_EVENT_TEXT),
          data,
        });
        throw error; // the loop gives it to the model as the answer of the call
      }
    };
    return [each.name, sdkTool({ description: each.description, inputSchema: each.input, execute })];
  });
  return Object.fromEntries(entries);
}

function toSeen(step: StepResult<ToolSet>): SeenStep {
  const calls = step.toolCalls.map((call) => {
    const part = step.content.find(
      (each) => (each.type === "tool-result" || each.type === "tool-error") && each.toolCallId === call.toolCallId,
    );
    const output =
      part?.type === "tool-result" ? part.output : part?.type === "tool-error" ? String(part.error) : undefined;
    return { name: call.toolName, input: call.input, output };
  });
  return { calls, text: step.text };
}

/** Inputs as they fit into an event: long texts are cut. */
function brief(input: unknown): unknown {
  const text = JSON.stringify(input) ?? "";
  return text.length <= 600 ? input : `${text.slice(0, 600)}…`;
}

import { randomBytes } from "node:crypto";
import { target } from "./operations.ts";
import { checkMessage, ResourceProblem } from "./problem.ts";
import { resetPaths } from "./propertyPath.ts";
import { isProviderType } from "./urn.ts";
import type { PropertyMap } from "./values.ts";
import type { Case } from "./verdicts.ts";

const SEED_BYTES = 32;

/**
 * Lets the provider complete and judge the inputs of a registration.
 *
 * @param olds `undefined` when names are to be made anew
 * @throws ResourceProblem for what the provider refuses
 */
export async function checkInputs(subject: Case, olds: PropertyMap | undefined): Promise<void> {
  const { goal, urn, state, provider } = subject;
  let news = goal.inputs;
  if (olds && goal.ignoreChanges.length > 0) {
    try {
      news = resetPaths(news, olds, goal.ignoreChanges);
    } catch (error) {
      throw new ResourceProblem(urn, error instanceof Error ? error.message : String(error));
    }
  }
  state.inputs = news;
  if (!provider) return;
  const args = { ...target(state), olds, news, randomSeed: randomBytes(SEED_BYTES) };
  const result = await (isProviderType(state.type) ? provider.checkConfig(args) : provider.check(args));
  if (result.failures.length > 0) throw new ResourceProblem(urn, checkMessage(goal, result.failures));
  state.inputs = result.inputs;
}

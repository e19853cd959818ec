import type { ActionResult, ArmResource } from "../../core/resources.ts";
import { armError } from "../errors.ts";
import { isObject } from "../json.ts";
import type { Answer, ControlPlane, Exchange } from "../plane.ts";
import { acceptable, enqueue, type Outcome, operationHeaders, within } from "../run.ts";
import { actionStatuses, armTypeOf } from "../types/table.ts";

/** POST `{resource}/{action}`: the service's work; slow ones are followed by Location. */
export async function postAction(
  plane: ControlPlane,
  exchange: Exchange,
  resource: ArmResource,
  action: string,
): Promise<Answer> {
  const hook = plane.hooks.get(resource.type.toLowerCase());
  const entry = Object.entries(hook?.actions ?? {}).find(([name]) => name.toLowerCase() === action.toLowerCase());
  if (!entry) throw armError("NotEmulated", { operation: `${resource.type}/${action}/action` });
  const statuses = actionStatuses(armTypeOf(resource.type), action);
  const body = isObject(exchange.body) ? exchange.body : {};
  const { caller } = exchange;
  const start = () => entry[1](resource, body, caller);
  if (statuses.longRunning === "none") return answerOf(await start(), (status) => acceptable(statuses, status, 200));
  const operation = plane.operations.begin({ kind: "action", resourceId: resource.id, caller });
  let result: ActionResult = {};
  const work = enqueue(plane, `${resource.id}/${action}/${operation.id}`, async (): Promise<Outcome> => {
    try {
      result = await start();
      const { status, body: answer } = answerOf(result, (wanted) => wanted);
      plane.operations.succeed(operation, { status, body: answer });
      return { status: "done" };
    } catch (error) {
      plane.operations.fail(operation, error);
      return { status: "failed", error };
    }
  });
  const outcome = await within(plane, work);
  if (!outcome) return { status: 202, headers: operationHeaders(exchange, operation, "location") };
  plane.operations.forget(operation.id);
  if (outcome.status === "failed") throw outcome.error;
  return answerOf(result, (status) => acceptable(statuses, status, 200));
}

function answerOf(result: ActionResult, choose: (status: number) => number): Answer {
  const { status, body, headers } = result;
  const wanted = status ?? (body === undefined ? 204 : 200);
  return { status: status ?? choose(wanted), body, ...(headers ? { headers } : {}) };
}

import { expect, it } from "vitest";
import { AutomationError, toErrorRecord } from "./errors.ts";

const NO_RIGHT =
  "Code=\"AuthorizationFailed\" Message=\"The client 'x' does not have authorization to perform action 'Microsoft.Authorization/roleAssignments/write' over scope '/s'\"";

it("a failed deployment says why Azure refused and what to do", () => {
  expect(toErrorRecord(new AutomationError("DEPLOY_FAILED", { reason: NO_RIGHT }), "deploy")).toEqual({
    code: "DEPLOY_FAILED",
    class: "azure",
    title: "The deployment failed",
    detail: NO_RIGHT,
    fix: "Contributor may not give roles; links between components are role assignments. Give the deploying identity `Role Based Access Control Administrator` on the resource group, with a condition on the roles it may give.",
    step: "deploy",
  });
});

it("the option of a component that prevents the error stands behind the advice", () => {
  const error = Object.assign(new Error("Code: StorageAccountAlreadyTaken"), { statusCode: 409 });
  expect(toErrorRecord(error)).toEqual({
    code: "AZURE_409",
    class: "azure",
    title: "Azure refused a request",
    detail: "Error: Code: StorageAccountAlreadyTaken",
    fix: "Names of storage accounts are shared by all of Azure, and somebody has this one. Leave the name to the component, which adds a hash, or raise the name epoch for another one. (nameEpoch in devfactory:deployment)",
  });
});

it.each([
  [
    "an unknown failure",
    new AutomationError("DEPLOY_FAILED", { reason: "strange" }),
    "The job's events show which resource failed; correct the cause and retry.",
  ],
  [
    "an error of another kind",
    new AutomationError("NOT_HEALTHY", { url: "u", seconds: 1, last: "ScopeLocked" }),
    "Look at the app's logs; retry when the cause is corrected.",
  ],
])("%s keeps its own advice", (_, error, fix) => {
  expect(toErrorRecord(error).fix).toBe(fix);
});

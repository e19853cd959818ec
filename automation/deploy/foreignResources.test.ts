import { expect, it } from "vitest";
import { foreignIn } from "./foreignResources.ts";

const GROUP = "/subscriptions/s/resourceGroups/g";
const SERVER = `${GROUP}/providers/Microsoft.Sql/servers/a`;

it.each([
  ["in the state, whatever its case", { id: SERVER.toUpperCase() }, false],
  ["below something in the state", { id: `${SERVER}/databases/master` }, false],
  ["with the app's tag", { id: `${GROUP}/providers/Microsoft.Web/sites/x`, tags: { "devfactory-app": "app1" } }, false],
  ["made by Azure itself", { id: `${GROUP}/providers/microsoft.alertsmanagement/smartDetectorAlertRules/x` }, false],
  ["of another app", { id: `${GROUP}/providers/Microsoft.Web/sites/x`, tags: { "devfactory-app": "app2" } }, true],
  ["of nobody", { id: `${GROUP}/providers/Microsoft.Web/sites/x` }, true],
  ["with a name that only begins like one of the app's", { id: `${SERVER}2` }, true],
])("a resource %s", (_, listed, foreign) => {
  expect(foreignIn([listed], [GROUP, SERVER], "app1")).toEqual(foreign ? [listed.id] : []);
});

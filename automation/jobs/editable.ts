import { AutomationError } from "../errors.ts";
import type { AppDocument } from "./documents.ts";

/**
 * Agents write an app by the words that it was asked for with. Where people bring its files, or its versions come from another app, what they
 * would write takes the place of what runs.
 *
 * @throws {AutomationError} `APP_FILES_ARE_OWN`, `APP_IS_PROMOTED`
 */
export function holdEditable({ appId, source, promotedFrom }: AppDocument): void {
  if (source) throw new AutomationError("APP_FILES_ARE_OWN", { id: appId });
  if (promotedFrom !== undefined) throw new AutomationError("APP_IS_PROMOTED", { id: appId, from: promotedFrom });
}

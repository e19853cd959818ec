import { OWNER_TAG } from "./adoptPending.ts";

/** A row of ARM's list of a group. */
export interface ListedResource {
  readonly id: string;
  readonly name?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** What Azure puts into a group by itself, and takes along with what it belongs to. Source: Microsoft Learn, "Smart detection in Application Insights". */
const AZURES_OWN = [
  /\/providers\/microsoft\.alertsmanagement\/smartDetectorAlertRules\//i,
  /\/providers\/microsoft\.insights\/actionGroups\/application insights smart detection$/i,
] as const;

/**
 * What of a group is not the app's: neither in the stack's state, nor below something in it, nor with the app's tag, nor made by Azure itself.
 *
 * @param known ids in the state
 */
export function foreignIn(listed: readonly ListedResource[], known: readonly string[], app: string): readonly string[] {
  const ours = known.map((id) => id.toLowerCase());
  const isOurs = ({ id, tags }: ListedResource) => {
    const lower = id.toLowerCase();
    return (
      tags?.[OWNER_TAG] === app ||
      ours.some((each) => lower === each || (isResource(each) && lower.startsWith(`${each}/`))) ||
      AZURES_OWN.some((pattern) => pattern.test(id))
    );
  };
  return listed.filter((each) => !isOurs(each)).map(({ id }) => id);
}

/** The group itself is no owner of what stands in it. */
function isResource(id: string): boolean {
  return id.includes("/providers/");
}

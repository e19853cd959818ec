import type { Deployer } from "../deploy/deployer.ts";
import { ArmReader } from "../preflight/armReader.ts";
import type { FactSource } from "../preflight/gatherFacts.ts";
import type { Surroundings, TaggedGroup } from "./abandoned.ts";

const VERSION = "2021-04-01";

/**
 * Azure and the state store, as the search for abandoned things sees them.
 *
 * @param platform value of the tag `devfactory-registry`: only groups with it are this platform's
 */
export function surroundings(source: FactSource, deployer: Pick<Deployer, "stacks">, platform: string): Surroundings {
  const arm = new ArmReader(source);
  return {
    stacks: () => deployer.stacks(),
    async groups() {
      const $filter = `tagName eq 'devfactory-registry' and tagValue eq '${platform}'`;
      const rows = (await arm.list("/resourcegroups", VERSION, { $filter })) as {
        name: string;
        tags?: TaggedGroup["tags"];
      }[];
      // Asked for by the filter, and looked at again: what is removed must be ours.
      return rows
        .map(({ name, tags = {} }) => ({ name, tags }))
        .filter(({ tags }) => tags["devfactory-registry"] === platform && tags["devfactory-app"] !== undefined);
    },
    removeGroup: (name) => arm.remove(`/resourcegroups/${name}`, VERSION),
  };
}

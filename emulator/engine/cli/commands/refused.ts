import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall, CommandModule } from "../command.ts";
import { backendName, openBackend } from "../session.ts";

/** A command of the real CLI that this engine does not have. @param advice what to do instead */
export function refuse(name: string, advice: string): CommandModule {
  return {
    run: async () => {
      throw new EngineError(`\`pulumi ${name}\` is not part of this engine: ${advice}`, EXIT.configuration);
    },
  };
}

/** `config env …`: environments belong to Pulumi Cloud. */
export const environments: CommandModule = {
  run: async ({ context }: CommandCall) => {
    throw new EngineError(`backend ${backendName(openBackend(context).url)} does not support environments`);
  },
};

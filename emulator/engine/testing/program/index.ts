import * as pulumi from "@pulumi/pulumi";
import { Thing } from "../thing.ts";

const config = new pulumi.Config();
const thing = new Thing("a", {
  value: config.requireNumber("size"),
  holdMs: config.getNumber("holdMs"),
  delayMs: config.getNumber("holdMs"),
});

process.stdout.write("said by the program\n");

export const echo = thing.echo;
export const password = config.requireSecret("password");

// The program of stack "devfactory-app": configuration in, outputs out.
import * as pulumi from "@pulumi/pulumi";
import { deployApp } from "./program.ts";
import { readSettings } from "./settings.ts";

const outputs = deployApp(readSettings(new pulumi.Config("devfactory"), process.env));

export const { url, services, domains, resourceGroupName, grants, sqlSteps, runtime } = outputs;

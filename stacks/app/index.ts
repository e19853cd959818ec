// The program of stack "devfactory-app": configuration in, outputs out.
import { useNativeStackTraces } from "@devfactory/components/core/stackTraces.ts";
import * as pulumi from "@pulumi/pulumi";
import { deployApp } from "./program.ts";
import { recoverDeleted } from "./recoverDeleted.ts";
import { readSettings } from "./settings.ts";

useNativeStackTraces();
const settings = readSettings(new pulumi.Config("devfactory"), process.env);
const { recover = [] } = settings.deployment;
if (recover.length > 0) pulumi.runtime.registerStackTransformation(recoverDeleted(recover));
const outputs = deployApp(settings);

export const { url, services, domains, resourceGroupName, grants, sqlSteps, runtime } = outputs;

/** A storage service in a process of its own, for tests that kill it: `node storageProcess.ts <data folder>` prints the blob endpoint. */
import { testContext } from "../../testing/context.ts";
import { testStorage } from "./testStorage.ts";

const context = await testContext(process.argv[2]);
const storage = await testStorage(context);
await storage.put("blobServices/default/containers/files");
process.stdout.write(`${storage.endpoints.blob}\n`);

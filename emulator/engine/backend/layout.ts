import { ORGANIZATION, type StackReference } from "./stackReference.ts";

/** Keys of the DIY backend inside `.pulumi` (pkg/backend/diy). */
export const META_KEY = "meta.yaml";
export const STACKS_FOLDER = "stacks";

/** `.journal` is this engine's own: the real CLI lists `.json` files only. */
export const checkpointKey = (stack: StackReference): string => `stacks/${stack.project}/${stack.name}.json`;
export const checkpointBackupKey = (stack: StackReference): string => `${checkpointKey(stack)}.bak`;
export const journalKey = (stack: StackReference): string => `stacks/${stack.project}/${stack.name}.journal`;
export const tagsKey = (stack: StackReference): string => `stacks/${stack.project}/${stack.name}.pulumi-tags`;
export const historyFolder = (stack: StackReference): string => `history/${stack.project}/${stack.name}`;
export const backupsFolder = (stack: StackReference): string => `backups/${stack.project}/${stack.name}`;
export const locksFolder = (stack: StackReference): string => `locks/${ORGANIZATION}/${stack.project}/${stack.name}`;

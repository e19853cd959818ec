import { type Bench, type Measured, percentile } from "./bench.ts";
import { ledgerQueue } from "./ledgerQueue.ts";
import { pgBossQueue } from "./pgBossQueue.ts";
import { type Load, load, type Queue, type Told } from "./queueLoad.ts";

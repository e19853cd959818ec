/** Function words and verbs of the grammar: how English connects things, not what the things are. */
const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));

export const DETERMINERS = set(
  "a an the their its his her our my your this these those each every all some any other another own many several multiple various different certain few more also both one only new individual single",
);
export const PREPOSITIONS = set(
  "for in by per at on from to into onto within under about of through via during against across without between as until till",
);
export const WITH = set("with including containing having w/ comprising");
export const RELATIVE = set("that which who whose where");
export const HAVE = set(
  "have has had contain contains include includes own owns hold holds comprise comprises consist consists carry carries got get gets receive receives need needs require requires store stores",
);
export const MODAL = set("can could may might must should shall will would");
export const BE = set("is are was were be been being");
export const AUXILIARY = new Set([...HAVE, ...MODAL, ...BE, "belong", "belongs", "want", "wants", "do", "does"]);
/** Verbs that say what every app does with its data anyway. */
export const KEEP = set(
  "track manage record store keep log save organise organize plan register monitor collect catalog catalogue handle maintain administer add create edit update delete remove enter schedule save count index archive document hold capture follow coordinate run operate list define maintain",
);
export const VIEW = set("list show display see view find browse search get report filter");
export const BUILD = set("build create make develop design generate write produce implement give set");
/** Verbs by which somebody uses something that exists on its own, so that the use is a thing with a date. */
export const USE = set(
  "borrow rent reserve book buy order attend join visit enroll enrol register subscribe review rate apply lend hire take sign use watch complete vote inspect check test treat examine adopt purchase sign perform play",
);
export const GENERIC_SUBJECTS = set(
  "user users i we you they people anyone anybody someone everyone everybody one admin admins administrator administrators it app system staff team",
);
export const APP_NOUNS = set(
  "app application system site website webapp platform tool tracker manager portal service software dashboard program database planner page solution product organizer organiser register log book-keeping",
);
/** What qualifies an app, not what it keeps. */
export const APP_ADJECTIVES = set(
  "simple small little basic web mobile online internal nice modern easy full-stack complete new minimal management tracking booking-less crud responsive working good quick personal",
);
/** Nouns that hold many of what stands before them: `stamp collection`. */
export const CONTAINERS = set(
  "list collection log diary journal catalog catalogue directory inventory archive register",
);
export const PRONOUNS = set("it they them he she");
export const LEADS = set(
  "and also then where so there additionally furthermore moreover finally next but while here when besides too that which who in",
);

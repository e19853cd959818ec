import { type AppSpec, parseAppSpec } from "@devfactory/stacks/spec/index.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { brief } from "./briefModel.ts";
import { Draft } from "./draft.ts";
import { dnsName, understand } from "./understand.ts";

describe("whole models", () => {
  it("a clinic: relations, a person that is only mentioned, a view over time", () => {
    const result = understand(
      "A veterinary clinic where owners have pets, pets have appointments with a vet, date and reason. List upcoming appointments.",
      [],
    );
    expect(result.spec).toMatchObject({
      name: "veterinary-clinic",
      title: "Veterinary clinic",
      services: [{ name: "web", kind: "web", uses: [{ resource: "db", access: "readwrite" }] }],
      resources: [{ name: "db", kind: "postgres" }],
    });
    expect(brief(result)).toEqual({
      entities: [
        "Owner: name*, email:email",
        "Pet: name*, owner>Owner*",
        "Appointment: pet>Pet*, vet>Vet, date:date, reason",
        "Vet: name*, email:email",
      ],
      views: ["upcoming-appointments: date upcoming"],
    });
    expect(result.notUnderstood).toEqual([]);
  });

  it("a library: a verb of use becomes a thing of its own", () => {
    const result = understand("A library where members borrow books; books have a title, author and isbn", []);
    expect(brief(result).entities).toEqual([
      "Member: name*, email:email",
      "Book: title*, author, isbn",
      "Loan: member>Member*, book>Book*, date:date",
    ]);
  });

  it("tasks: choices in parentheses, a group, what is overdue", () => {
    const prompt =
      "Tasks with a title, priority (low, medium, high) and due date, grouped in projects; list overdue tasks";
    expect(brief(understand(prompt, []))).toEqual({
      entities: ["Task: title*, priority(low|medium|high), dueDate:date, project>Project*", "Project: name*"],
      views: ["overdue-tasks: dueDate past"],
    });
  });

  it("invoices: money, and a choice without a name", () => {
    const prompt = "track invoices for customers with amount, due date and paid or unpaid. Show overdue invoices";
    expect(brief(understand(prompt, []))).toEqual({
      entities: [
        "Invoice: customer>Customer*, amount:money, dueDate:date, status(paid|unpaid)",
        "Customer: name*, email:email",
      ],
      views: ["overdue-invoices: dueDate past & status notEquals paid"],
    });
  });
});

describe("parts of models", () => {
  it.each([
    [
      "Beekeepers inspect hives with a mite count and queen status. Hives have a location.",
      "Inspection: beekeeper>Beekeeper*, hive>Hive*, miteCount:integer, queenStatus(Open|In progress|Done), date:date",
    ],
    [
      "Greenhouse sensors log readings with temperature, humidity and timestamp.",
      "Reading: greenhouseSensor>GreenhouseSensor*, temperature:decimal, humidity:decimal, timestamp:dateTime",
    ],
    [
      "Students enroll in courses taught by teachers. Courses have a title, start date and number of seats.",
      "Course: title*, teacher>Teacher*, startDate:date, numberOfSeats:integer",
    ],
    [
      "A recipe app. Recipes contain ingredients with a name, quantity and unit.",
      "Ingredient: name*, recipe>Recipe*, quantity:integer, unit",
    ],
    [
      "Support tickets with subject, description, status open, in progress or closed, and assigned to an agent",
      "SupportTicket: subject*, description:longText, status(open|in progress|closed), agent>Agent*",
    ],
    [
      "Members book classes led by trainers. Classes have a name, date, duration and max participants.",
      "Class: name*, trainer>Trainer*, date:date, duration:integer, maxParticipants:integer",
    ],
    ["Books: title, author, pages", "Book: title*, author, pages:integer"],
    ["A wine cellar with bottles; mark bottles as consumed", "Bottle: name*, consumed:boolean"],
    [
      "Donors make donations of blood. Donations have a date, a volume and whether it was tested",
      "Donation: donor>Donor*, date:date, volume:decimal, tested:boolean",
    ],
  ])("%s", (prompt, expected) => {
    expect(brief(understand(prompt, [])).entities).toContain(expected);
  });

  it("Cosmos comes when asked for, with a container for each entity", () => {
    const { spec } = understand("Create a CRM using Cosmos DB with contacts and deals. Deals have an amount.", []);
    expect(spec?.title).toBe("CRM");
    expect(spec?.resources).toEqual([
      {
        name: "db",
        kind: "cosmos",
        containers: [
          { name: "contacts", partitionKey: "/id" },
          { name: "deals", partitionKey: "/id" },
        ],
      },
    ]);
  });

  it("what no rule covers is said, in the user's words", () => {
    const result = understand("Members book classes. Send reminder emails to members.", []);
    expect(result.notUnderstood).toEqual(["Send reminder emails to members"]);
  });
});

it.each(["", "   ", "hello", "make me an app", "zxcv qwrt", "?!"])("%j gets a question", (prompt) => {
  const result = understand(prompt, []);
  expect(result.spec).toBeUndefined();
  expect(result).toMatchObject({ questions: [expect.stringContaining("What should the app keep track of?")] });
});

it("an answer to the question is a request", () => {
  const result = understand("hello", ["owners have pets"]);
  expect(brief(result).entities).toEqual(["Owner: name*, email:email", "Pet: name*, owner>Owner*"]);
});

describe("feedback", () => {
  const clinic = understand("owners have pets, pets have appointments with a vet, date and reason", []).spec as AppSpec;
  const change = (wish: string) => understand("", [wish], clinic);

  it.each([
    ["add a phone number to owners", "Owner: name*, email:email, phone:phone"],
    ["Please add a microchip number and a weight to pets", "Pet: name*, owner>Owner*, microchipNumber, weight:decimal"],
    ["also track vaccines with a name and date per pet", "Vaccine: name*, date:date, pet>Pet*"],
    ["rename reason to notes", "Appointment: pet>Pet*, vet>Vet, date:date, notes:longText"],
    ["remove email from vets", "Vet: name*"],
    ["make email required for owners", "Owner: name*, email:email*"],
    [
      "Appointments should have a status (planned, done, cancelled)",
      "Appointment: pet>Pet*, vet>Vet, date:date, reason, status(planned|done|cancelled)",
    ],
    ["owners can be marked as VIP", "Owner: name*, email:email, vip:boolean"],
    ["rename vets to doctors", "Doctor: name*, email:email"],
  ])("%s", (wish, expected) => {
    expect(brief(change(wish)).entities).toContain(expected);
    expect(change(wish).notUnderstood).toEqual([]);
  });

  it("renames are listed, so that data moves along", () => {
    expect(change("rename reason to notes").renames).toEqual([{ entity: "Appointment", field: "reason", to: "notes" }]);
  });

  it("feedback that was applied changes nothing the second time", () => {
    for (const wish of [
      "add a phone number to owners",
      "rename reason to notes",
      "remove email from vets",
      "show today's appointments",
    ]) {
      const once = change(wish).spec;
      const twice = understand("", [wish], once);
      expect([twice.spec, twice.notUnderstood]).toEqual([once, []]);
    }
  });

  it("what cannot be done is said, and the rest stays", () => {
    const result = change("send an SMS to owners");
    expect(result).toEqual({ spec: clinic, renames: [], notUnderstood: ["send an SMS to owners"] });
  });
});

it("two spellings of one name are one thing", () => {
  const draft = new Draft();
  expect(draft.entity(["to-do"])).toBe(draft.entity(["to", "do"]));
  expect(draft.entity(["todo"])).not.toBe(draft.entity(["to", "do"]));
  expect(understand("92 ?9 2", []).spec?.model?.entities.map(({ name }) => name)).toEqual(["Field92"]);
});

it("what has no Latin letter is no thing, and is said", () => {
  const asked = understand("客户 have 订单; 商品 have 价格", []);
  expect([asked.spec, asked.notUnderstood]).toEqual([undefined, ["客户 (a name needs Latin letters)"]]);
  const known = understand("members borrow books", ["members have 商品 with a date"]);
  expect(known.spec?.model?.entities.map(({ name }) => name)).toEqual(["Member", "Book", "Loan"]);
  expect(known.notUnderstood).toEqual(["商品 (a name needs Latin letters)"]);
});

it("every text gives a valid spec or a question", () => {
  const nouns = fc.constantFrom(
    "boats",
    "sensors",
    "orders",
    "people",
    "classes",
    "views",
    "news",
    "a date",
    "price",
    "id",
    "children",
    "café",
    "3D prints",
  );
  const glue = fc.constantFrom(
    "have",
    "with",
    "belong to",
    ",",
    "and",
    "or",
    ";",
    "for each",
    "where",
    "(a, b)",
    "list overdue",
    "is",
    "borrow",
    "sign up for",
    "between",
    "from",
    "start and end dates",
    "and one for",
    "show latest",
    "this month",
    "our club has",
    "I want to track",
    "in the next 7 days",
    "with quantity",
    "their",
    "on a weekday at 6pm",
    ":",
    "of",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(nouns, glue, fc.string({ maxLength: 8 })), { maxLength: 14 }), (words) => {
      const { spec } = understand(words.join(" "), []);
      if (spec) expect(parseAppSpec(JSON.parse(JSON.stringify(spec)))).toMatchObject({ ok: true });
    }),
    { numRuns: 300 },
  );
});

it.each([
  ["Happy Paws!", "happy-paws"],
  ["3D printing", "d-printing"],
  ["é", "app-e"],
  ["Azure costs", "costs"],
  ["Micro Soft shop", "shop"],
  ["Microsoft", "app-web"],
  ["A very long title of an app that never ends", "a-very-long-title-of-an-app-th"],
])("%s → %s", (title, name) => {
  expect(dnsName(title)).toBe(name);
});

import { expect, it } from "vitest";
import { brief } from "./briefModel.ts";
import { understand } from "./understand.ts";

/** Terse notes, typing errors, and wishes for lists that a view can only come near to. */
const REQUESTS = [
  {
    prompt:
      "Astronomy club: members observe objects; an observation has a date, a telescope, sky condition (clear, hazy, cloudy) and notes. Show observations of the last 30 days",
    title: "Astronomy club",
    entities: [
      "Member: name*, email:email",
      "Object: name*",
      "Observation: member>Member*, object>Object*, date:date, telescope, skyCondition(clear|hazy|cloudy), notes:longText",
    ],
    views: ["observations-the-last-30-days: date past"],
    notUnderstood: ["list observations the last 30 days: shown are all whose date is past, not only the last 30 days"],
  },
  {
    prompt:
      "The app should manage employees, departments and shifts. Employees belong to departments. Shifts have a date, start time and end time and are assigned to employees. Show today's shifts and upcoming shifts.",
    title: "Employees",
    entities: [
      "Employee: name*, email:email, department>Department*",
      "Department: name*",
      "Shift: date:date, startTime:time, endTime:time, employee>Employee*",
    ],
    views: ["today-shifts: date today", "upcoming-shifts: date upcoming"],
    notUnderstood: [],
  },
  {
    prompt:
      "Customers can leave reviews for restaurants with a rating from 1 to 5 and a comment. Restaurants have a name, cuisine, address and phone number.",
    title: "Customers",
    entities: [
      "Customer: name*, email:email",
      "Review: customer>Customer*, restaurant>Restaurant*, rating:integer, comment:longText",
      "Restaurant: name*, cuisine, address, phone:phone",
    ],
    views: [],
    notUnderstood: [],
  },
  {
    prompt:
      "We are a charity that helps animals. We need to keep track of donations from donors: amount, date, payment method (card, cash, bank transfer). List this month's donations",
    title: "Charity",
    entities: [
      "Donation: donor>Donor*, amount:money, date:date, paymentMethod(card|cash|bank transfer)",
      "Donor: name*, email:email",
    ],
    views: ["donations-this-month: date past"],
    notUnderstood: ["list donations this month: shown are all whose date is past, not only this month"],
  },
  {
    prompt:
      "kitchen notes - dishes w/ name, price, prep time in minutes, allergens; orders for tables with dishes and quantity; show open orders",
    title: "Kitchen notes",
    entities: [
      "Dish: name*, price:money, prepTime:integer",
      "Allergen: name*, dish>Dish*",
      "Order: name*, table>Table*, status(Open|In progress|Done)",
      "Table: name*",
      "OrderDish: order>Order*, dish>Dish*, quantity:integer",
    ],
    views: ["open-orders: status notEquals Done"],
    notUnderstood: [],
  },
  {
    prompt: "Trak employes and there vacation requests: start date, end date, reason, approved or not",
    title: "Employes",
    entities: [
      "Employe: name*",
      "VacationRequest: employe>Employe*, startDate:date, endDate:date, reason, approved:boolean",
    ],
    views: [],
    notUnderstood: [],
  },
  {
    prompt: "I need a simple database of my vinyl records - artist, title, year, label, condition",
    title: "Vinyl records",
    entities: ["VinylRecord: title*, artist, year:integer, label, condition"],
    views: [],
    notUnderstood: [],
  },
  {
    prompt:
      "Issue tracker with projects, issues (title, description, priority: low/medium/high, status) and comments. Issues are assigned to users. Show closed issues",
    title: "Issue tracker",
    entities: [
      "Project: name*",
      "Issue: title*, description:longText, priority(low|medium|high), status(Open|In progress|Done), user>User*",
      "Comment: name*",
      "User: name*, email:email",
    ],
    views: ["closed-issues: status equals Done"],
    notUnderstood: ["list closed issues: shown are those whose status is Done"],
  },
  {
    prompt:
      "Simple blog with posts and comments. Posts have a title, body, author and publication date. Each comment belongs to a post and has an author and text. Show latest posts",
    title: "Blog",
    entities: [
      "Post: title*, body:longText, author>Author, publicationDate:date",
      "Comment: post>Post*, author>Author, text:longText",
      "Author: name*, email:email",
    ],
    views: ["latest-posts: "],
    notUnderstood: [],
  },
  {
    prompt:
      "an online shop: products (name, price, description, stock), customers (name, email, address), orders with products and quantities; order status pending, paid, shipped or delivered; list shipped orders",
    title: "Shop",
    entities: [
      "Product: name*, price:money, description:longText, stock:integer",
      "Customer: name*, email:email, address",
      "Order: name*, status(pending|paid|shipped|delivered)",
      "OrderProduct: order>Order*, product>Product*, quantity:integer",
    ],
    views: ["shipped-orders: status equals shipped"],
    notUnderstood: [],
  },
  {
    prompt:
      "I want to keep track of my houseplants: name, species, when I last watered them, and how often they need water",
    title: "Houseplants",
    entities: ["Houseplant: name*, species, lastWateredDate:date, frequency"],
    views: [],
    notUnderstood: [],
  },
  {
    prompt:
      "Dog walking service. Owners register dogs with name, breed and age. Walkers walk dogs. A walk has a date, duration in minutes, distance in km and notes. Show walks today.",
    title: "Dog walking service",
    entities: [
      "Owner: name*, email:email",
      "Dog: name*, breed, age:integer",
      "Registration: owner>Owner*, dog>Dog*, date:date",
      "Walker: name*, email:email",
      "Walk: walker>Walker*, dog>Dog*, date:date, duration:integer, distance:decimal, notes:longText",
    ],
    views: ["today-walks: date today"],
    notUnderstood: [],
  },
  {
    prompt:
      "Hospital: doctors, nurses, wards, patients. Patients are admitted to wards on an admission date and discharged on a discharge date. Doctors treat patients.",
    title: "Hospital",
    entities: [
      "Doctor: name*, email:email",
      "Nurse: name*, email:email",
      "Ward: name*",
      "Patient: name*, ward>Ward*, admissionDate:date, dischargeDate:date",
      "Treatment: doctor>Doctor*, patient>Patient*, date:date",
    ],
    views: [],
    notUnderstood: [],
  },
  {
    prompt:
      "car repair shop: customers bring cars (plate, make, model, year) for repairs; each repair has a description, cost, date and mechanic; show unpaid repairs",
    title: "Car repair shop",
    entities: [
      "Customer: name*, email:email",
      "Car: customer>Customer*, plate, make, model, year:integer",
      "Repair: car>Car*, description:longText, cost:money, date:date, mechanic>Mechanic, paid:boolean",
      "Mechanic: name*, email:email",
    ],
    views: ["unpaid-repairs: paid equals false"],
    notUnderstood: [],
  },
  {
    prompt:
      "Food bank: we collect donations from supermarkets and distribute food parcels to families. A food parcel has a weight, contents and delivery date. Families have a name, address and number of children.",
    title: "Food bank",
    entities: [
      "Donation: name*, supermarket>Supermarket*",
      "Supermarket: name*",
      "FoodParcel: family>Family*, weight:decimal, contents:longText, deliveryDate:date",
      "Family: name*, address, numberOfChildren:integer",
    ],
    views: [],
    notUnderstood: [],
  },
  {
    prompt:
      "Lending library for tools. Tools have a name, category (hand, power, garden) and condition. Members can borrow tools from a start date until a due date. Show overdue loans.",
    title: "Lending library",
    entities: [
      "Tool: name*, category(hand|power|garden), condition",
      "Member: name*, email:email",
      "Loan: member>Member*, tool>Tool*, startDate:date, dueDate:date",
    ],
    views: ["overdue-loans: dueDate past"],
    notUnderstood: [],
  },
  {
    prompt:
      "Film production: scenes have a number, description and location. Shoots happen on a date with a call time and cover several scenes. Actors play characters in scenes.",
    title: "Film production",
    entities: [
      "Scene: number, description:longText, location, shoot>Shoot*",
      "Shoot: date:date*, callTime:time",
      "Actor: name*, email:email",
      "Character: name*, email:email, scene>Scene",
      "Playing: actor>Actor*, character>Character*, date:date",
    ],
    views: [],
    notUnderstood: [],
  },
  {
    prompt:
      "Sports league: teams, players, matches. Players play for teams. A match is between a home team and an away team on a date with home score and away score. Show past matches.",
    title: "Sports league",
    entities: [
      "Team: name*",
      "Player: name*, email:email",
      "Match: homeTeam>Team*, date:date, awayTeam>Team, homeScore:integer, awayScore:integer",
      "Playing: player>Player*, team>Team*, date:date",
    ],
    views: ["past-matches: date past"],
    notUnderstood: [],
  },
  {
    prompt:
      "beer brewing log; batches: name, style, brew date, original gravity, final gravity; each batch uses ingredients with amount in kg; tastings for each batch with rating 1-5 and notes",
    title: "Beer brewing log",
    entities: [
      "Batch: name*, style, brewDate:date, originalGravity, finalGravity",
      "Ingredient: name*",
      "BatchIngredient: batch>Batch*, ingredient>Ingredient*, amount:decimal",
      "Tasting: batch>Batch*, rating:integer, notes:longText",
    ],
    views: [],
    notUnderstood: [],
  },
  {
    prompt:
      "Law firm: clients have cases, lawyers work on cases, time entries have hours, date, description and belong to a case and a lawyer. Cases can be open or closed. Show open cases",
    title: "Law firm",
    entities: [
      "Client: name*, email:email",
      "Case: name*, client>Client*, status(open|closed)",
      "Lawyer: name*, email:email, case>Case*",
      "TimeEntry: hours:integer, date:date, description:longText, case>Case*, lawyer>Lawyer*",
    ],
    views: ["open-cases: status equals open"],
    notUnderstood: [],
  },
  {
    prompt:
      "I need to manage rental contracts. A contract has a tenant, an apartment, a monthly rent, a start date and an end date. Show contracts ending this month.",
    title: "Contracts",
    entities: [
      "Contract: tenant>Tenant*, apartment, monthlyRent:money, startDate:date, endDate:date",
      "Tenant: name*, email:email",
    ],
    views: ["contracts-ending-this-month: endDate upcoming"],
    notUnderstood: [
      "list contracts ending this month: shown are all whose end date is still to come, not only this month",
    ],
  },
  {
    prompt:
      "A wedding planner app: guests with name, RSVP (yes, no, maybe), table number; vendors with contact email and cost; tasks with deadline and done; show open tasks",
    title: "Wedding planner app",
    entities: [
      "Guest: name*, rsvp(yes|no|maybe), tableNumber",
      "Vendor: name*, contactEmail:email, cost:money",
      "Task: name*, deadline:date, done:boolean",
    ],
    views: ["open-tasks: done equals false"],
    notUnderstood: [],
  },
  {
    prompt:
      "Please create a web application for a dental practice. The practice has several dentists. Patients can book appointments with a dentist. Appointments have a date, a time, a reason and a status (booked, done, cancelled). I want to see today's appointments.",
    title: "Dental practice",
    entities: [
      "Dentist: name*, email:email",
      "Patient: name*, email:email",
      "Appointment: patient>Patient*, dentist>Dentist, date:date, time:time, reason, status(booked|done|cancelled)",
    ],
    views: ["today-appointments: date today"],
    notUnderstood: [],
  },
  {
    prompt: "my stamp collection: country, year, face value in cents, condition (mint, used), purchase date",
    title: "Stamps",
    entities: ["Stamp: country*, year:integer, faceValue:money, condition(mint|used), purchaseDate:date"],
    views: [],
    notUnderstood: [],
  },
  {
    prompt:
      "- Vehicles: plate number, model, seats\n- Drivers: name, license expiry date\n- Trips: from, to, date, vehicle, driver\n- show trips tomorrow",
    title: "Vehicles",
    entities: [
      "Vehicle: plateNumber*, model, seats:integer",
      "Driver: name*, licenseExpiryDate:date",
      "Trip: from*, to, date:date, vehicle>Vehicle, driver>Driver",
    ],
    views: ["trips-tomorrow: date upcoming"],
    notUnderstood: ["list trips tomorrow: shown are all whose date is still to come, not only tomorrow"],
  },
  {
    prompt:
      "Our school needs to organise field trips. Each field trip has a destination, a date, a maximum number of students and a cost per student. Parents sign their children up for field trips.",
    title: "School",
    entities: [
      "FieldTrip: destination*, date:date, maximumNumberOfStudents:integer, cost:money",
      "Parent: name*, email:email",
      "Child: name*, email:email",
      "SignUp: parent>Parent*, child>Child*, fieldTrip>FieldTrip, date:date",
    ],
    views: [],
    notUnderstood: [],
  },
  {
    prompt:
      "A pharmacy wants to manage medicines: name, dosage, price, stock level and expiry date. Show medicines expiring this month and expired medicines.",
    title: "Pharmacy",
    entities: ["Medicine: name*, dosage:decimal, price:money, stockLevel, expiryDate:date"],
    views: ["medicines-expiring-this-month: expiryDate upcoming", "expired-medicines: expiryDate past"],
    notUnderstood: [
      "list medicines expiring this month: shown are all whose expiry date is still to come, not only this month",
    ],
  },
  {
    prompt: "A library where members borrow books, each loan with a due date",
    title: "Library",
    entities: ["Member: name*, email:email", "Book: name*", "Loan: member>Member*, book>Book*, dueDate:date"],
    views: [],
    notUnderstood: [],
  },
];

it.each(REQUESTS)("$prompt", ({ prompt, title, ...expected }) => {
  const result = understand(prompt, []);
  expect({ ...brief(result), notUnderstood: result.notUnderstood }).toEqual(expected);
  expect(result.spec?.title).toBe(title);
});

it.each(REQUESTS)("shows each item by fields that tell it from others: $title", ({ prompt }) => {
  for (const entity of understand(prompt, []).spec?.model?.entities ?? []) {
    const shown = entity.display.map((name) => entity.fields.find((field) => field.name === name)?.type);
    expect([shown.length > 0, shown.includes(undefined), shown[0] === "boolean" || shown[0] === "longText"]).toEqual([
      true,
      false,
      false,
    ]);
  }
});

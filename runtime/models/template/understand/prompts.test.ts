import { parseAppSpec } from "@devfactory/stacks/spec/index.ts";
import { expect, it } from "vitest";
import { brief } from "./briefModel.ts";
import { understand } from "./understand.ts";

/** Requests as people write them: stories, notes, several sentences; and all that is made of each. */
const REQUESTS = [
  {
    prompt:
      "I run a small bakery and want to manage orders: each order belongs to a customer, has products with quantity, a pickup date and a status (new, baked, collected). Show today's orders",
    title: "Bakery",
    entities: [
      "Order: customer>Customer*, pickupDate:date, status(new|baked|collected)",
      "Customer: name*, email:email",
      "Product: name*",
      "OrderProduct: order>Order*, product>Product*, quantity:integer",
    ],
    views: ["today-orders: pickupDate today"],
    notUnderstood: [],
  },
  {
    prompt:
      "School timetable: teachers teach courses, courses take place in rooms on a weekday at a start time; students enroll in courses",
    title: "School timetable",
    entities: [
      "Teacher: name*, email:email",
      "Course: name*, teacher>Teacher*, room>Room*, weekday(Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday), startTime:time",
      "Room: name*",
      "Student: name*, email:email",
      "Enrollment: student>Student*, course>Course*, date:date",
    ],
    views: [],
    notUnderstood: [],
  },
  {
    prompt:
      "Volunteers sign up for shifts at events. Each event has a location and a start date; each shift has a start time, an end time and a maximum number of volunteers.",
    title: "Volunteers",
    entities: [
      "Volunteer: name*, email:email",
      "Shift: event>Event*, startTime:dateTime, endTime:dateTime, maximumNumberOfVolunteers:integer",
      "SignUp: volunteer>Volunteer*, shift>Shift*, date:date",
      "Event: location*, startDate:date",
    ],
    views: [],
    notUnderstood: [],
  },
  {
    prompt:
      "Inventory for a bike shop using Cosmos DB: parts with sku, price and stock count, suppliers with phone and website",
    title: "Inventory",
    entities: ["Part: sku*, price:money, stockCount:integer", "Supplier: name*, phone:phone, website:url"],
    views: [],
    notUnderstood: [],
  },
  {
    prompt:
      "An app to plan my garden: beds contain plants, plants have a species, a planting date and a harvest date; show harvests due this week",
    title: "Garden",
    entities: ["Bed: name*", "Plant: bed>Bed*, species, plantingDate:date, harvestDate:date"],
    views: ["harvests-due-this-week: harvestDate upcoming"],
    notUnderstood: [
      "list harvests due this week: shown are all whose harvest date is still to come, not only this week",
    ],
  },
  {
    prompt:
      "Track job applications: company, position, salary, applied date and status (applied, interview, offer, rejected); list open applications",
    title: "Job applications",
    entities: [
      "JobApplication: company*, position, salary:money, appliedDate:date, status(applied|interview|offer|rejected)",
    ],
    views: ["open-job-applications: status notEquals rejected"],
    notUnderstood: ["list open applications: shown are those whose status is not rejected"],
  },
  {
    prompt:
      "Real estate agency: properties with address, price, number of bedrooms; agents show properties to clients at viewings with a date and notes; show upcoming viewings",
    title: "Real estate agency",
    entities: [
      "Property: name*, address, price:money, numberOfBedrooms:integer",
      "Agent: name*, email:email",
      "Viewing: agent>Agent*, property>Property*, client>Client*, date:date, notes:longText",
      "Client: name*, email:email",
    ],
    views: ["upcoming-viewings: date upcoming"],
    notUnderstood: [],
  },
  {
    prompt:
      "A hotel where guests make reservations for rooms with check-in and check-out dates; rooms have a number, type (single, double, suite) and nightly rate",
    title: "Hotel",
    entities: [
      "Guest: name*, email:email",
      "Reservation: guest>Guest*, room>Room*, checkInDate:date, checkOutDate:date",
      "Room: number*, type(single|double|suite), nightlyRate:money",
    ],
    views: [],
    notUnderstood: [],
  },
  {
    prompt: "Podcast episodes with title, publish date, duration in minutes and guests; show unpublished episodes",
    title: "Podcast episodes",
    entities: [
      "PodcastEpisode: title*, publishDate:date, duration:integer",
      "Guest: name*, email:email, podcastEpisode>PodcastEpisode*",
    ],
    views: ["unpublished-podcast-episodes: publishDate upcoming"],
    notUnderstood: [
      "list unpublished episodes: shown are those whose publish date is still to come, not those without one",
    ],
  },
  {
    prompt:
      "Our rowing club has boats, members and outings. An outing takes place on a date at a start time with one boat and several members. Boats have a name, number of seats and weight. Show upcoming outings.",
    title: "Rowing club",
    entities: [
      "Boat: name*, numberOfSeats:integer, weight:decimal",
      "Member: name*, email:email",
      "Outing: date:date*, startTime:time, boat>Boat",
      "OutingMember: outing>Outing*, member>Member*",
    ],
    views: ["upcoming-outings: date upcoming"],
    notUnderstood: [],
  },
  {
    prompt:
      "As a farm manager I want to track fields with area and crop, harvests per field with a date and a yield in tons, and tractors that need maintenance.",
    title: "Fields",
    entities: [
      "Field: name*, area:decimal, crop",
      "Harvest: field>Field*, date:date, yield:decimal",
      "Tractor: name*, maintenance",
    ],
    views: [],
    notUnderstood: [],
  },
  {
    prompt:
      "museum: artifacts (name, year, origin, material), exhibitions with title, start and end dates; artifacts are shown in exhibitions",
    title: "Museum",
    entities: [
      "Artifact: name*, year:integer, origin, material, exhibition>Exhibition*",
      "Exhibition: title*, startDate:date, endDate:date",
    ],
    views: [],
    notUnderstood: [],
  },
  {
    prompt:
      "fleet: vehicles plate, make, model, mileage; drivers name, license number, expiry date; trips w/ vehicle, driver, start time, end time, distance",
    title: "Fleet",
    entities: [
      "Vehicle: plate*, make, model, mileage:integer",
      "Driver: name*, licenseNumber, expiryDate:date",
      "Trip: vehicle>Vehicle*, driver>Driver, startTime:dateTime, endTime:dateTime, distance:decimal",
    ],
    views: [],
    notUnderstood: [],
  },
  {
    prompt:
      "I'd like an app for my music school. Students take lessons with teachers. A lesson has a day, a time, an instrument and a room.",
    title: "Music school",
    entities: [
      "Student: name*, email:email",
      "Lesson: student>Student*, teacher>Teacher, day:date, time:time, instrument, room",
      "Teacher: name*, email:email",
    ],
    views: [],
    notUnderstood: [],
  },
  {
    prompt:
      "As a manager I want to see overdue inspections so that I can plan. Inspectors inspect bridges and record a rating, notes and next inspection date.",
    title: "Inspectors",
    entities: [
      "Inspector: name*, email:email",
      "Bridge: name*",
      "Inspection: inspector>Inspector*, bridge>Bridge*, rating:integer, notes:longText, nextInspectionDate:date",
    ],
    views: ["overdue-inspections: nextInspectionDate past"],
    notUnderstood: [],
  },
  {
    prompt:
      "Gym: each member has a name, email, membership type (monthly, yearly) and join date. Trainers run classes. Members can sign up for classes. Classes are held in a room on a weekday at 6pm.",
    title: "Gym",
    entities: [
      "Member: name*, email:email, membershipType(monthly|yearly), joinDate:date",
      "Trainer: name*, email:email",
      "Class: name*, trainer>Trainer, room>Room, weekday(Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday), startTime:time",
      "SignUp: member>Member*, class>Class*, date:date",
      "Room: name*",
    ],
    views: [],
    notUnderstood: [],
  },
  {
    prompt:
      "Patients have prescriptions. A prescription lists medicines with dosage and frequency, and is written by a doctor on a date. Medicines have a name and a manufacturer.",
    title: "Patients",
    entities: [
      "Patient: name*, email:email",
      "Prescription: patient>Patient*, doctor>Doctor, date:date",
      "Medicine: name*, manufacturer",
      "PrescriptionMedicine: prescription>Prescription*, medicine>Medicine*, dosage:decimal, frequency",
      "Doctor: name*, email:email",
    ],
    views: [],
    notUnderstood: [],
  },
  {
    prompt:
      "A choir: singers with name and voice (soprano, alto, tenor, bass), rehearsals on a date at a place, attendance of singers at rehearsals. Show rehearsals in the next 7 days",
    title: "Choir",
    entities: [
      "Singer: name*, voice(soprano|alto|tenor|bass)",
      "Rehearsal: date:date*, place",
      "Attendance: singer>Singer*, rehearsal>Rehearsal*, date:date",
    ],
    views: ["rehearsals-the-next-7-days: date upcoming"],
    notUnderstood: [
      "list rehearsals the next 7 days: shown are all whose date is still to come, not only the next 7 days",
    ],
  },
];

it.each(REQUESTS)("$prompt", ({ prompt, title, ...expected }) => {
  const result = understand(prompt, []);
  expect({ ...brief(result), notUnderstood: result.notUnderstood }).toEqual(expected);
  expect(result.spec?.title).toBe(title);
  expect(parseAppSpec(JSON.parse(JSON.stringify(result.spec)))).toMatchObject({ ok: true });
});

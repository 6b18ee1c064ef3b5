// Made from sdk/wit by `cargo run -p insula-test-typescript`. Do not edit.
import type { Shape } from "./shape";

const subscription: Shape = ["enum", ["trial", "active", "past-due", "canceled"]];

const newClinic: Shape = ["record", { name: "string", timeZone: ["option", "string"], locale: ["option", "string"], address: ["option", "string"], phone: ["option", "string"], settings: ["option", "string"], subscription: ["option", subscription], isActive: ["option", "boolean"] }];

const newUser: Shape = ["record", { email: ["option", "string"], subject: ["option", "string"] }];

const clinic: Shape = ["record", { handle: ["number", 0, 4294967295] }];

const user: Shape = ["record", { handle: ["number", 0, 4294967295] }];

const role: Shape = ["enum", ["admin", "practitioner", "receptionist", "read-only"]];

const newMembership: Shape = ["record", { clinic: clinic, user: user, roles: ["list", role], fullName: "string", title: ["option", "string"], isActive: ["option", "boolean"], settings: ["option", "string"] }];

const newServiceTypeGroup: Shape = ["record", { clinic: clinic, name: "string", displayOrder: ["option", ["number", 0, 4294967295]] }];

const serviceTypeGroup: Shape = ["record", { handle: ["number", 0, 4294967295] }];

const newAppointmentType: Shape = ["record", { clinic: clinic, name: "string", durationMinutes: ["number", 0, 4294967295], bufferMinutes: ["option", ["number", 0, 4294967295]], group: ["option", serviceTypeGroup], receiptName: ["option", "string"], description: ["option", "string"], displayOrder: ["option", ["number", 0, 4294967295]], bookableByNewPatients: ["option", "boolean"], bookableByExistingPatients: ["option", "boolean"], patientChoosesPractitioner: ["option", "boolean"], confirmationMessage: ["option", "string"], reminderMessage: ["option", "string"] }];

const appointmentType: Shape = ["record", { handle: ["number", 0, 4294967295] }];

const newOffering: Shape = ["record", { practitioner: user, appointmentType: appointmentType }];

const newResourceType: Shape = ["record", { clinic: clinic, name: "string" }];

const resourceType: Shape = ["record", { handle: ["number", 0, 4294967295] }];

const newResource: Shape = ["record", { resourceType: resourceType, name: "string", description: ["option", "string"] }];

const newResourceRequirement: Shape = ["record", { appointmentType: appointmentType, resourceType: resourceType, quantity: ["option", ["number", 0, 4294967295]] }];

const newBillingScenario: Shape = ["record", { practitioner: user, appointmentType: appointmentType, name: "string", amount: ["number", -9007199254740991, 9007199254740991], revenueShare: ["option", ["number", -9007199254740991, 9007199254740991]], isDefault: "boolean" }];

const weekday: Shape = ["enum", ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]];

const time: Shape = ["record", { hour: ["number", 0, 255], minute: ["number", 0, 255] }];

const newAvailability: Shape = ["record", { practitioner: user, clinic: clinic, weekday: weekday, start: time, end: time }];

const date: Shape = ["record", { year: ["number", -32768, 32767], month: ["number", 0, 255], day: ["number", 0, 255] }];

const newTimeOff: Shape = ["record", { clinic: clinic, practitioner: user, date: date, hours: ["option", ["tuple", [time, time]]], name: ["option", "string"] }];

const gender: Shape = ["enum", ["female", "male", "other", "unknown"]];

const patientCreator: Shape = ["enum", ["clinic-user", "patient"]];

const newPatient: Shape = ["record", { clinic: clinic, fullName: "string", phone: ["option", "string"], email: ["option", "string"], birthday: ["option", date], gender: ["option", gender], notes: ["option", "string"], createdBy: ["option", patientCreator], assignedPractitioners: ["list", user] }];

const patient: Shape = ["record", { handle: ["number", 0, 4294967295] }];

const fold: Shape = ["enum", ["earlier", "later"]];

const localTime: Shape = ["record", { date: date, time: time, fold: fold }];

const appointmentStatus: Shape = ["enum", ["confirmed", "canceled-by-patient", "canceled-by-clinic", "completed", "no-show"]];

const clinicResource: Shape = ["record", { handle: ["number", 0, 4294967295] }];

const allocation: Shape = ["variant", { automatic: null, chosen: ["list", clinicResource] }];

const newAppointment: Shape = ["record", { clinic: clinic, practitioner: user, patient: patient, appointmentType: appointmentType, starts: localTime, minutes: ["option", ["number", 0, 4294967295]], status: ["option", appointmentStatus], notes: ["option", "string"], clinicNotes: ["option", "string"], isAutoAssigned: "boolean", resources: allocation, allowOverlap: "boolean" }];

const interval: Shape = ["variant", { days: ["number", 0, 4294967295], weeks: ["number", 0, 4294967295] }];

const newSeries: Shape = ["record", { first: newAppointment, every: interval, count: ["number", 0, 4294967295] }];

const membership: Shape = ["record", { handle: ["number", 0, 4294967295] }];

const offering: Shape = ["record", { handle: ["number", 0, 4294967295] }];

const resourceRequirement: Shape = ["record", { handle: ["number", 0, 4294967295] }];

const billingScenario: Shape = ["record", { handle: ["number", 0, 4294967295] }];

const availability: Shape = ["record", { handle: ["number", 0, 4294967295] }];

const calendarEvent: Shape = ["record", { handle: ["number", 0, 4294967295] }];

const appointment: Shape = ["record", { handle: ["number", 0, 4294967295] }];

const entity: Shape = ["variant", { clinic: clinic, user: user, membership: membership, "service-type-group": serviceTypeGroup, "appointment-type": appointmentType, offering: offering, "resource-type": resourceType, "clinic-resource": clinicResource, "resource-requirement": resourceRequirement, "billing-scenario": billingScenario, availability: availability, "calendar-event": calendarEvent, patient: patient, appointment: appointment }];

const level: Shape = ["enum", ["debug", "info", "warn"]];

export const island: Readonly<Record<string, readonly Shape[]>> = {
  createClinic: [newClinic],
  createUser: [newUser],
  createMembership: [newMembership],
  createServiceTypeGroup: [newServiceTypeGroup],
  createAppointmentType: [newAppointmentType],
  createOfferings: [["list", newOffering]],
  createResourceType: [newResourceType],
  createResource: [newResource],
  createResourceRequirement: [newResourceRequirement],
  createBillingScenario: [newBillingScenario],
  createAvailabilities: [["list", newAvailability]],
  createTimeOff: [["list", newTimeOff]],
  createPatients: [["list", newPatient]],
  createAppointments: [["list", newAppointment]],
  createSeries: [newSeries],
  name: [entity, "string"],
  existing: [],
};

export const context: Readonly<Record<string, readonly Shape[]>> = {
  now: [],
  localNow: [clinic],
  random: ["string"],
  person: ["string", ["option", "string"]],
  log: [level, "string"],
};

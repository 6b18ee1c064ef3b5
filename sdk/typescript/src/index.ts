/// <reference path="./contract.d.ts" />
/// <reference path="./globals.d.ts" />
import "./prelude";

export type { Persona } from "insula:scenario/context@0.1.0";
export type {
  AppointmentStatus,
  Fold,
  Gender,
  PatientCreator,
  Role,
  Subscription,
} from "insula:scenario/types@0.1.0";

export type { AppointmentBuilder, SeriesBuilder } from "./appointment";
export type { Batch, Json, JsonObject } from "./builder";
export { Day, LocalTime, Time, type TimeOfDay, WORKDAYS, type Weekday, day, time } from "./civil";
export { Clinic, type ClinicBuilder } from "./clinic";
export type {
  Appointment,
  AppointmentType,
  BillingScenario,
  CalendarEvent,
  ClinicResource,
  Kind,
  Patient,
  ServiceTypeGroup,
  Thing,
  User,
} from "./entity";
export { Rejection, rejected } from "./error";
export type {
  Existing,
  ExistingAppointmentType,
  ExistingClinic,
  ExistingMember,
  ExistingPatient,
} from "./existing";
export type { Island } from "./island";
export { Member, type MemberBuilder, type UserBuilder } from "./member";
export type { PatientBuilder } from "./patient";
export type { ResourceBuilder, ResourceType, ResourceTypeBuilder } from "./resources";
export { type Definition, type Scenario, scenario } from "./scenario";
export type { Schema } from "./schema";
export type { AppointmentTypeBuilder, BillingBuilder, ServiceTypeGroupBuilder, TimeOffBuilder } from "./services";

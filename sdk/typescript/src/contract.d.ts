// Made from sdk/wit by `cargo run -p insula-test-typescript`. Do not edit.

/** Handles, civil time and refusals. */
declare module "insula:scenario/types@0.1.0" {
  /**
   * A handle is good for one run only. It names a thing in the island of that run, so a forged handle can
   * at most name another thing of the same island. One record per kind, so that mixing them up does not compile.
   */
  export interface Clinic {
    handle: number;
  }

  export interface User {
    handle: number;
  }

  export interface Membership {
    handle: number;
  }

  export interface ServiceTypeGroup {
    handle: number;
  }

  export interface AppointmentType {
    handle: number;
  }

  export interface Offering {
    handle: number;
  }

  export interface ResourceType {
    handle: number;
  }

  export interface ClinicResource {
    handle: number;
  }

  export interface ResourceRequirement {
    handle: number;
  }

  export interface BillingScenario {
    handle: number;
  }

  export interface Availability {
    handle: number;
  }

  export interface CalendarEvent {
    handle: number;
  }

  export interface Patient {
    handle: number;
  }

  export interface Appointment {
    handle: number;
  }

  /** Any thing of an island. */
  export type Entity =
    | { tag: "clinic"; val: Clinic }
    | { tag: "user"; val: User }
    | { tag: "membership"; val: Membership }
    | { tag: "service-type-group"; val: ServiceTypeGroup }
    | { tag: "appointment-type"; val: AppointmentType }
    | { tag: "offering"; val: Offering }
    | { tag: "resource-type"; val: ResourceType }
    | { tag: "clinic-resource"; val: ClinicResource }
    | { tag: "resource-requirement"; val: ResourceRequirement }
    | { tag: "billing-scenario"; val: BillingScenario }
    | { tag: "availability"; val: Availability }
    | { tag: "calendar-event"; val: CalendarEvent }
    | { tag: "patient"; val: Patient }
    | { tag: "appointment"; val: Appointment };

  /** A day of the proleptic Gregorian calendar. */
  export interface Date {
    year: number;
    month: number;
    day: number;
  }

  /** A time of day, to the minute. */
  export interface Time {
    hour: number;
    minute: number;
  }

  /** Which of the two instants is meant by a local time that happens twice, when daylight saving ends. */
  export type Fold = "earlier" | "later";

  /** A local time in a clinic's time zone. One that daylight saving skips is refused. */
  export interface LocalTime {
    date: Date;
    time: Time;
    fold: Fold;
  }

  export type Role = "admin" | "practitioner" | "receptionist" | "read-only";

  export type Subscription = "trial" | "active" | "past-due" | "canceled";

  export type Gender = "female" | "male" | "other" | "unknown";

  export type PatientCreator = "clinic-user" | "patient";

  export type AppointmentStatus = "confirmed" | "canceled-by-patient" | "canceled-by-clinic" | "completed" | "no-show";

  export type Weekday = "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday" | "sunday";

  /** An amount of money in hundredths of the clinic's currency: 1250 is 12.50. */
  export type Cents = number;

  /** A JSON text (RFC 8259). */
  export type Json = string;

  /** Why a call was refused. */
  export interface Rejection {
    /** In a call with a list: which element, counted from 0. */
    index?: number | null | undefined;
    /** The field that is wrong, where one is. */
    field?: string | null | undefined;
    /** The rule that was broken, in a word or two that programs can rely on, such as `overlap`. */
    rule: string;
    /** A sentence for the author of the scenario. */
    message: string;
  }
}

/** What a scenario builds. Each call is checked as a whole: it adds all that it was given, or nothing. */
declare module "insula:scenario/island@0.1.0" {
  import type {
    Appointment,
    AppointmentStatus,
    AppointmentType,
    Availability,
    BillingScenario,
    CalendarEvent,
    Cents,
    Clinic,
    ClinicResource,
    Date,
    Entity,
    Gender,
    Json,
    LocalTime,
    Membership,
    Offering,
    Patient,
    PatientCreator,
    Rejection,
    ResourceRequirement,
    ResourceType,
    Role,
    ServiceTypeGroup,
    Subscription,
    Time,
    User,
    Weekday,
  } from "insula:scenario/types@0.1.0";

  export interface NewClinic {
    name: string;
    /** An IANA name such as `Europe/Berlin`; the host's default where it is left out. */
    timeZone?: string | null | undefined;
    /** A BCP 47 tag such as `zh-TW`; the host's default where it is left out. */
    locale?: string | null | undefined;
    address?: string | null | undefined;
    phone?: string | null | undefined;
    /** A JSON object. */
    settings?: Json | null | undefined;
    /** `active` where it is left out. */
    subscription?: Subscription | null | undefined;
    /** True where it is left out. */
    isActive?: boolean | null | undefined;
  }

  export interface NewUser {
    /**
     * An address such as `anna@example.test`. The host adds the island to it (`anna+<island>@example.test`), so
     * that it is unique everywhere. Made up where it is left out.
     */
    email?: string | null | undefined;
    /** The identity provider's id of the user; made unique in the same way. */
    subject?: string | null | undefined;
  }

  export interface NewMembership {
    clinic: Clinic;
    user: User;
    /** At least one. */
    roles: Role[];
    fullName: string;
    title?: string | null | undefined;
    /** True where it is left out. A member who is not active gets no token for the clinic. */
    isActive?: boolean | null | undefined;
    /** A JSON object. */
    settings?: Json | null | undefined;
  }

  export interface NewServiceTypeGroup {
    clinic: Clinic;
    name: string;
    displayOrder?: number | null | undefined;
  }

  export interface NewAppointmentType {
    clinic: Clinic;
    name: string;
    /** 1 to 1440. */
    durationMinutes: number;
    /** How long the application should keep free after it; 0 where it is left out. The host does not enforce it. */
    bufferMinutes?: number | null | undefined;
    group?: ServiceTypeGroup | null | undefined;
    receiptName?: string | null | undefined;
    description?: string | null | undefined;
    displayOrder?: number | null | undefined;
    /** The next three are true where they are left out. */
    bookableByNewPatients?: boolean | null | undefined;
    bookableByExistingPatients?: boolean | null | undefined;
    patientChoosesPractitioner?: boolean | null | undefined;
    /** A JSON object. */
    confirmationMessage?: Json | null | undefined;
    /** A JSON object. */
    reminderMessage?: Json | null | undefined;
  }

  export interface NewOffering {
    practitioner: User;
    appointmentType: AppointmentType;
  }

  export interface NewResourceType {
    clinic: Clinic;
    name: string;
  }

  export interface NewResource {
    resourceType: ResourceType;
    name: string;
    description?: string | null | undefined;
  }

  export interface NewResourceRequirement {
    appointmentType: AppointmentType;
    resourceType: ResourceType;
    /** 1 where it is left out. */
    quantity?: number | null | undefined;
  }

  export interface NewBillingScenario {
    practitioner: User;
    appointmentType: AppointmentType;
    name: string;
    amount: Cents;
    /** 0 to `amount`; 0 where it is left out. */
    revenueShare?: Cents | null | undefined;
    isDefault: boolean;
  }

  export interface NewAvailability {
    practitioner: User;
    clinic: Clinic;
    weekday: Weekday;
    start: Time;
    end: Time;
  }

  /** Time off: an exception to the weekly availability. No start and no end mean the whole day. */
  export interface NewTimeOff {
    clinic: Clinic;
    practitioner: User;
    date: Date;
    hours?: [Time, Time] | null | undefined;
    name?: string | null | undefined;
  }

  export interface NewPatient {
    clinic: Clinic;
    fullName: string;
    phone?: string | null | undefined;
    email?: string | null | undefined;
    birthday?: Date | null | undefined;
    gender?: Gender | null | undefined;
    notes?: string | null | undefined;
    /** `clinic-user` where it is left out. */
    createdBy?: PatientCreator | null | undefined;
    assignedPractitioners: User[];
  }

  /** How the required resources of an appointment are found. */
  export type Allocation =
    /** The host takes the first that are free, as many as the type requires. */
    | { tag: "automatic" }
    /** These. */
    | { tag: "chosen"; val: ClinicResource[] };

  export interface NewAppointment {
    clinic: Clinic;
    practitioner: User;
    patient: Patient;
    appointmentType: AppointmentType;
    starts: LocalTime;
    /** The type's duration where it is left out. */
    minutes?: number | null | undefined;
    /** `confirmed` where it is left out. */
    status?: AppointmentStatus | null | undefined;
    notes?: string | null | undefined;
    clinicNotes?: string | null | undefined;
    isAutoAssigned: boolean;
    resources: Allocation;
    /** Allow it to overlap the practitioner's other appointments and time off, and to share resources. */
    allowOverlap: boolean;
  }

  /** The distance between two appointments of a series. */
  export type Interval =
    | { tag: "days"; val: number }
    | { tag: "weeks"; val: number };

  /** `count` appointments at the same local time, the first of them `first`. */
  export interface NewSeries {
    first: NewAppointment;
    every: Interval;
    count: number;
  }

  export interface ExistingClinic {
    clinic: Clinic;
    name: string;
    timeZone: string;
    locale: string;
  }

  export interface ExistingMember {
    clinic: Clinic;
    user: User;
    roles: Role[];
    fullName: string;
    isActive: boolean;
  }

  export interface ExistingAppointmentType {
    appointmentType: AppointmentType;
    clinic: Clinic;
    name: string;
    durationMinutes: number;
    offeredBy: User[];
  }

  export interface ExistingPatient {
    patient: Patient;
    clinic: Clinic;
    fullName: string;
  }

  export interface Contents {
    clinics: ExistingClinic[];
    users: User[];
    members: ExistingMember[];
    appointmentTypes: ExistingAppointmentType[];
    patients: ExistingPatient[];
    /** What was named, in the order of the names. */
    names: [string, Entity][];
  }

  export interface Functions {
    /** @throws {Rejection} */
    createClinic(new_: NewClinic): Clinic;
    /** @throws {Rejection} */
    createUser(new_: NewUser): User;
    /** @throws {Rejection} */
    createMembership(new_: NewMembership): Membership;
    /** @throws {Rejection} */
    createServiceTypeGroup(new_: NewServiceTypeGroup): ServiceTypeGroup;
    /** @throws {Rejection} */
    createAppointmentType(new_: NewAppointmentType): AppointmentType;
    /** @throws {Rejection} */
    createOfferings(new_: NewOffering[]): Offering[];
    /** @throws {Rejection} */
    createResourceType(new_: NewResourceType): ResourceType;
    /** @throws {Rejection} */
    createResource(new_: NewResource): ClinicResource;
    /** @throws {Rejection} */
    createResourceRequirement(new_: NewResourceRequirement): ResourceRequirement;
    /** @throws {Rejection} */
    createBillingScenario(new_: NewBillingScenario): BillingScenario;
    /** @throws {Rejection} */
    createAvailabilities(new_: NewAvailability[]): Availability[];
    /** @throws {Rejection} */
    createTimeOff(new_: NewTimeOff[]): CalendarEvent[];
    /** @throws {Rejection} */
    createPatients(new_: NewPatient[]): Patient[];
    /** @throws {Rejection} */
    createAppointments(new_: NewAppointment[]): Appointment[];
    /** @throws {Rejection} */
    createSeries(new_: NewSeries): Appointment[];
    /**
     * Give a thing a name under which the caller finds it in the answer. A name is used once in an island.
     * @throws {Rejection}
     */
    name(entity: Entity, name: string): void;
    /**
     * What was there before this scenario began: what the island held, where the request adds to one, and what the
     * scenario that this one extends has built.
     */
    existing(): Contents;
  }

  const functions: Functions;
  export default functions;
}

/** Time, randomness and talk: all of it the same for the same params, seed and clock. */
declare module "insula:scenario/context@0.1.0" {
  import type {
    Clinic,
    LocalTime,
    Rejection,
  } from "insula:scenario/types@0.1.0";

  export interface Persona {
    givenName: string;
    familyName: string;
    /** Given and family name in the order that the locale writes them. */
    fullName: string;
    /** An address at example.test. */
    email: string;
    phone: string;
    birthday: [number, number, number];
  }

  export type Level = "debug" | "info" | "warn";

  export interface Functions {
    /** The run's instant, in seconds since 1970-01-01T00:00:00Z. It does not move during a run. */
    now(): number;
    /**
     * The run's instant in the clinic's time zone.
     * @throws {Rejection}
     */
    localNow(clinic: Clinic): LocalTime;
    /** A number that depends on the run's seed and this path alone, not on the order of calls. */
    random(path: string): number;
    /**
     * A believable person: en-US, en-GB, de-DE and zh-TW at least, en-US for a locale that the host does not know.
     * The same for the same seed and path.
     */
    person(path: string, locale: string | null | undefined): Persona;
    /** A line in the run's log, which the caller gets with the answer. */
    log(level: Level, message: string): void;
  }

  const functions: Functions;
  export default functions;
}

/** What a scenario exports. */
declare module "insula:scenario/plugin@0.1.0" {
  import type {
    Json,
    Rejection,
  } from "insula:scenario/types@0.1.0";

  export interface Example {
    title: string;
    /** Params that must work: shown to callers, run as tests. */
    params: Json;
  }

  /** A scenario that is built first. */
  export interface Base {
    /** Its name. */
    scenario: string;
    /** Which of its versions will do, as in `^1` or `>=1.2, <3`; the newest where it is left out. */
    version?: string | null | undefined;
  }

  export interface Manifest {
    /** Lower case letters, digits and underscores, beginning with a letter. */
    name: string;
    /** Other names that callers may use. */
    aliases: string[];
    /** Semantic Versioning 2.0.0. */
    version: string;
    title: string;
    description: string;
    /** The JSON Schema (draft 2020-12) of the params. */
    paramsSchema: Json;
    examples: Example[];
    /** The JSON Schema of what `build` returns; anything where it is left out. The host holds the outputs to it. */
    outputsSchema?: Json | null | undefined;
    /** The scenario that this one extends: the host builds it first, with the params that `base-params` makes. */
    extends?: Base | null | undefined;
  }

  export type Failure =
    /** The params ask for what cannot be built, or the host refused a call. */
    | { tag: "rejected"; val: Rejection }
    /** The scenario itself is at fault. */
    | { tag: "failed"; val: string };

  export interface Functions {
    /** Called once, when the plugin is loaded. Nothing that the scenario imports may be called here. */
    describe(): Manifest;
    /**
     * The params of the base. `params` has passed the schema. Called only where the manifest names a base; nothing that
     * the scenario imports may be called here.
     * @throws {Failure}
     */
    baseParams(params: Json): Json;
    /**
     * Build the island. `params` has passed the schema. The result goes to the caller as `outputs`.
     * @throws {Failure}
     */
    build(params: Json): Json;
  }
}

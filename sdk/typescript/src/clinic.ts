import type { NewClinic } from "insula:scenario/island@0.1.0";
import type { Role, Subscription, Weekday } from "insula:scenario/types@0.1.0";

import { AppointmentTypeBuilder, ServiceTypeGroupBuilder } from "./services";
import { Builder, type JsonObject } from "./builder";
import { Day, LocalTime, Time } from "./civil";
import type { Thing } from "./entity";
import { ask, context, create, island, named } from "./host";
import { MemberBuilder } from "./member";
import { PatientBuilder } from "./patient";
import { ResourceTypeBuilder } from "./resources";

/** A clinic of the island. What belongs to it is created from it. */
export class Clinic implements Thing<"clinic"> {
  readonly kind = "clinic";

  readonly handle: number;
  /** The language of the people who are made up for it. */
  readonly locale: string | undefined;

  constructor(handle: number, locale: string | undefined) {
    this.handle = handle;
    this.locale = locale;
  }

  /** A new user who administers the clinic: `admin@example.test`, unless told otherwise. */
  admin(): MemberBuilder {
    return new MemberBuilder(this, "admin", "admin");
  }

  /** A new user who treats patients here: `practitioner@example.test`, unless told otherwise. */
  practitioner(): MemberBuilder {
    return new MemberBuilder(this, "practitioner", "practitioner");
  }

  /** A new user at the desk: `receptionist@example.test`, unless told otherwise. */
  receptionist(): MemberBuilder {
    return new MemberBuilder(this, "receptionist", "receptionist");
  }

  /** A new user with any one role. */
  member(key: string, role: Role): MemberBuilder {
    return new MemberBuilder(this, key, role);
  }

  /** A new patient, made up by seed and key. */
  patient(): PatientBuilder {
    return new PatientBuilder(this);
  }

  /** A new kind of appointment. */
  appointmentType(name: string, minutes: number): AppointmentTypeBuilder {
    return new AppointmentTypeBuilder(this, name, minutes);
  }

  /** A new heading under which kinds of appointments are offered. */
  serviceTypeGroup(name: string): ServiceTypeGroupBuilder {
    return new ServiceTypeGroupBuilder(this, name);
  }

  /** A new kind of room or device. */
  resourceType(name: string): ResourceTypeBuilder {
    return new ResourceTypeBuilder(this, name);
  }

  /** The run's moment on the clinic's wall. */
  now(): LocalTime {
    const { date, time, fold } = ask("the time", () => context.localNow({ handle: this.handle }));
    return new LocalTime(new Day(date.year, date.month, date.day), new Time(time.hour, time.minute), fold);
  }

  /** Today, where the clinic is. */
  today(): Day {
    return this.now().date;
  }

  /** The first such day after today, where the clinic is. */
  next(weekday: Weekday): Day {
    return this.today().next(weekday);
  }
}

/** A clinic to be. Nothing is created before `create`. */
export class ClinicBuilder extends Builder<NewClinic> {
  constructor(name: string) {
    super({ name });
  }

  /** An IANA name such as `Europe/Berlin`; the host's default where it is left out. */
  timeZone(name: string): this {
    return this.set("timeZone", name);
  }

  /** A BCP 47 tag such as `zh-TW`, also for the names of its people; the host's default where it is left out. */
  locale(tag: string): this {
    return this.set("locale", tag);
  }

  /** The postal address. */
  address(text: string): this {
    return this.set("address", text);
  }

  /** The telephone number. */
  phone(number: string): this {
    return this.set("phone", number);
  }

  /** The application's settings. */
  settings(settings: JsonObject): this {
    return this.set("settings", JSON.stringify(settings));
  }

  /** `active` where it is left out. */
  subscription(subscription: Subscription): this {
    return this.set("subscription", subscription);
  }

  /** True where it is left out. */
  isActive(isActive: boolean): this {
    return this.set("isActive", isActive);
  }

  /** Creates the clinic. */
  create(): Clinic {
    const { handle } = create(() => island.createClinic(this.new));
    return named(new Clinic(handle, this.new.locale ?? undefined), this.label);
  }
}

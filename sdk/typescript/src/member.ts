import type { NewMembership, NewUser } from "insula:scenario/island@0.1.0";
import type { Role, Weekday } from "insula:scenario/types@0.1.0";

import { AppointmentBuilder } from "./appointment";
import { Builder, type JsonObject } from "./builder";
import { type Day, type LocalTime, type Time, type TimeOfDay, time } from "./civil";
import type { Clinic } from "./clinic";
import { type AppointmentType, type Patient, type User, thing } from "./entity";
import { context, create, ask, inBatches, island, named } from "./host";
import { BillingBuilder, TimeOffBuilder } from "./services";

interface WorkingHours {
  readonly weekday: Weekday;
  readonly start: Time;
  readonly end: Time;
}

/** A user in a clinic: an admin, a practitioner, whoever works there. */
export class Member {
  /** Who it is. The same user may be a member of several clinics. */
  readonly user: User;
  /** Where. */
  readonly clinic: Clinic;

  constructor(user: User, clinic: Clinic) {
    this.user = user;
    this.clinic = clinic;
  }

  /** Weekly hours on these days: `doctor.works(WORKDAYS, 9, 17)`. */
  works(days: Iterable<Weekday>, from: TimeOfDay, to: TimeOfDay): void {
    this.worksAt(hours(days, from, to));
  }

  /** Offers appointments of this type. */
  offers(appointmentType: AppointmentType): void {
    create(() => island.createOfferings([{ practitioner: this.user, appointmentType }]));
  }

  /** A day, or hours of it, without work. */
  timeOff(date: Day): TimeOffBuilder {
    return new TimeOffBuilder(this, date);
  }

  /** What this practitioner takes for a type of appointment, in hundredths of the currency. */
  billing(appointmentType: AppointmentType, name: string, cents: number): BillingBuilder {
    return new BillingBuilder(this, appointmentType, name, cents);
  }

  /** An appointment with a patient: `doctor.appointment(patient, checkup, monday.at(9, 30))`. */
  appointment(patient: Patient, appointmentType: AppointmentType, starts: LocalTime): AppointmentBuilder {
    return new AppointmentBuilder(this, patient, appointmentType, starts);
  }

  /** No part of the API. */
  worksAt(hours: readonly WorkingHours[]): void {
    const of = (it: WorkingHours) => ({ practitioner: this.user, clinic: this.clinic, ...it });
    inBatches(hours.map(of), (batch) => island.createAvailabilities(batch));
  }
}

/** A user to be, who is in no clinic yet. `clinic.admin()` and its like create user and membership in one. */
export class UserBuilder extends Builder<NewUser> {
  constructor() {
    super({});
  }

  /** The address; the host adds the island to it, so that it is unique everywhere. Made up where it is left out. */
  email(address: string): this {
    return this.set("email", address);
  }

  /** The identity provider's id of the user; the host makes it unique in the same way. */
  subject(id: string): this {
    return this.set("subject", id);
  }

  /** Creates the user. */
  create(): User {
    return named(thing("user", create(() => island.createUser(this.new))), this.label);
  }
}

type MemberFields = Pick<NewMembership, "title" | "isActive" | "settings"> & {
  key: string;
  user?: User;
  email?: string;
  subject?: string;
  fullName?: string;
};

/** A member to be. Nothing is created before `create`. */
export class MemberBuilder extends Builder<MemberFields> {
  private readonly roles: Role[];
  private readonly hours: WorkingHours[] = [];

  private readonly clinic: Clinic;

  constructor(clinic: Clinic, key: string, role: Role) {
    super({ key });
    this.clinic = clinic;
    this.roles = [role];
  }

  /** What stands with the name, such as `Dr.`. */
  title(title: string): this {
    return this.set("title", title);
  }

  /** True where it is left out. A member who is not active cannot log in here. */
  isActive(isActive: boolean): this {
    return this.set("isActive", isActive);
  }

  /** The application's settings for this member. */
  settings(settings: JsonObject): this {
    return this.set("settings", JSON.stringify(settings));
  }

  /**
   * Tells members of one role apart: address and name come from it. `practitioner/2` is
   * `practitioner-2@example.test`.
   */
  key(key: string): this {
    return this.set("key", key);
  }

  /** A user who exists, in place of a new one. */
  user(user: User): this {
    return this.set("user", user);
  }

  /** The user's address; the host adds the island to it, so that it is unique everywhere. */
  email(address: string): this {
    return this.set("email", address);
  }

  /** The identity provider's id of the user; the host makes it unique in the same way. */
  subject(id: string): this {
    return this.set("subject", id);
  }

  /** The name in this clinic; made up by seed and key where it is left out. */
  fullName(name: string): this {
    return this.set("fullName", name);
  }

  /** One more role. */
  also(role: Role): this {
    this.roles.push(role);
    return this;
  }

  /** Weekly hours on these days: `.works(WORKDAYS, 9, 17)`. Call it again for an afternoon after a break. */
  works(days: Iterable<Weekday>, from: TimeOfDay, to: TimeOfDay): this {
    this.hours.push(...hours(days, from, to));
    return this;
  }

  /** Creates the user, the membership and the weekly hours. */
  create(): Member {
    const { key, user: known, email, subject, fullName, title, isActive, settings } = this.new;
    const address = email ?? `${key.replaceAll("/", "-")}@example.test`;
    const newUser = () => thing("user", create(() => island.createUser({ email: address, subject })));
    const user = known ?? newUser();
    const madeUp = () => ask("a person", () => context.person(`user/${key}`, this.clinic.locale)).fullName;
    const { clinic, roles } = this;
    create(() =>
      island.createMembership({ clinic, user, roles, fullName: fullName ?? madeUp(), title, isActive, settings }),
    );
    const member = new Member(user, clinic);
    member.worksAt(this.hours);
    named(user, this.label);
    return member;
  }
}

function hours(days: Iterable<Weekday>, from: TimeOfDay, to: TimeOfDay): WorkingHours[] {
  const [start, end] = [time(from), time(to)];
  return Array.from(days, (weekday) => ({ weekday, start, end }));
}

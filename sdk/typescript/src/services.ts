import type {
  NewAppointmentType,
  NewBillingScenario,
  NewServiceTypeGroup,
  NewTimeOff,
} from "insula:scenario/island@0.1.0";

import { Builder, type JsonObject } from "./builder";
import { type Day, type TimeOfDay, time } from "./civil";
import type { Clinic } from "./clinic";
import {
  type AppointmentType,
  type BillingScenario,
  type CalendarEvent,
  type ServiceTypeGroup,
  type User,
  thing,
} from "./entity";
import { create, inBatches, island, named, one } from "./host";
import type { Member } from "./member";
import type { ResourceType } from "./resources";

/** A heading to be, under which kinds of appointments are offered. */
export class ServiceTypeGroupBuilder extends Builder<NewServiceTypeGroup> {
  constructor(clinic: Clinic, name: string) {
    super({ clinic, name });
  }

  /** Its place among the others. */
  displayOrder(place: number): this {
    return this.set("displayOrder", place);
  }

  /** Creates it. */
  create(): ServiceTypeGroup {
    return named(thing("service-type-group", create(() => island.createServiceTypeGroup(this.new))), this.label);
  }
}

/** A kind of appointment to be. */
export class AppointmentTypeBuilder extends Builder<NewAppointmentType> {
  private readonly offering: User[] = [];
  private readonly required: [ResourceType, number][] = [];

  constructor(clinic: Clinic, name: string, durationMinutes: number) {
    super({ clinic, name, durationMinutes });
  }

  /** Minutes kept free after each appointment; none where it is left out. */
  bufferMinutes(minutes: number): this {
    return this.set("bufferMinutes", minutes);
  }

  /** The heading it stands under. */
  group(group: ServiceTypeGroup): this {
    return this.set("group", group);
  }

  /** What a receipt calls it. */
  receiptName(name: string): this {
    return this.set("receiptName", name);
  }

  /** What patients read about it. */
  description(text: string): this {
    return this.set("description", text);
  }

  /** Its place among the others. */
  displayOrder(place: number): this {
    return this.set("displayOrder", place);
  }

  /** True where it is left out. */
  bookableByNewPatients(isBookable: boolean): this {
    return this.set("bookableByNewPatients", isBookable);
  }

  /** True where it is left out. */
  bookableByExistingPatients(isBookable: boolean): this {
    return this.set("bookableByExistingPatients", isBookable);
  }

  /** True where it is left out. */
  patientChoosesPractitioner(chooses: boolean): this {
    return this.set("patientChoosesPractitioner", chooses);
  }

  /** The message after booking. */
  confirmationMessage(message: JsonObject): this {
    return this.set("confirmationMessage", JSON.stringify(message));
  }

  /** The message before the appointment. */
  reminderMessage(message: JsonObject): this {
    return this.set("reminderMessage", JSON.stringify(message));
  }

  /** A practitioner who offers it. */
  offeredBy(practitioner: Member): this {
    this.offering.push(practitioner.user);
    return this;
  }

  /** So many resources of a type that each appointment takes. */
  requires(resourceType: ResourceType, quantity: number): this {
    this.required.push([resourceType, quantity]);
    return this;
  }

  /** Creates it, with who offers it and what it requires. */
  create(): AppointmentType {
    const made = create(() => island.createAppointmentType(this.new));
    const appointmentType = named(thing("appointment-type", made), this.label);
    const offerings = this.offering.map((practitioner) => ({ practitioner, appointmentType }));
    inBatches(offerings, (batch) => island.createOfferings(batch));
    for (const [resourceType, quantity] of this.required) {
      create(() => island.createResourceRequirement({ appointmentType, resourceType, quantity }));
    }
    return appointmentType;
  }
}

/** A price to be. */
export class BillingBuilder extends Builder<NewBillingScenario> {
  constructor(by: Member, appointmentType: AppointmentType, name: string, amount: number) {
    super({ practitioner: by.user, appointmentType, name, amount, isDefault: false });
  }

  /** What of it the practitioner keeps, in hundredths of the currency; 0 where it is left out. */
  revenueShare(cents: number): this {
    return this.set("revenueShare", cents);
  }

  /** The one that is taken unless another is asked for. */
  default(): this {
    return this.set("isDefault", true);
  }

  /** Creates it. */
  create(): BillingScenario {
    return named(thing("billing-scenario", create(() => island.createBillingScenario(this.new))), this.label);
  }
}

/** Time off to be: the whole day, unless hours are given. */
export class TimeOffBuilder extends Builder<NewTimeOff> {
  constructor(member: Member, date: Day) {
    super({ clinic: member.clinic, practitioner: member.user, date });
  }

  /** What the calendar calls it. */
  name(text: string): this {
    return this.set("name", text);
  }

  /** Only these hours: `.hours(9, 12)`. */
  hours(from: TimeOfDay, to: TimeOfDay): this {
    return this.set("hours", [time(from), time(to)]);
  }

  /** Creates it. */
  create(): CalendarEvent {
    const made = one(this.new, (batch) => island.createTimeOff(batch));
    return named(thing("calendar-event", made), this.label);
  }
}

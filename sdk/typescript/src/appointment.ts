import type { Interval, NewAppointment } from "insula:scenario/island@0.1.0";
import type { AppointmentStatus } from "insula:scenario/types@0.1.0";

import { type Batch, Builder, type Taken } from "./builder";
import type { LocalTime } from "./civil";
import { type Appointment, type AppointmentType, type ClinicResource, type Patient, thing } from "./entity";
import { create, island, named, one } from "./host";
import type { Member } from "./member";

/** An appointment to be: confirmed, as long as its type says, with the resources that its type requires. */
export class AppointmentBuilder extends Builder<NewAppointment> implements Batch<Appointment> {
  constructor(practitioner: Member, patient: Patient, appointmentType: AppointmentType, starts: LocalTime) {
    super({
      clinic: practitioner.clinic,
      practitioner: practitioner.user,
      patient,
      appointmentType,
      starts,
      isAutoAssigned: false,
      resources: { tag: "automatic" },
      allowOverlap: false,
    });
  }

  /** Its length, where it is not its type's. */
  minutes(minutes: number): this {
    return this.set("minutes", minutes);
  }

  /** `confirmed` where it is left out. */
  status(status: AppointmentStatus): this {
    return this.set("status", status);
  }

  /** What the patient wrote. */
  notes(text: string): this {
    return this.set("notes", text);
  }

  /** What only the clinic reads. */
  clinicNotes(text: string): this {
    return this.set("clinicNotes", text);
  }

  /** The practitioner was chosen by the application, not by the patient. */
  autoAssigned(): this {
    return this.set("isAutoAssigned", true);
  }

  /** These resources, in place of the first that are free. */
  resources(resources: Iterable<ClinicResource>): this {
    return this.set("resources", { tag: "chosen", val: [...resources] });
  }

  /** May overlap the practitioner's other appointments and time off, and share resources. */
  allowOverlap(): this {
    return this.set("allowOverlap", true);
  }

  /** Again at the same local time: `.repeated({ weeks: 1 }, 4)` is four appointments in all. */
  repeated(every: { days: number } | { weeks: number }, count: number): SeriesBuilder {
    const interval: Interval = "days" in every ? { tag: "days", val: every.days } : { tag: "weeks", val: every.weeks };
    return new SeriesBuilder(this.new, interval, count, this.label);
  }

  /** Creates the appointment. For many, `island.createAll` is quicker. */
  create(): Appointment {
    return named(one(this.new, createAppointments), this.label);
  }

  taken(): Taken<Appointment> {
    return { record: this.new, name: this.label, call: createAppointments };
  }
}

/** Appointments to be, at the same local time every so many days or weeks. */
export class SeriesBuilder {
  private readonly first: NewAppointment;
  private readonly every: Interval;
  private readonly count: number;
  private readonly label: string | undefined;

  constructor(first: NewAppointment, every: Interval, count: number, label: string | undefined) {
    this.first = first;
    this.every = every;
    this.count = count;
    this.label = label;
  }

  /** Creates them; a name goes to the first. */
  create(): Appointment[] {
    const { first, every, count } = this;
    const made = create(() => island.createSeries({ first, every, count })).map((it) => thing("appointment", it));
    if (made[0] !== undefined) named(made[0], this.label);
    return made;
  }
}

function createAppointments(records: NewAppointment[]): Appointment[] {
  return island.createAppointments(records).map((made) => thing("appointment", made));
}

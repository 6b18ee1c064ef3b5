import type { Contents } from "insula:scenario/island@0.1.0";
import type { Role } from "insula:scenario/types@0.1.0";

import { Clinic } from "./clinic";
import { type AppointmentType, type Patient, type Thing, type User, thing } from "./entity";
import { Member } from "./member";

/** A clinic that was there. */
export interface ExistingClinic {
  readonly clinic: Clinic;
  readonly name: string;
  /** Its IANA time zone. */
  readonly timeZone: string;
}

/** A member who was there. */
export interface ExistingMember {
  readonly member: Member;
  readonly roles: readonly Role[];
  /** The name in that clinic. */
  readonly fullName: string;
  /** Whether the member can log in. */
  readonly isActive: boolean;
}

/** A kind of appointment that was there. */
export interface ExistingAppointmentType {
  readonly appointmentType: AppointmentType;
  readonly clinic: Clinic;
  readonly name: string;
  readonly durationMinutes: number;
  readonly offeredBy: readonly Member[];
}

/** A patient who was there. */
export interface ExistingPatient {
  readonly patient: Patient;
  readonly clinic: Clinic;
  readonly fullName: string;
}

/** What an island held before the run. */
export class Existing {
  readonly clinics: readonly ExistingClinic[];
  /** All users, also those who are in no clinic. */
  readonly users: readonly User[];
  readonly members: readonly ExistingMember[];
  readonly appointmentTypes: readonly ExistingAppointmentType[];
  readonly patients: readonly ExistingPatient[];
  /** What was named. */
  readonly names: ReadonlyMap<string, Thing>;

  constructor(contents: Contents) {
    const clinic = ({ handle }: { handle: number }) => new Clinic(handle, undefined);
    this.clinics = contents.clinics.map((it) => ({ clinic: clinic(it.clinic), name: it.name, timeZone: it.timeZone }));
    this.users = contents.users.map((it) => thing("user", it));
    this.members = contents.members.map((it) => ({
      member: new Member(thing("user", it.user), clinic(it.clinic)),
      roles: it.roles,
      fullName: it.fullName,
      isActive: it.isActive,
    }));
    this.appointmentTypes = contents.appointmentTypes.map((it) => ({
      appointmentType: thing("appointment-type", it.appointmentType),
      clinic: clinic(it.clinic),
      name: it.name,
      durationMinutes: it.durationMinutes,
      offeredBy: it.offeredBy.map((user) => new Member(thing("user", user), clinic(it.clinic))),
    }));
    this.patients = contents.patients.map((it) => ({
      patient: thing("patient", it.patient),
      clinic: clinic(it.clinic),
      fullName: it.fullName,
    }));
    this.names = new Map(contents.names.map(([name, it]) => [name, thing(it.tag, it.val)]));
  }

  /** What was given this name. */
  named(name: string): Thing | undefined {
    return this.names.get(name);
  }
}

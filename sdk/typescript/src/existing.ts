import type { Contents } from "insula:scenario/island@0.1.0";
import type { Role } from "insula:scenario/types@0.1.0";

import { Clinic } from "./clinic";
import { type AppointmentType, type Kind, type Patient, type Thing, type User, thing } from "./entity";
import { Member } from "./member";

/** A clinic that was there. */
export interface ExistingClinic {
  readonly clinic: Clinic;
  readonly name: string;
  /** Its IANA time zone. */
  readonly timeZone: string;
  /** Its language, a BCP 47 tag. */
  readonly locale: string;
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

/** What was there before the scenario began. Asking for what is not there throws, with what is. */
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
    // The language of the people who are made up for a clinic that was there is the clinic's own.
    const locales = new Map(contents.clinics.map((it) => [it.clinic.handle, it.locale]));
    const clinic = ({ handle }: { handle: number }) => new Clinic(handle, locales.get(handle));
    this.clinics = contents.clinics.map((it) => ({ ...it, clinic: clinic(it.clinic) }));
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

  /** The first clinic. */
  clinic(): Clinic {
    const [first] = this.clinics;
    if (first === undefined) throw new Error("no clinic was there before this scenario");
    return first.clinic;
  }

  /** The clinic that is called so: by its name, or by what it was given as a name. */
  clinicCalled(name: string): Clinic {
    const handle = this.handle("clinic", name);
    const found = this.clinics.find((it) => it.name === name) ?? this.clinics.find((it) => it.clinic.handle === handle);
    if (found !== undefined) return found.clinic;
    const known = this.clinics.map((it) => it.name).join(", ") || "none";
    throw new Error(`no clinic "${name}" was there before; clinics that were: ${known}`);
  }

  /** The member whose user was given this name, in the first clinic that knows the user. */
  member(name: string): Member {
    const handle = this.handle("user", name);
    const found = this.members.find((it) => it.member.user.handle === handle);
    return found === undefined ? this.no("member", name) : found.member;
  }

  /** The kind of appointment that was given this name. */
  appointmentType(name: string): AppointmentType {
    const handle = this.handle("appointment-type", name);
    return handle === undefined ? this.no("kind of appointment", name) : thing("appointment-type", { handle });
  }

  /** The patient who was given this name. */
  patient(name: string): Patient {
    const handle = this.handle("patient", name);
    return handle === undefined ? this.no("patient", name) : thing("patient", { handle });
  }

  private handle(kind: Kind, name: string): number | undefined {
    const named = this.names.get(name);
    return named?.kind === kind ? named.handle : undefined;
  }

  private no(what: string, name: string): never {
    const known = [...this.names.keys()].join(", ") || "nothing";
    throw new Error(`no ${what} that was there is named "${name}"; named are: ${known}`);
  }
}

import type { NewPatient } from "insula:scenario/island@0.1.0";
import type { Gender, PatientCreator, User } from "insula:scenario/types@0.1.0";

import { type Batch, Builder, type Taken } from "./builder";
import type { Day } from "./civil";
import type { Clinic } from "./clinic";
import { type Patient, thing } from "./entity";
import { ask, context, island, named, one } from "./host";
import type { Member } from "./member";

type PatientFields = Omit<NewPatient, "clinic" | "fullName" | "assignedPractitioners"> & {
  key: string;
  fullName?: string;
};

/** A patient to be. Name, phone, address and birthday are made up by seed and key where they are left out. */
export class PatientBuilder extends Builder<PatientFields> implements Batch<Patient> {
  private readonly assigned: User[] = [];

  private readonly clinic: Clinic;

  constructor(clinic: Clinic) {
    super({ key: "patient" });
    this.clinic = clinic;
  }

  /** The telephone number. */
  phone(number: string): this {
    return this.set("phone", number);
  }

  /** The e-mail address. */
  email(address: string): this {
    return this.set("email", address);
  }

  /** The day of birth. */
  birthday(day: Day): this {
    return this.set("birthday", day);
  }

  /** The gender, as the clinic notes it. */
  gender(gender: Gender): this {
    return this.set("gender", gender);
  }

  /** What the clinic notes about the patient. */
  notes(text: string): this {
    return this.set("notes", text);
  }

  /** Who entered the patient: the clinic, where it is left out. */
  createdBy(creator: PatientCreator): this {
    return this.set("createdBy", creator);
  }

  /** Tells patients apart: another key makes up another person. */
  key(key: string): this {
    return this.set("key", key);
  }

  /** The name. */
  fullName(name: string): this {
    return this.set("fullName", name);
  }

  /** A practitioner whom the patient is assigned to. */
  assignedTo(practitioner: Member): this {
    this.assigned.push(practitioner.user);
    return this;
  }

  /** Creates the patient. For many, `island.createAll` is quicker. */
  create(): Patient {
    return named(one(this.record(), createPatients), this.label);
  }

  taken(): Taken<Patient> {
    return { record: this.record(), name: this.label, call: createPatients };
  }

  private record(): NewPatient {
    const { key, fullName, ...fields } = this.new;
    const { clinic, assigned: assignedPractitioners } = this;
    const path = `clinic/${clinic.handle}/${key}`;
    const madeUp = ask("a person", () => context.person(path, clinic.locale));
    const [year, month, day] = madeUp.birthday;
    return {
      phone: madeUp.phone,
      email: madeUp.email,
      birthday: { year, month, day },
      ...fields,
      clinic,
      fullName: fullName ?? madeUp.fullName,
      assignedPractitioners,
    };
  }
}

function createPatients(records: NewPatient[]): Patient[] {
  return island.createPatients(records).map((made) => thing("patient", made));
}

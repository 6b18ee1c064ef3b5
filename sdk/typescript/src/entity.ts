import type { Entity } from "insula:scenario/types@0.1.0";

/** What an island is made of. */
export type Kind = Entity["tag"];

/** One thing of the island, good for one run. Its kind keeps it from being taken for another. */
export interface Thing<K extends Kind = Kind> {
  readonly kind: K;
  readonly handle: number;
}

export type User = Thing<"user">;
export type AppointmentType = Thing<"appointment-type">;
export type ServiceTypeGroup = Thing<"service-type-group">;
export type ClinicResource = Thing<"clinic-resource">;
export type BillingScenario = Thing<"billing-scenario">;
export type CalendarEvent = Thing<"calendar-event">;
export type Patient = Thing<"patient">;
export type Appointment = Thing<"appointment">;

/** The thing behind a handle that the host gave. */
export function thing<K extends Kind>(kind: K, { handle }: { handle: number }): Thing<K> {
  return { kind, handle };
}

/** As the contract has it. */
export function entity({ kind, handle }: Thing): Entity {
  return { tag: kind, val: { handle } };
}

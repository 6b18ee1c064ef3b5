// For tests that change or cancel what is booked.
import { scenario, WORKDAYS } from "@insula/sdk";

export default scenario({
  name: "with_appointment",
  aliases: ["WithAppointment"],
  version: "1.0.0",
  title: "A clinic with an appointment.",
  description: "The standard clinic, and a check-up of its patient at half past nine next Monday.",
  build(island) {
    const clinic = island.clinic("Northside Clinic").create();
    clinic.admin().named("admin").create();
    const doctor = clinic.practitioner().works(WORKDAYS, 9, 17).named("practitioner").create();
    const checkup = clinic.appointmentType("Check-up", 30).offeredBy(doctor).named("check-up").create();
    const patient = clinic.patient().named("patient").create();
    const monday = clinic.next("monday");
    doctor.appointment(patient, checkup, monday.at(9, 30)).named("appointment").create();
  },
});

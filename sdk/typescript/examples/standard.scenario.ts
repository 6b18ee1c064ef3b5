// What most tests begin with.
import { scenario, WORKDAYS } from "@insula/sdk";

export default scenario({
  name: "standard",
  aliases: ["StandardClinic"],
  version: "1.0.0",
  title: "A clinic that is ready to book.",
  description: "An admin, a practitioner who works from Monday to Friday and offers check-ups, and a patient.",
  build(island) {
    const clinic = island.clinic("Northside Clinic").create();
    clinic.admin().named("admin").create();
    const doctor = clinic.practitioner().works(WORKDAYS, 9, 17).named("practitioner").create();
    clinic.appointmentType("Check-up", 30).offeredBy(doctor).named("check-up").create();
    clinic.patient().named("patient").create();
  },
});

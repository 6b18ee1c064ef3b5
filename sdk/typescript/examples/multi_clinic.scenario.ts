// For tests that switch between clinics.
import { scenario } from "@insula/sdk";

export default scenario({
  name: "multi_clinic",
  aliases: ["MultiClinicAdmin"],
  version: "1.0.0",
  title: "Two clinics under one admin.",
  build(island) {
    const north = island.clinic("Northside Clinic").named("north").create();
    const south = island.clinic("Southside Clinic").named("south").create();
    const admin = north.admin().named("admin").create();
    south.admin().user(admin.user).create();
  },
});

// The least in which anyone can log in.
import { scenario } from "@insula/sdk";

export default scenario({
  name: "minimal",
  aliases: ["MinimalClinic"],
  version: "1.0.0",
  title: "A clinic and its admin.",
  build(island) {
    const clinic = island.clinic("Northside Clinic").create();
    clinic.admin().named("admin").create();
  },
});

// Does what no scenario should, one thing at a time.
import * as z from "zod";
import { Rejection, WORKDAYS, day, scenario } from "@insula/sdk";

import { tidy } from "./tidy";

console.log("evaluated", { once: true });

/** Past what the types allow. */
const anything = (value: unknown) => value as never;

export default scenario({
  name: "misuse",
  version: "1.0.0",
  title: "What no scenario should do.",
  params: z.object({ what: z.string() }).refine(({ what }) => what !== "odd", { path: ["what"], error: "it is odd" }),
  build(island, { what }) {
    const clinic = island.clinic("Northside Clinic").create();
    const doctor = clinic.practitioner().works(WORKDAYS, 9, 17).create();
    switch (what) {
      case "is refused":
        return void clinic.appointmentType("", 30).create();
      case "is refused in a list":
        return void island.createAll(["Anna", ""].map((name) => clinic.patient().key(name).fullName(name)));
      case "catches": {
        try {
          clinic.appointmentType("", 30).create();
        } catch (error) {
          if (error instanceof Rejection) return { field: error.field ?? null, rule: error.rule };
        }
        return undefined;
      }
      case "throws in a module":
        return { tidy: tidy(anything(undefined)) };
      case "throws a text":
        throw "no more";
      case "gives nothing":
        return void doctor.appointment(anything(undefined), anything({}), clinic.next("monday").at(9)).create();
      case "gives half a minute":
        return void clinic.appointmentType("Check-up", 1.5).create();
      case "invents a word":
        return void clinic.member("cook", anything("cook")).create();
      case "invents a day":
        return { day: day("2026-02-30") };
      case "asks the network":
        return { answer: (Function("return fetch('http://example.test')") as () => never)() };
      case "encodes":
        return { answer: (Function("return new TextEncoder()") as () => never)() };
      case "waits":
        return anything(Promise.resolve({}));
      case "returns a circle": {
        const circle: Record<string, unknown> = {};
        circle["again"] = circle;
        return anything(circle);
      }
      case "returns a function":
        return anything(() => 1);
      case "loops for ever":
        for (;;);
      case "recurses": {
        const deeper = (depth: number): number => 1 + deeper(depth + 1);
        return { depth: deeper(0) };
      }
      case "takes all memory": {
        const taken: number[][] = [];
        for (;;) taken.push(new Array<number>(10_000).fill(1));
      }
      case "looks at the clock": {
        const Again = new Date().constructor as DateConstructor;
        return {
          now: new Date().toISOString(),
          called: Date(),
          same: Date.now() === new Date().getTime() && new Date() instanceof Date,
          fixed: new Date(0).toISOString(),
          made: new Again().toISOString(),
        };
      }
      case "rolls dice":
        return { dice: [Math.random(), Math.random(), island.random("dice"), island.between("six", 1, 6)] };
      case "says":
        console.info("twelve", 12, [1, { a: null }], undefined);
        console.error(new Error("not thrown"));
        return undefined;
      default:
        return { what };
    }
  },
});

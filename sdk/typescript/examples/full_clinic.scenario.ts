// For tests of whole pages, and for looking around.
import * as z from "zod";
import {
  type Clinic,
  type Day,
  type Island,
  type Member,
  type Patient,
  WORKDAYS,
  scenario,
  time,
} from "@insula/sdk";

export default scenario({
  name: "full_clinic",
  version: "1.0.0",
  title: "Two clinics with something of every kind.",
  description: [
    "The first, in English, has every role, rooms and devices that appointments take, prices, time off, a weekly series,",
    "and appointments of every status. The second, in Chinese, shares its practitioner.",
  ].join(" "),
  outputs: z.object({ monday: z.iso.date() }),
  build(island) {
    const north = island
      .clinic("Northside Physiotherapy")
      .timeZone("Europe/London")
      .locale("en-GB")
      .address("12 Mill Lane, Leeds LS1 4AB")
      .phone("+44 113 496 0100")
      .settings({ booking_window_days: 60, cancel_until_hours: 24 })
      .named("north")
      .create();
    const staff = hire(north);
    const rooms = furnish(north);
    const services = offer(north, staff, rooms);
    const patients = admit(north, staff);
    const monday = north.next("monday");
    fillDiary(monday, staff, rooms, services, patients);
    openTaipei(island, staff);
    return { monday: monday.toString() };
  },
});

type Staff = ReturnType<typeof hire>;
type Rooms = ReturnType<typeof furnish>;
type Services = ReturnType<typeof offer>;

function hire(clinic: Clinic) {
  clinic.receptionist().named("receptionist").create();
  clinic.member("auditor", "read-only").named("auditor").create();
  clinic.receptionist().key("receptionist/former").isActive(false).named("former-receptionist").create();
  const admin = clinic.admin().named("admin").create();
  const doctor = clinic
    .practitioner()
    .also("admin")
    .title("Dr.")
    .settings({ calendar_color: "#2a9d8f" })
    .works(WORKDAYS, 9, 12)
    .works(WORKDAYS, 13, 17)
    .named("doctor")
    .create();
  const therapist = clinic
    .practitioner()
    .key("therapist")
    .works(["monday", "wednesday"], "8:30", time(14))
    .named("therapist")
    .create();
  return { admin, doctor, therapist };
}

function furnish(clinic: Clinic) {
  const room = clinic.resourceType("Treatment room").create();
  room.resource("Room 1").description("Ground floor, step-free.").create();
  const quietRoom = room.resource("Room 2").named("quiet-room").create();
  const device = clinic.resourceType("Ultrasound device").create();
  device.resource("Sonopuls 490").create();
  return { room, device, quietRoom };
}

function offer(clinic: Clinic, { doctor, therapist }: Staff, { room, device }: Rooms) {
  const consulting = clinic.serviceTypeGroup("Consulting").displayOrder(1).create();
  const therapy = clinic.serviceTypeGroup("Therapy").displayOrder(2).create();
  const firstVisit = clinic
    .appointmentType("First visit", 45)
    .group(consulting)
    .bufferMinutes(15)
    .receiptName("Initial assessment")
    .description("We listen, examine and plan.")
    .bookableByExistingPatients(false)
    .confirmationMessage({ text: "See you soon. Please come ten minutes early." })
    .reminderMessage({ text: "Your first visit is tomorrow." })
    .requires(room, 1)
    .offeredBy(doctor)
    .named("first-visit")
    .create();
  const treatment = clinic
    .appointmentType("Treatment", 30)
    .group(therapy)
    .displayOrder(1)
    .bookableByNewPatients(false)
    .requires(room, 1)
    .offeredBy(doctor)
    .offeredBy(therapist)
    .named("treatment")
    .create();
  const ultrasound = clinic
    .appointmentType("Ultrasound therapy", 20)
    .group(therapy)
    .displayOrder(2)
    .patientChoosesPractitioner(false)
    .requires(room, 1)
    .requires(device, 1)
    .offeredBy(therapist)
    .named("ultrasound")
    .create();
  doctor.billing(firstVisit, "Private", 95_00).revenueShare(60_00).default().create();
  doctor.billing(firstVisit, "Concession", 70_00).revenueShare(50_00).named("concession").create();
  doctor.billing(treatment, "Private", 60_00).revenueShare(40_00).default().create();
  therapist.billing(treatment, "Private", 55_00).default().create();
  return { firstVisit, treatment, ultrasound };
}

function admit(clinic: Clinic, { doctor, therapist }: Staff) {
  const regular = clinic.patient().key("patient/regular").assignedTo(doctor).assignedTo(therapist);
  const online = clinic.patient().key("patient/online").createdBy("patient");
  const unusual = clinic.patient().fullName("Zoë O’Brien-Łuczak").gender("other");
  return {
    regular: regular.gender("female").notes("Allergic to latex.").named("regular").create(),
    online: online.gender("male").named("online").create(),
    unusual: unusual.named("unusual-name").create(),
  };
}

function fillDiary(
  monday: Day,
  { doctor, therapist }: Staff,
  rooms: Rooms,
  { firstVisit, treatment, ultrasound }: Services,
  { regular, online, unusual }: Record<"regular" | "online" | "unusual", Patient>,
) {
  const [tuesday, wednesday, friday] = [monday.plusDays(1), monday.plusDays(2), monday.plusDays(4)];

  doctor.timeOff(friday).name("Conference").named("day-off").create();
  therapist.timeOff(wednesday).hours(12, 14).name("Training").named("hours-off").create();

  doctor
    .appointment(online, firstVisit, monday.at(9))
    .notes("My left shoulder hurts when I lift the arm.")
    .clinicNotes("Bring the X-ray.")
    .resources([rooms.quietRoom])
    .named("upcoming")
    .create();
  therapist.appointment(regular, ultrasound, monday.at(9)).autoAssigned().named("auto-assigned").create();
  doctor.appointment(regular, treatment, tuesday.at(10)).named("series").repeated({ weeks: 1 }, 4).create();
  doctor.appointment(unusual, treatment, friday.at(9)).allowOverlap().named("on-a-day-off").create();

  const past = monday.plusDays(-14);
  const outcomes = ["completed", "no-show", "canceled-by-patient", "canceled-by-clinic"] as const;
  for (const [index, status] of outcomes.entries()) {
    doctor.appointment(regular, treatment, past.at(13 + index)).minutes(45).status(status).named(status).create();
  }
}

/** A second language, and people who work in both places. */
function openTaipei(island: Island, staff: Record<"admin" | "doctor", Member>) {
  const taipei = island
    .clinic("台北物理治療所")
    .timeZone("Asia/Taipei")
    .locale("zh-TW")
    .address("100 台北市中正區重慶南路一段 122 號")
    .phone("+886 2 2311 0100")
    .subscription("trial")
    .named("taipei")
    .create();
  taipei.admin().user(staff.admin.user).create();
  const doctor = taipei.practitioner().user(staff.doctor.user).works(["saturday"], 9, 12).create();
  const treatment = taipei.appointmentType("徒手治療", 30).offeredBy(doctor).named("taipei-treatment").create();
  const patients = island.createAll([1, 2, 3].map((n) => taipei.patient().key(`patient/${n}`)));
  const saturday = taipei.next("saturday");
  island.createAll(
    patients.map((patient, index) => doctor.appointment(patient, treatment, saturday.at(9 + index)).notes("右肩疼痛")),
  );
}

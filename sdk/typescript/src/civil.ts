// Days and times of day, as a clinic's wall shows them. Whether a time exists in the clinic's zone is the host's to
// say; here is only the calendar.
import type { Fold, Weekday } from "insula:scenario/types@0.1.0";

export type { Weekday };

const WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
const MILLISECONDS_A_DAY = 86_400_000;

/** Monday to Friday. */
export const WORKDAYS: readonly Weekday[] = WEEK.slice(0, 5);

/** A time of day: `9`, `"9:30"`, or what `time(9, 30)` gives. */
export type TimeOfDay = number | `${number}:${number}` | Time;

/** A time of day, to the minute. */
export class Time {
  readonly hour: number;
  readonly minute: number;

  constructor(hour: number, minute: number) {
    this.hour = hour;
    this.minute = minute;
    const fits = Number.isInteger(hour) && Number.isInteger(minute);
    if (!fits || hour < 0 || hour > 23 || minute < 0 || minute > 59) {
      throw new RangeError(`${hour}:${minute} is no time of day; write 9, "9:30" or time(9, 30)`);
    }
  }

  /** Minutes since midnight. */
  get minutes(): number {
    return this.hour * 60 + this.minute;
  }

  /** So many minutes later, up to 23:59. */
  plusMinutes(minutes: number): Time {
    const minute = Math.min(this.minutes + minutes, 24 * 60 - 1);
    return new Time(Math.floor(minute / 60), minute % 60);
  }

  toString(): string {
    return `${digits(this.hour, 2)}:${digits(this.minute, 2)}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** A time of day: `time(9, 30)`, `time("9:30")`. */
export function time(hour: TimeOfDay, minute = 0): Time {
  if (hour instanceof Time) return hour;
  if (typeof hour === "number") return new Time(hour, minute);
  const [hours, minutes] = hour.split(":");
  return new Time(Number(hours), Number(minutes));
}

/** A day: what the contract calls a date. JavaScript's `Date` is an instant. */
export class Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;

  constructor(year: number, month: number, day: number) {
    this.year = year;
    this.month = month;
    this.day = day;
    const same = Day.from(this.number);
    if (same.year !== year || same.month !== month || same.day !== day) {
      throw new RangeError(`${year}-${month}-${day} is no day; write day(2026, 1, 5) or day("2026-01-05")`);
    }
  }

  /** This day at a time of day: `monday.at(9, 30)`, `monday.at("9:30")`. */
  at(hour: TimeOfDay, minute = 0): LocalTime {
    return new LocalTime(this, time(hour, minute), "earlier");
  }

  /** So many days later, or earlier. */
  plusDays(days: number): Day {
    return Day.from(this.number + days);
  }

  /** So many days lie between this day and a later one. */
  daysUntil(later: Day): number {
    return later.number - this.number;
  }

  /** The day of the week. */
  get weekday(): Weekday {
    return WEEK[this.index]!;
  }

  /** The first such day after this one. */
  next(weekday: Weekday): Day {
    const ahead = (WEEK.indexOf(weekday) - this.index + 7) % 7;
    return this.plusDays(ahead === 0 ? 7 : ahead);
  }

  toString(): string {
    return `${digits(this.year, 4)}-${digits(this.month, 2)}-${digits(this.day, 2)}`;
  }

  toJSON(): string {
    return this.toString();
  }

  private get index(): number {
    // 1970-01-01 was a Thursday.
    return (((this.number + 3) % 7) + 7) % 7;
  }

  /** Days since 1970-01-01. */
  private get number(): number {
    // Date.UTC would take the years 0 to 99 for those of the last century.
    return new Date(0).setUTCFullYear(this.year, this.month - 1, this.day) / MILLISECONDS_A_DAY;
  }

  private static from(days: number): Day {
    const instant = new Date(days * MILLISECONDS_A_DAY);
    const fields = { year: instant.getUTCFullYear(), month: instant.getUTCMonth() + 1, day: instant.getUTCDate() };
    return Object.assign(Object.create(Day.prototype), fields);
  }
}

/** A day: `day(2026, 1, 5)`, `day("2026-01-05")`. */
export function day(text: string): Day;
export function day(year: number, month: number, day: number): Day;
export function day(year: number | string, month = NaN, date = NaN): Day {
  if (typeof year === "number") return new Day(year, month, date);
  const [, ...fields] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(year) ?? [];
  return new Day(Number(fields[0]), Number(fields[1]), Number(fields[2]));
}

/** A local time in a clinic's time zone. One that daylight saving skips is refused by the host. */
export class LocalTime {
  readonly date: Day;
  readonly time: Time;
  readonly fold: Fold;

  constructor(date: Day, time: Time, fold: Fold) {
    this.date = date;
    this.time = time;
    this.fold = fold;
  }

  /** The later of the two instants, where daylight saving makes this time happen twice. */
  later(): LocalTime {
    return new LocalTime(this.date, this.time, "later");
  }

  toString(): string {
    return `${this.date}T${this.time}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

function digits(number: number, count: number): string {
  return String(number).padStart(count, "0");
}

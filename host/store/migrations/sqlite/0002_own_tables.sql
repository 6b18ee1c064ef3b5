-- Insula's own tables. An island's rows lie together (the key begins with the island), so that writing, reading and
-- removing one costs the same however many others there are; and each reference carries the island, so that the
-- database itself refuses a row that refers to another island's. References are checked at commit: SQLite then needs no
-- journal for each statement, which would be a sixth of its work.

CREATE TABLE clinics (
    island_id           BLOB NOT NULL REFERENCES insula_island (id) DEFERRABLE INITIALLY DEFERRED,
    id                  BLOB NOT NULL,
    name                TEXT NOT NULL,
    time_zone           TEXT NOT NULL,
    locale              TEXT NOT NULL,
    address             TEXT,
    phone               TEXT,
    settings            TEXT NOT NULL,
    subscription_status TEXT NOT NULL CHECK (subscription_status IN ('trial', 'active', 'past_due', 'canceled')),
    is_active           INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    PRIMARY KEY (island_id, id)
) WITHOUT ROWID, STRICT;

CREATE TABLE users (
    island_id     BLOB NOT NULL REFERENCES insula_island (id) DEFERRABLE INITIALLY DEFERRED,
    id            BLOB NOT NULL,
    email         TEXT NOT NULL UNIQUE,
    subject       TEXT NOT NULL UNIQUE,
    last_login_at INTEGER,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    PRIMARY KEY (island_id, id)
) WITHOUT ROWID, STRICT;

CREATE TABLE memberships (
    island_id  BLOB NOT NULL,
    id         BLOB NOT NULL,
    user_id    BLOB NOT NULL,
    clinic_id  BLOB NOT NULL,
    roles      TEXT NOT NULL,
    full_name  TEXT NOT NULL,
    title      TEXT,
    is_active  INTEGER NOT NULL,
    settings   TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, user_id) REFERENCES users (island_id, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (island_id, clinic_id) REFERENCES clinics (island_id, id) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;

CREATE TABLE service_type_groups (
    island_id     BLOB NOT NULL,
    id            BLOB NOT NULL,
    clinic_id     BLOB NOT NULL,
    name          TEXT NOT NULL,
    display_order INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, clinic_id) REFERENCES clinics (island_id, id) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;

CREATE TABLE appointment_types (
    island_id                     BLOB NOT NULL,
    id                            BLOB NOT NULL,
    clinic_id                     BLOB NOT NULL,
    name                          TEXT NOT NULL,
    duration_minutes              INTEGER NOT NULL,
    buffer_minutes                INTEGER NOT NULL,
    group_id                      BLOB,
    receipt_name                  TEXT,
    description                   TEXT,
    display_order                 INTEGER NOT NULL,
    bookable_by_new_patients      INTEGER NOT NULL,
    bookable_by_existing_patients INTEGER NOT NULL,
    patient_chooses_practitioner  INTEGER NOT NULL,
    confirmation_message          TEXT NOT NULL,
    reminder_message              TEXT NOT NULL,
    created_at                    INTEGER NOT NULL,
    updated_at                    INTEGER NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, clinic_id) REFERENCES clinics (island_id, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (island_id, group_id) REFERENCES service_type_groups (island_id, id) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;

CREATE TABLE offerings (
    island_id           BLOB NOT NULL,
    id                  BLOB NOT NULL,
    practitioner_id     BLOB NOT NULL,
    appointment_type_id BLOB NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, practitioner_id) REFERENCES users (island_id, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (island_id, appointment_type_id) REFERENCES appointment_types (island_id, id) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;

CREATE TABLE resource_types (
    island_id  BLOB NOT NULL,
    id         BLOB NOT NULL,
    clinic_id  BLOB NOT NULL,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, clinic_id) REFERENCES clinics (island_id, id) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;

CREATE TABLE resources (
    island_id        BLOB NOT NULL,
    id               BLOB NOT NULL,
    resource_type_id BLOB NOT NULL,
    name             TEXT NOT NULL,
    description      TEXT,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, resource_type_id) REFERENCES resource_types (island_id, id) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;

CREATE TABLE resource_requirements (
    island_id           BLOB NOT NULL,
    id                  BLOB NOT NULL,
    appointment_type_id BLOB NOT NULL,
    resource_type_id    BLOB NOT NULL,
    quantity            INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, appointment_type_id) REFERENCES appointment_types (island_id, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (island_id, resource_type_id) REFERENCES resource_types (island_id, id) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;

CREATE TABLE billing_scenarios (
    island_id           BLOB NOT NULL,
    id                  BLOB NOT NULL,
    practitioner_id     BLOB NOT NULL,
    appointment_type_id BLOB NOT NULL,
    name                TEXT NOT NULL,
    amount_cents        INTEGER NOT NULL CHECK (amount_cents >= 0),
    revenue_share_cents INTEGER NOT NULL CHECK (revenue_share_cents BETWEEN 0 AND amount_cents),
    is_default          INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, practitioner_id) REFERENCES users (island_id, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (island_id, appointment_type_id) REFERENCES appointment_types (island_id, id) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;

CREATE TABLE availabilities (
    island_id       BLOB NOT NULL,
    id              BLOB NOT NULL,
    practitioner_id BLOB NOT NULL,
    clinic_id       BLOB NOT NULL,
    day_of_week     INTEGER NOT NULL CHECK (day_of_week BETWEEN 0 AND 6),
    start_time      TEXT NOT NULL,
    end_time        TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, practitioner_id) REFERENCES users (island_id, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (island_id, clinic_id) REFERENCES clinics (island_id, id) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;

CREATE TABLE calendar_events (
    island_id       BLOB NOT NULL,
    id              BLOB NOT NULL,
    clinic_id       BLOB NOT NULL,
    practitioner_id BLOB NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('appointment', 'time_off')),
    date            TEXT NOT NULL,
    start_time      TEXT,
    end_time        TEXT,
    name            TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, clinic_id) REFERENCES clinics (island_id, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (island_id, practitioner_id) REFERENCES users (island_id, id) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;

CREATE TABLE patients (
    island_id  BLOB NOT NULL,
    id         BLOB NOT NULL,
    clinic_id  BLOB NOT NULL,
    full_name  TEXT NOT NULL,
    phone      TEXT,
    email      TEXT,
    birthday   TEXT,
    gender     TEXT CHECK (gender IN ('female', 'male', 'other', 'unknown')),
    notes      TEXT,
    created_by TEXT NOT NULL CHECK (created_by IN ('clinic_user', 'patient')),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, clinic_id) REFERENCES clinics (island_id, id) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;

CREATE TABLE appointments (
    island_id           BLOB NOT NULL,
    id                  BLOB NOT NULL,
    clinic_id           BLOB NOT NULL,
    practitioner_id     BLOB NOT NULL,
    patient_id          BLOB NOT NULL,
    appointment_type_id BLOB NOT NULL,
    date                TEXT NOT NULL,
    start_time          TEXT NOT NULL,
    end_time            TEXT NOT NULL,
    starts_at           INTEGER NOT NULL,
    ends_at             INTEGER NOT NULL,
    status              TEXT NOT NULL CHECK (status IN ('confirmed', 'canceled_by_patient', 'canceled_by_clinic', 'completed', 'no_show')),
    notes               TEXT,
    clinic_notes        TEXT,
    is_auto_assigned    INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, clinic_id) REFERENCES clinics (island_id, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (island_id, practitioner_id) REFERENCES users (island_id, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (island_id, patient_id) REFERENCES patients (island_id, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (island_id, appointment_type_id) REFERENCES appointment_types (island_id, id) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;

CREATE TABLE patient_practitioners (
    island_id       BLOB NOT NULL,
    patient_id      BLOB NOT NULL,
    practitioner_id BLOB NOT NULL,
    PRIMARY KEY (island_id, patient_id, practitioner_id),
    FOREIGN KEY (island_id, patient_id) REFERENCES patients (island_id, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (island_id, practitioner_id) REFERENCES users (island_id, id) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;

CREATE TABLE appointment_resources (
    island_id      BLOB NOT NULL,
    appointment_id BLOB NOT NULL,
    resource_id    BLOB NOT NULL,
    PRIMARY KEY (island_id, appointment_id, resource_id),
    FOREIGN KEY (island_id, appointment_id) REFERENCES appointments (island_id, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (island_id, resource_id) REFERENCES resources (island_id, id) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;

-- All that stands in a calendar.
CREATE VIEW calendar AS
    SELECT island_id, id, clinic_id, practitioner_id, 'appointment' AS kind, date, start_time, end_time,
        NULL AS name, patient_id, appointment_type_id, status
    FROM appointments
    UNION ALL
    SELECT island_id, id, clinic_id, practitioner_id, kind, date, start_time, end_time, name, NULL, NULL, NULL
    FROM calendar_events;

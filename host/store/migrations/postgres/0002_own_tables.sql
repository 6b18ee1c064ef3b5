-- Insula's own tables. Each reference carries the island, so that the database itself refuses a row that refers to another
-- island's; and the key begins with the island, so that reading and removing one costs the same however many others there
-- are. Where many rows refer to one that is removed with them, an index finds them: PostgreSQL looks for each.

CREATE TABLE clinics (
    island_id           uuid        NOT NULL REFERENCES insula_island (id) DEFERRABLE,
    id                  uuid        NOT NULL,
    name                text        NOT NULL,
    time_zone           text        NOT NULL,
    locale              text        NOT NULL,
    address             text,
    phone               text,
    settings            json        NOT NULL,
    subscription_status text        NOT NULL CHECK (subscription_status IN ('trial', 'active', 'past_due', 'canceled')),
    is_active           boolean     NOT NULL,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    PRIMARY KEY (island_id, id)
);

CREATE TABLE users (
    island_id     uuid        NOT NULL REFERENCES insula_island (id) DEFERRABLE,
    id            uuid        NOT NULL,
    email         text        NOT NULL UNIQUE,
    subject       text        NOT NULL UNIQUE,
    last_login_at timestamptz,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (island_id, id)
);

CREATE TABLE memberships (
    island_id  uuid        NOT NULL,
    id         uuid        NOT NULL,
    user_id    uuid        NOT NULL,
    clinic_id  uuid        NOT NULL,
    roles      json        NOT NULL,
    full_name  text        NOT NULL,
    title      text,
    is_active  boolean     NOT NULL,
    settings   json        NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, user_id) REFERENCES users (island_id, id) DEFERRABLE,
    FOREIGN KEY (island_id, clinic_id) REFERENCES clinics (island_id, id) DEFERRABLE
);

CREATE TABLE service_type_groups (
    island_id     uuid        NOT NULL,
    id            uuid        NOT NULL,
    clinic_id     uuid        NOT NULL,
    name          text        NOT NULL,
    display_order bigint      NOT NULL,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, clinic_id) REFERENCES clinics (island_id, id) DEFERRABLE
);

CREATE TABLE appointment_types (
    island_id                     uuid        NOT NULL,
    id                            uuid        NOT NULL,
    clinic_id                     uuid        NOT NULL,
    name                          text        NOT NULL,
    duration_minutes              bigint      NOT NULL,
    buffer_minutes                bigint      NOT NULL,
    group_id                      uuid,
    receipt_name                  text,
    description                   text,
    display_order                 bigint      NOT NULL,
    bookable_by_new_patients      boolean     NOT NULL,
    bookable_by_existing_patients boolean     NOT NULL,
    patient_chooses_practitioner  boolean     NOT NULL,
    confirmation_message          json        NOT NULL,
    reminder_message              json        NOT NULL,
    created_at                    timestamptz NOT NULL,
    updated_at                    timestamptz NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, clinic_id) REFERENCES clinics (island_id, id) DEFERRABLE,
    FOREIGN KEY (island_id, group_id) REFERENCES service_type_groups (island_id, id) DEFERRABLE
);

CREATE TABLE offerings (
    island_id           uuid        NOT NULL,
    id                  uuid        NOT NULL,
    practitioner_id     uuid        NOT NULL,
    appointment_type_id uuid        NOT NULL,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, practitioner_id) REFERENCES users (island_id, id) DEFERRABLE,
    FOREIGN KEY (island_id, appointment_type_id) REFERENCES appointment_types (island_id, id) DEFERRABLE
);

CREATE TABLE resource_types (
    island_id  uuid        NOT NULL,
    id         uuid        NOT NULL,
    clinic_id  uuid        NOT NULL,
    name       text        NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, clinic_id) REFERENCES clinics (island_id, id) DEFERRABLE
);

CREATE TABLE resources (
    island_id        uuid        NOT NULL,
    id               uuid        NOT NULL,
    resource_type_id uuid        NOT NULL,
    name             text        NOT NULL,
    description      text,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, resource_type_id) REFERENCES resource_types (island_id, id) DEFERRABLE
);

CREATE TABLE resource_requirements (
    island_id           uuid        NOT NULL,
    id                  uuid        NOT NULL,
    appointment_type_id uuid        NOT NULL,
    resource_type_id    uuid        NOT NULL,
    quantity            bigint      NOT NULL,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, appointment_type_id) REFERENCES appointment_types (island_id, id) DEFERRABLE,
    FOREIGN KEY (island_id, resource_type_id) REFERENCES resource_types (island_id, id) DEFERRABLE
);

CREATE TABLE billing_scenarios (
    island_id           uuid        NOT NULL,
    id                  uuid        NOT NULL,
    practitioner_id     uuid        NOT NULL,
    appointment_type_id uuid        NOT NULL,
    name                text        NOT NULL,
    amount_cents        bigint      NOT NULL CHECK (amount_cents >= 0),
    revenue_share_cents bigint      NOT NULL CHECK (revenue_share_cents BETWEEN 0 AND amount_cents),
    is_default          boolean     NOT NULL,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, practitioner_id) REFERENCES users (island_id, id) DEFERRABLE,
    FOREIGN KEY (island_id, appointment_type_id) REFERENCES appointment_types (island_id, id) DEFERRABLE
);

CREATE TABLE availabilities (
    island_id       uuid        NOT NULL,
    id              uuid        NOT NULL,
    practitioner_id uuid        NOT NULL,
    clinic_id       uuid        NOT NULL,
    day_of_week     bigint      NOT NULL CHECK (day_of_week BETWEEN 0 AND 6),
    start_time      time        NOT NULL,
    end_time        time        NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, practitioner_id) REFERENCES users (island_id, id) DEFERRABLE,
    FOREIGN KEY (island_id, clinic_id) REFERENCES clinics (island_id, id) DEFERRABLE
);

CREATE TABLE calendar_events (
    island_id       uuid        NOT NULL,
    id              uuid        NOT NULL,
    clinic_id       uuid        NOT NULL,
    practitioner_id uuid        NOT NULL,
    kind            text        NOT NULL CHECK (kind IN ('appointment', 'time_off')),
    date            date        NOT NULL,
    start_time      time,
    end_time        time,
    name            text,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, clinic_id) REFERENCES clinics (island_id, id) DEFERRABLE,
    FOREIGN KEY (island_id, practitioner_id) REFERENCES users (island_id, id) DEFERRABLE
);

CREATE TABLE patients (
    island_id  uuid        NOT NULL,
    id         uuid        NOT NULL,
    clinic_id  uuid        NOT NULL,
    full_name  text        NOT NULL,
    phone      text,
    email      text,
    birthday   date,
    gender     text        CHECK (gender IN ('female', 'male', 'other', 'unknown')),
    notes      text,
    created_by text        NOT NULL CHECK (created_by IN ('clinic_user', 'patient')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, clinic_id) REFERENCES clinics (island_id, id) DEFERRABLE
);

CREATE TABLE appointments (
    island_id           uuid        NOT NULL,
    id                  uuid        NOT NULL,
    clinic_id           uuid        NOT NULL,
    practitioner_id     uuid        NOT NULL,
    patient_id          uuid        NOT NULL,
    appointment_type_id uuid        NOT NULL,
    date                date        NOT NULL,
    start_time          time        NOT NULL,
    end_time            time        NOT NULL,
    starts_at           timestamptz NOT NULL,
    ends_at             timestamptz NOT NULL,
    status              text        NOT NULL CHECK (status IN ('confirmed', 'canceled_by_patient', 'canceled_by_clinic', 'completed', 'no_show')),
    notes               text,
    clinic_notes        text,
    is_auto_assigned    boolean     NOT NULL,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    PRIMARY KEY (island_id, id),
    FOREIGN KEY (island_id, clinic_id) REFERENCES clinics (island_id, id) DEFERRABLE,
    FOREIGN KEY (island_id, practitioner_id) REFERENCES users (island_id, id) DEFERRABLE,
    FOREIGN KEY (island_id, patient_id) REFERENCES patients (island_id, id) DEFERRABLE,
    FOREIGN KEY (island_id, appointment_type_id) REFERENCES appointment_types (island_id, id) DEFERRABLE
);

CREATE TABLE patient_practitioners (
    island_id       uuid NOT NULL,
    patient_id      uuid NOT NULL,
    practitioner_id uuid NOT NULL,
    PRIMARY KEY (island_id, patient_id, practitioner_id),
    FOREIGN KEY (island_id, patient_id) REFERENCES patients (island_id, id) DEFERRABLE,
    FOREIGN KEY (island_id, practitioner_id) REFERENCES users (island_id, id) DEFERRABLE
);

CREATE TABLE appointment_resources (
    island_id      uuid NOT NULL,
    appointment_id uuid NOT NULL,
    resource_id    uuid NOT NULL,
    PRIMARY KEY (island_id, appointment_id, resource_id),
    FOREIGN KEY (island_id, appointment_id) REFERENCES appointments (island_id, id) DEFERRABLE,
    FOREIGN KEY (island_id, resource_id) REFERENCES resources (island_id, id) DEFERRABLE
);

CREATE INDEX appointments_patient ON appointments (island_id, patient_id);

-- All that stands in a calendar.
CREATE VIEW calendar AS
    SELECT island_id, id, clinic_id, practitioner_id, 'appointment' AS kind, date, start_time, end_time,
        NULL::text AS name, patient_id, appointment_type_id, status
    FROM appointments
    UNION ALL
    SELECT island_id, id, clinic_id, practitioner_id, kind, date, start_time, end_time, name, NULL::uuid, NULL::uuid, NULL::text
    FROM calendar_events;

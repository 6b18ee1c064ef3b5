-- An appointment has two references instead of four: PostgreSQL runs a query for each reference of each row, which was two
-- thirds of its work for an island with many appointments.

-- They say what every scenario's call and every change of the clinic is checked for: the patient is of the appointment's
-- clinic, and the practitioner offers the type. So an offering stays while there are appointments that need it, as the
-- clinic has it. Each carries the island; and the clinic, the user and the type are there, because what is referred to refers
-- to them. (Hours and time off do not refer to a membership in the same way: whoever leaves a clinic leaves them behind.)

ALTER TABLE patients ADD UNIQUE (island_id, clinic_id, id);
ALTER TABLE offerings ADD UNIQUE (island_id, practitioner_id, appointment_type_id);

-- Rows that are there were checked by the references that go, and an application may have changed some since in ways that
-- these do not allow: so they are not looked at again (NOT VALID).
ALTER TABLE appointments
    DROP CONSTRAINT appointments_island_id_clinic_id_fkey,
    DROP CONSTRAINT appointments_island_id_practitioner_id_fkey,
    DROP CONSTRAINT appointments_island_id_patient_id_fkey,
    DROP CONSTRAINT appointments_island_id_appointment_type_id_fkey,
    ADD FOREIGN KEY (island_id, clinic_id, patient_id)
        REFERENCES patients (island_id, clinic_id, id) DEFERRABLE NOT VALID,
    ADD FOREIGN KEY (island_id, practitioner_id, appointment_type_id)
        REFERENCES offerings (island_id, practitioner_id, appointment_type_id) DEFERRABLE NOT VALID;

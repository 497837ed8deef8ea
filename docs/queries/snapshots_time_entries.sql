-- Time entries of all users; end_time is null while a timer runs.
-- A row without a start is what remains of a deleted entry.
CREATE VIEW snapshots_time_entries AS
SELECT
    id AS time_entry_id,
    timeintervalstart AS start_time,
    timeintervalend AS end_time,
    taskid AS task_id,
    projectid AS project_id
FROM time_entries
WHERE timeintervalstart IS NOT NULL;

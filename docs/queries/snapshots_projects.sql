-- Projects, archived ones too.
CREATE VIEW snapshots_projects AS
SELECT
    id AS project_id,
    name AS project_name
FROM projects;

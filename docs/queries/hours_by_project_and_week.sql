-- Where did the time go? Hours of work by week, client and project.
--
-- A row: a week (its Monday, in UTC) and a project, or what was done without one (project is null). Work is what is finished
-- and neither break, holiday nor time off; an entry counts whole in the week in which it starts.
-- Needs: time_entries, projects.
-- Cannot tell: what people did who were removed from the workspace before the first sync, as time_entries has not read them.
-- A deleted project is shown by its id, as its name went with it.
-- Entries dated ahead count. To leave them out, add after timeintervalend IS NOT NULL:
-- AND timeintervalstart < syncedat
WITH work AS (
    SELECT
        workspaceid,
        projectid,
        CAST(DATE_TRUNC('week', timeintervalstart) AS DATE) AS week,
        billable,
        EXTRACT(EPOCH FROM timeintervalend - timeintervalstart) / 3600 AS hours
    FROM time_entries
    -- Without an end it is a running timer, or what remains of a deleted entry.
    WHERE timeintervalend IS NOT NULL
        AND COALESCE(type, 'REGULAR') NOT IN ('BREAK', 'HOLIDAY', 'TIME_OFF')
)

SELECT
    work.week,
    NULLIF(projects.clientname, '') AS client,
    COALESCE(projects.name, work.projectid) AS project,
    CAST(SUM(work.hours) AS DECIMAL(12, 2)) AS hours,
    CAST(SUM(CASE WHEN work.billable THEN work.hours ELSE 0 END) AS DECIMAL(12, 2)) AS billable_hours,
    work.workspaceid,
    work.projectid
FROM work
LEFT JOIN projects
    ON work.workspaceid = projects.workspaceid AND work.projectid = projects.id
-- By id: two projects may have the same name, in one workspace or in several.
GROUP BY work.week, work.workspaceid, work.projectid, projects.name, projects.clientname
ORDER BY work.week, client, project, work.workspaceid, work.projectid;

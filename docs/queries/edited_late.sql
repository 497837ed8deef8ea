-- What was added or edited long after it took place, by whom, and how late?
--
-- A row: a change of a time entry, longer after the end of the entry than the interval below. Where an edit moved the entry,
-- the earlier of both ends counts. Times are in UTC.
-- Needs: audit_log, entity_changes, users, projects.
-- Cannot tell: who did it, but from the audit log (changed_by): Clockify keeps that in the ENTERPRISE plan only, once it
-- is switched on, and for a year. Otherwise changes come from the feed of changed entities, which every plan has but Clockify calls
-- experimental: it is known to lose changes, knows not who made them, and of several edits it shows the last. Clockify does not
-- document what the log's content has of a time entry: where it is not the entry with its id and timeInterval, the
-- feed remains. Deletions are in the log as DELETE_TIME_….
WITH late AS (
    SELECT INTERVAL '7 days' AS than
),

log AS (
    SELECT
        workspaceid,
        action,
        timestamp AS changed_at,
        COALESCE(NULLIF(username, ''), useremail, userid) AS changed_by,
        CASE WHEN LEFT(content, 1) = '{' THEN CAST(content AS JSON) END AS entry,
        CASE WHEN LEFT(previouscontent, 1) = '{' THEN CAST(previouscontent AS JSON) END AS entry_before
    FROM audit_log
    WHERE LEFT(action, 11) IN ('CREATE_TIME', 'UPDATE_TIME') OR LEFT(action, 12) = 'RESTORE_TIME'
),

log_changes AS (
    SELECT
        workspaceid,
        entry ->> 'id' AS timeentryid,
        CASE WHEN LEFT(action, 6) = 'UPDATE' THEN 'edited' ELSE 'added' END AS change,
        changed_at,
        changed_by,
        entry,
        LEAST(
            CAST(entry -> 'timeInterval' ->> 'end' AS TIMESTAMP),
            CAST(entry_before -> 'timeInterval' ->> 'end' AS TIMESTAMP)
        ) AS ended_at,
        'audit_log' AS source
    FROM log
),

changes AS (
    SELECT *
    FROM log_changes
    UNION ALL
    SELECT
        workspaceid,
        id AS timeentryid,
        CASE WHEN changetype = 'UPDATED' THEN 'edited' ELSE 'added' END AS change,
        changedat AS changed_at,
        NULL AS changed_by,
        entity AS entry,
        CAST(entity -> 'timeInterval' ->> 'end' AS TIMESTAMP) AS ended_at,
        'entity_changes' AS source
    FROM entity_changes AS feed
    WHERE entitytype = 'TIME_ENTRY'
        AND changetype IN ('CREATED', 'UPDATED')
        -- What the log has, too, is shown once.
        AND NOT EXISTS (
            SELECT 1
            FROM log_changes
            WHERE log_changes.workspaceid = feed.workspaceid
                AND log_changes.timeentryid = feed.id
                AND log_changes.changed_at BETWEEN feed.changedat - INTERVAL '1 minute' AND feed.changedat + INTERVAL '1 minute'
        )
)

SELECT
    changes.change,
    changes.changed_at,
    changes.changed_by,
    COALESCE(NULLIF(users.name, ''), users.email, changes.entry ->> 'userId') AS person,
    COALESCE(projects.name, changes.entry ->> 'projectId') AS project,
    changes.entry ->> 'description' AS description,
    changes.ended_at,
    CAST(EXTRACT(EPOCH FROM changes.changed_at - changes.ended_at) / 86400 AS DECIMAL(12, 1)) AS days_late,
    changes.source,
    changes.workspaceid,
    changes.timeentryid
FROM changes
INNER JOIN late
    ON changes.changed_at > changes.ended_at + late.than
LEFT JOIN users
    ON changes.workspaceid = users.workspaceid AND (changes.entry ->> 'userId') = users.id
LEFT JOIN projects
    ON changes.workspaceid = projects.workspaceid AND (changes.entry ->> 'projectId') = projects.id
ORDER BY days_late DESC, changes.changed_at, changes.workspaceid, changes.timeentryid;

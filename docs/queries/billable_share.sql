-- How much of everybody's work is billable, and what does it earn?
--
-- A row: a month (its first day, in UTC), a person and a currency; who worked in one currency has one row a month. The share
-- is from 0 to 1, of hours; the amount is in units of the currency, not in cents, and null where the report has none. Work is
-- what is finished and neither break, holiday nor time off.
-- Needs: time_entry_report (hours and amounts, of people who were removed, too), time_entries and users (to leave out what was
-- deleted since).
-- Cannot tell: amounts that the key's user may not see; corrections of entries that start before the look-back, as the report
-- brings no others. In the FREE plan the report reaches back twelve months.
-- Entries dated ahead count. To leave them out, add after (report.timeinterval ->> 'end') IS NOT NULL:
-- AND CAST(report.timeinterval ->> 'start' AS TIMESTAMP) < report.syncedat
WITH work AS (
    SELECT
        report.workspaceid,
        report.userid,
        COALESCE(NULLIF(users.name, ''), NULLIF(report.username, ''), report.useremail, report.userid) AS person,
        CAST(DATE_TRUNC('month', CAST(report.timeinterval ->> 'start' AS TIMESTAMP)) AS DATE) AS month,
        report.billable,
        CAST(report.timeinterval ->> 'duration' AS BIGINT) / 3600.0 AS hours,
        COALESCE(report.earnedamount, report.amount) / 100 AS amount,
        report.currency
    FROM time_entry_report AS report
    LEFT JOIN time_entries
        ON report.workspaceid = time_entries.workspaceid AND report.id = time_entries.id
    LEFT JOIN users
        ON report.workspaceid = users.workspaceid AND report.userid = users.id
    WHERE (report.timeinterval ->> 'end') IS NOT NULL
        AND COALESCE(report.type, time_entries.type, 'REGULAR') NOT IN ('BREAK', 'HOLIDAY', 'TIME_OFF')
        -- The report keeps rows of deleted entries. Of a member time_entries has all that still exist; of those who were removed
        -- before the first sync it has none.
        AND (time_entries.timeintervalend IS NOT NULL OR (time_entries.id IS NULL AND users.id IS NULL))
)

SELECT
    month,
    MAX(person) AS person,
    CAST(SUM(hours) AS DECIMAL(12, 2)) AS hours,
    CAST(SUM(CASE WHEN billable THEN hours ELSE 0 END) AS DECIMAL(12, 2)) AS billable_hours,
    CAST(SUM(CASE WHEN billable THEN hours ELSE 0 END) / NULLIF(SUM(hours), 0) AS DECIMAL(12, 4)) AS billable_share,
    CAST(SUM(amount) AS DECIMAL(18, 2)) AS amount,
    currency,
    workspaceid,
    userid
FROM work
-- By id, as two people may have the same name.
GROUP BY month, workspaceid, userid, currency
ORDER BY month, person, workspaceid, userid, currency;

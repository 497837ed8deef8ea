-- Is the table what Clockify has? Where the time in time_entries is not what Clockify itself sums up.
--
-- A row: a user and a month in UTC, with the seconds in the table, those at Clockify, and the difference. No rows: all is well.
-- Breaks, holidays and time off are in it, as Clockify has them in its sums. An entry counts whole in the month in which it starts.
-- Needs: time_entries, time_totals.
-- Cannot tell: months before the first and after the last of time_totals, and changes that leave the time of a month as it was.
SELECT
    both_sides.workspaceid,
    both_sides.userid,
    both_sides.month,
    SUM(both_sides.in_table) AS seconds_in_table,
    SUM(both_sides.at_clockify) AS seconds_at_clockify,
    SUM(both_sides.in_table) - SUM(both_sides.at_clockify) AS difference
FROM (
    SELECT
        workspaceid,
        userid,
        SUBSTRING(CAST(timeintervalstart AS VARCHAR), 1, 7) AS month,
        CAST(EXTRACT(EPOCH FROM timeintervalend) - EXTRACT(EPOCH FROM timeintervalstart) AS BIGINT) AS in_table,
        0 AS at_clockify
    FROM time_entries
    -- Without an end it is a running timer, or what remains of a deleted entry.
    WHERE timeintervalend IS NOT NULL
    UNION ALL
    SELECT
        workspaceid,
        userid,
        month,
        0 AS in_table,
        CAST(COALESCE(seconds, 0) AS BIGINT) AS at_clockify
    FROM time_totals
) AS both_sides
INNER JOIN (
    SELECT
        workspaceid,
        MIN(month) AS first_month,
        MAX(month) AS last_month
    FROM time_totals
    GROUP BY workspaceid
) AS covered
    ON both_sides.workspaceid = covered.workspaceid
    AND both_sides.month BETWEEN covered.first_month AND covered.last_month
GROUP BY
    both_sides.workspaceid,
    both_sides.userid,
    both_sides.month
HAVING SUM(both_sides.in_table) <> SUM(both_sides.at_clockify)
ORDER BY
    both_sides.workspaceid,
    both_sides.userid,
    both_sides.month;

-- How busy is everybody? Hours of work against the hours that they were there to work.
--
-- A row: a week (its Monday, in UTC) and a person, in one workspace. Capacity is that of the profile on each of its working
-- days, less holidays and approved time off. Utilisation is 1 where the hours are the capacity, and null where there is no
-- capacity: who did too much is found by hours > capacity_hours, not by utilisation > 1. Weeks without work between others are
-- there with 0 hours. Work is what is finished and neither break, holiday nor time off.
-- Needs: time_entries, member_profiles, holidays, user_groups, time_off_requests.
-- Cannot tell: when somebody joined or left, so a person's weeks go from the first with work to the last; the week of the last
-- sync is left out, as it is not over. Profiles have today's capacity and working days only. Who has no profile (removed, or
-- the account deleted) is missing. A holiday of every year counts in every year. Plans below STANDARD have neither holidays
-- nor time off.
WITH worked AS (
    SELECT
        workspaceid,
        userid,
        CAST(DATE_TRUNC('week', timeintervalstart) AS TIMESTAMP) AS week,
        SUM(EXTRACT(EPOCH FROM timeintervalend - timeintervalstart)) AS seconds
    FROM time_entries
    -- Without an end it is a running timer, or what remains of a deleted entry.
    WHERE timeintervalend IS NOT NULL
        AND COALESCE(type, 'REGULAR') NOT IN ('BREAK', 'HOLIDAY', 'TIME_OFF')
        AND timeintervalstart < (SELECT DATE_TRUNC('week', MAX(syncedat)) FROM time_entries)
    GROUP BY workspaceid, userid, CAST(DATE_TRUNC('week', timeintervalstart) AS TIMESTAMP)
),

profiles AS (
    SELECT
        workspaceid,
        userid,
        COALESCE(NULLIF(name, ''), email, userid) AS person,
        CAST(workingdays AS VARCHAR) AS working_days,
        -- PT7H30M becomes 7 hours 30 minutes, which every database takes for an interval.
        EXTRACT(EPOCH FROM CAST(
            REPLACE(REPLACE(REPLACE(REPLACE(workcapacity, 'PT', ''), 'H', ' hours '), 'M', ' minutes '), 'S', ' seconds ')
        AS INTERVAL)) AS seconds
    FROM member_profiles
),

days AS (
    SELECT
        profiles.workspaceid,
        profiles.userid,
        profiles.person,
        calendar.day,
        CAST(CAST(calendar.day AS DATE) AS VARCHAR) AS iso_day,
        CASE
            WHEN POSITION(
                CASE EXTRACT(ISODOW FROM calendar.day)
                    WHEN 1 THEN 'MONDAY' WHEN 2 THEN 'TUESDAY' WHEN 3 THEN 'WEDNESDAY' WHEN 4 THEN 'THURSDAY'
                    WHEN 5 THEN 'FRIDAY' WHEN 6 THEN 'SATURDAY' ELSE 'SUNDAY'
                END IN profiles.working_days
            ) > 0 THEN profiles.seconds
            ELSE 0
        END AS seconds
    FROM profiles
    INNER JOIN (
        SELECT workspaceid, userid, MIN(week) AS first_week, MAX(week) AS last_week
        FROM worked
        GROUP BY workspaceid, userid
    ) AS span
        ON profiles.workspaceid = span.workspaceid AND profiles.userid = span.userid
    CROSS JOIN LATERAL GENERATE_SERIES(
        span.first_week, span.last_week + INTERVAL '6 days', INTERVAL '1 day'
    ) AS calendar(day)
),

holidays_of_people AS (
    SELECT
        profiles.workspaceid,
        profiles.userid,
        holidays.occursannually,
        -- 2026-12-25, or 12-25 where it comes back every year.
        SUBSTRING(holidays.dateperiod ->> 'startDate', CASE WHEN holidays.occursannually THEN 6 ELSE 1 END) AS first_day,
        SUBSTRING(holidays.dateperiod ->> 'endDate', CASE WHEN holidays.occursannually THEN 6 ELSE 1 END) AS last_day
    FROM holidays
    -- Lists of ids are looked through as text, which an empty list or JSON's null is, too.
    LEFT JOIN user_groups
        ON holidays.workspaceid = user_groups.workspaceid
        AND POSITION(user_groups.id IN CAST(holidays.usergroupids AS VARCHAR)) > 0
    INNER JOIN profiles
        ON holidays.workspaceid = profiles.workspaceid
        AND (
            holidays.everyoneincludingnew
            OR POSITION(profiles.userid IN CAST(holidays.userids AS VARCHAR)) > 0
            OR POSITION(profiles.userid IN CAST(user_groups.userids AS VARCHAR)) > 0
        )
),

free_days AS (
    SELECT DISTINCT days.workspaceid, days.userid, days.day
    FROM days
    INNER JOIN holidays_of_people AS holiday
        ON days.workspaceid = holiday.workspaceid AND days.userid = holiday.userid
    CROSS JOIN LATERAL (
        SELECT SUBSTRING(days.iso_day, CASE WHEN holiday.occursannually THEN 6 ELSE 1 END) AS iso_day
    ) AS this
    WHERE CASE
        WHEN holiday.first_day <= holiday.last_day THEN this.iso_day BETWEEN holiday.first_day AND holiday.last_day
        -- From 12-31 to 01-01.
        ELSE this.iso_day >= holiday.first_day OR this.iso_day <= holiday.last_day
    END
),

-- A day off begins at midnight where the person is.
time_off AS (
    SELECT
        workspaceid,
        userid,
        CASE WHEN (timeoffperiod ->> 'halfDay') = 'true' THEN 'HALF_DAYS' ELSE timeunit END AS unit,
        CAST(timeoffperiod -> 'period' ->> 'start' AS TIMESTAMP WITH TIME ZONE)
        AT TIME ZONE COALESCE(timezone, usertimezone, 'UTC') AS starts,
        CAST(timeoffperiod -> 'period' ->> 'end' AS TIMESTAMP WITH TIME ZONE)
        AT TIME ZONE COALESCE(timezone, usertimezone, 'UTC') AS ends
    FROM time_off_requests
    WHERE (status ->> 'statusType') = 'APPROVED'
),

seconds_off AS (
    SELECT
        days.workspaceid,
        days.userid,
        days.day,
        SUM(
            CASE time_off.unit
                WHEN 'DAYS' THEN days.seconds
                WHEN 'HALF_DAYS' THEN days.seconds / 2
                ELSE EXTRACT(EPOCH FROM
                    LEAST(time_off.ends, days.day + INTERVAL '1 day') - GREATEST(time_off.starts, days.day)
                )
            END
        ) AS seconds
    FROM days
    INNER JOIN time_off
        ON days.workspaceid = time_off.workspaceid
        AND days.userid = time_off.userid
        AND days.day + INTERVAL '1 day' > time_off.starts
        AND (days.day < time_off.ends OR days.day = DATE_TRUNC('day', time_off.starts))
    GROUP BY days.workspaceid, days.userid, days.day
),

capacity AS (
    SELECT
        days.workspaceid,
        days.userid,
        days.person,
        CAST(DATE_TRUNC('week', days.day) AS TIMESTAMP) AS week,
        SUM(
            CASE
                WHEN free_days.day IS NOT NULL THEN 0
                ELSE GREATEST(days.seconds - COALESCE(seconds_off.seconds, 0), 0)
            END
        ) AS seconds
    FROM days
    LEFT JOIN free_days
        ON days.workspaceid = free_days.workspaceid AND days.userid = free_days.userid AND days.day = free_days.day
    LEFT JOIN seconds_off
        ON days.workspaceid = seconds_off.workspaceid
        AND days.userid = seconds_off.userid
        AND days.day = seconds_off.day
    GROUP BY days.workspaceid, days.userid, days.person, CAST(DATE_TRUNC('week', days.day) AS TIMESTAMP)
)

SELECT
    CAST(capacity.week AS DATE) AS week,
    capacity.person,
    CAST(capacity.seconds / 3600 AS DECIMAL(12, 2)) AS capacity_hours,
    CAST(COALESCE(worked.seconds, 0) / 3600 AS DECIMAL(12, 2)) AS hours,
    CAST(COALESCE(worked.seconds, 0) / NULLIF(capacity.seconds, 0) AS DECIMAL(12, 4)) AS utilisation,
    capacity.workspaceid,
    capacity.userid
FROM capacity
LEFT JOIN worked
    ON capacity.workspaceid = worked.workspaceid AND capacity.userid = worked.userid AND capacity.week = worked.week
ORDER BY capacity.week, capacity.person, capacity.workspaceid, capacity.userid;

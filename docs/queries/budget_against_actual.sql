-- Which projects run out of hours or money? Estimates and budgets against what was tracked.
--
-- A row: a project with an estimate of time or a budget of money in use. Shares are from 0, and above 1 where it is overrun.
-- Money is in units of the currency, not in cents. As the project is set up, tracked_hours has what is not billable or has it
-- not, budget_share has billable expenses or has them not, and an estimate by tasks is the sum of theirs.
-- Needs: projects, tasks, time_entry_report (hours and amounts, of people who were removed, too), time_entries and users (to leave
-- out what was deleted since), expenses.
-- Cannot tell: earlier periods of what starts anew each week, month or year. It is held against the calendar week, month or
-- year of the last sync, on whatever day Clockify starts it anew. Nor corrections of entries that start before the look-back, as
-- the report brings no others. In the FREE plan the report reaches back twelve months.
-- Entries dated ahead count. To leave them out, add after (report.timeinterval ->> 'end') IS NOT NULL:
-- AND CAST(report.timeinterval ->> 'start' AS TIMESTAMP) < report.syncedat
WITH last_sync AS (
    SELECT
        CAST(DATE_TRUNC('week', MAX(syncedat)) AS TIMESTAMP) AS week,
        CAST(DATE_TRUNC('month', MAX(syncedat)) AS TIMESTAMP) AS month,
        CAST(DATE_TRUNC('year', MAX(syncedat)) AS TIMESTAMP) AS year
    FROM time_entry_report
),

-- PT7H30M becomes 7 hours 30 minutes, which every database takes for an interval.
task_estimates AS (
    SELECT
        workspaceid,
        projectid,
        SUM(EXTRACT(EPOCH FROM CAST(
            REPLACE(REPLACE(REPLACE(REPLACE(estimate, 'PT', ''), 'H', ' hours '), 'M', ' minutes '), 'S', ' seconds ')
        AS INTERVAL))) / 3600 AS hours,
        SUM(budgetestimate) / 100.0 AS money
    FROM tasks
    GROUP BY workspaceid, projectid
),

project_estimates AS (
    SELECT
        workspaceid,
        id,
        (timeestimate ->> 'active') = 'true' AS has_hours,
        (timeestimate ->> 'type') = 'AUTO' AS hours_are_of_tasks,
        EXTRACT(EPOCH FROM CAST(
            REPLACE(REPLACE(REPLACE(REPLACE(
                timeestimate ->> 'estimate', 'PT', ''), 'H', ' hours '), 'M', ' minutes '), 'S', ' seconds '
            )
        AS INTERVAL)) / 3600 AS hours,
        (timeestimate ->> 'includeNonBillable') = 'true' AS counts_all_hours,
        timeestimate ->> 'resetOption' AS hours_reset,
        (budgetestimate ->> 'active') = 'true' AS has_money,
        (budgetestimate ->> 'type') = 'AUTO' AS money_is_of_tasks,
        CAST(budgetestimate ->> 'estimate' AS DECIMAL(18, 2)) / 100 AS money,
        (budgetestimate ->> 'includeExpenses') = 'true' AS counts_expenses,
        budgetestimate ->> 'resetOption' AS money_reset
    FROM projects
),

budgets AS (
    SELECT
        project_estimates.workspaceid,
        project_estimates.id AS projectid,
        CASE WHEN has_hours THEN CASE WHEN hours_are_of_tasks THEN task_estimates.hours ELSE project_estimates.hours END END
            AS hours,
        counts_all_hours,
        CASE hours_reset WHEN 'WEEKLY' THEN week WHEN 'MONTHLY' THEN month WHEN 'YEARLY' THEN year END AS hours_since,
        CASE WHEN has_money THEN CASE WHEN money_is_of_tasks THEN task_estimates.money ELSE project_estimates.money END END
            AS money,
        counts_expenses,
        CASE money_reset WHEN 'WEEKLY' THEN week WHEN 'MONTHLY' THEN month WHEN 'YEARLY' THEN year END AS money_since
    FROM project_estimates
    CROSS JOIN last_sync
    LEFT JOIN task_estimates
        ON project_estimates.workspaceid = task_estimates.workspaceid AND project_estimates.id = task_estimates.projectid
    WHERE has_hours OR has_money
),

actual AS (
    SELECT
        report.workspaceid,
        report.projectid,
        CAST(report.timeinterval ->> 'start' AS TIMESTAMP) AS moment,
        report.billable,
        CAST(report.timeinterval ->> 'duration' AS BIGINT) / 3600.0 AS hours,
        COALESCE(report.earnedamount, report.amount) / 100 AS billable_amount,
        report.costamount / 100 AS cost_amount,
        NULL AS expense_amount,
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
    UNION ALL
    SELECT
        workspaceid,
        project ->> 'id' AS projectid,
        date AS moment,
        billable,
        NULL AS hours,
        NULL AS billable_amount,
        NULL AS cost_amount,
        total / 100 AS expense_amount,
        NULL AS currency
    FROM expenses
    WHERE billable
),

sums AS (
    SELECT
        budgets.workspaceid,
        budgets.projectid,
        budgets.hours AS estimated_hours,
        COALESCE(SUM(
            CASE
                WHEN (actual.billable OR budgets.counts_all_hours) AND actual.moment >= COALESCE(budgets.hours_since, actual.moment)
                    THEN actual.hours
            END
        ), 0) AS tracked_hours,
        budgets.money AS budget,
        SUM(CASE WHEN actual.moment >= COALESCE(budgets.money_since, actual.moment) THEN actual.billable_amount END)
            AS billable_amount,
        SUM(CASE WHEN actual.moment >= COALESCE(budgets.money_since, actual.moment) THEN actual.cost_amount END) AS cost_amount,
        COALESCE(SUM(
            CASE WHEN actual.moment >= COALESCE(budgets.money_since, actual.moment) THEN actual.expense_amount END
        ), 0) AS expense_amount,
        budgets.counts_expenses,
        MAX(actual.currency) AS currency
    FROM budgets
    LEFT JOIN actual
        ON budgets.workspaceid = actual.workspaceid AND budgets.projectid = actual.projectid
    GROUP BY budgets.workspaceid, budgets.projectid, budgets.hours, budgets.money, budgets.counts_expenses
)

SELECT
    NULLIF(projects.clientname, '') AS client,
    projects.name AS project,
    CAST(sums.estimated_hours AS DECIMAL(12, 2)) AS estimated_hours,
    CAST(sums.tracked_hours AS DECIMAL(12, 2)) AS tracked_hours,
    CAST(sums.tracked_hours / NULLIF(sums.estimated_hours, 0) AS DECIMAL(12, 4)) AS share,
    CAST(sums.budget AS DECIMAL(18, 2)) AS budget,
    CAST(sums.billable_amount AS DECIMAL(18, 2)) AS billable_amount,
    CAST(sums.cost_amount AS DECIMAL(18, 2)) AS cost_amount,
    CAST(sums.expense_amount AS DECIMAL(18, 2)) AS expense_amount,
    CAST(
        (COALESCE(sums.billable_amount, 0) + CASE WHEN sums.counts_expenses THEN sums.expense_amount ELSE 0 END)
        / NULLIF(sums.budget, 0)
    AS DECIMAL(12, 4)) AS budget_share,
    COALESCE(projects.currency ->> 'code', sums.currency) AS currency,
    sums.workspaceid,
    sums.projectid
FROM sums
INNER JOIN projects
    ON sums.workspaceid = projects.workspaceid AND sums.projectid = projects.id
ORDER BY client, project, sums.workspaceid, sums.projectid;

-- What has been worked and spent that the client is still to be billed for?
--
-- A row: a project (or what was done without one) and a currency, with the hours that are billable and on no invoice, their amount,
-- and the amount of such expenses. Amounts are in units of the currency, not in cents, and null where the report has none.
-- Needs: time_entry_report and expense_report (what is billable, what was marked as invoiced), invoices and invoice_details (what
-- they bill, of any age: a sync does not read the report of an old entry again), time_entries, users and expenses (to leave out
-- what was deleted since), projects, clients and workspaces (names, the currency of expenses, features).
-- Workspaces whose plan lacks invoices are left out (without INVOICING in workspaces.features).
-- Cannot tell: what was typed onto an invoice rather than imported; corrections of entries that start before the look-back, as the
-- report brings no others.
-- Entries dated ahead count. To leave them out, add after (report.timeinterval ->> 'end') IS NOT NULL:
-- AND CAST(report.timeinterval ->> 'start' AS TIMESTAMP) < report.syncedat
WITH counted AS (
    -- Drafts and void invoices, too. To have what is on them as not yet invoiced, add:
    -- WHERE status NOT IN ('UNSENT', 'VOID')
    SELECT workspaceid, id
    FROM invoices
),

items AS (
    SELECT
        invoice_details.workspaceid,
        invoice_details.items -> CAST(place.number AS INTEGER) AS item
    FROM invoice_details
    INNER JOIN counted
        ON invoice_details.workspaceid = counted.workspaceid AND invoice_details.id = counted.id
    CROSS JOIN LATERAL GENERATE_SERIES(
        0,
        -- No list is an SQL null, or JSON's.
        CASE WHEN LEFT(CAST(invoice_details.items AS VARCHAR), 1) = '[' THEN CAST(JSON_ARRAY_LENGTH(invoice_details.items) AS BIGINT)
        ELSE 0 END - 1
    ) AS place(number)
),

lists AS (
    SELECT workspaceid, item -> 'timeEntryIds' AS ids
    FROM items
    UNION ALL
    SELECT workspaceid, item -> 'expenseIds' AS ids
    FROM items
),

billed AS (
    SELECT DISTINCT
        lists.workspaceid,
        lists.ids ->> CAST(place.number AS INTEGER) AS id
    FROM lists
    CROSS JOIN LATERAL GENERATE_SERIES(
        0,
        CASE WHEN LEFT(CAST(lists.ids AS VARCHAR), 1) = '[' THEN CAST(JSON_ARRAY_LENGTH(lists.ids) AS BIGINT)
        ELSE 0 END - 1
    ) AS place(number)
),

marked AS (
    SELECT
        report.workspaceid,
        report.id
    FROM (
        SELECT workspaceid, id, invoicinginfo
        FROM time_entry_report
        UNION ALL
        SELECT workspaceid, id, invoicinginfo
        FROM expense_report
    ) AS report
    LEFT JOIN counted
        ON report.workspaceid = counted.workspaceid AND (report.invoicinginfo ->> 'invoiceId') = counted.id
    -- By hand, or with an invoice that is still there.
    WHERE (report.invoicinginfo ->> 'manuallyInvoiced') = 'true' OR counted.id IS NOT NULL
),

billable AS (
    SELECT
        report.workspaceid,
        report.id,
        report.projectid,
        CAST(report.timeinterval ->> 'duration' AS BIGINT) / 3600.0 AS hours,
        COALESCE(report.earnedamount, report.amount) / 100 AS amount,
        NULL AS expense_amount,
        report.currency
    FROM time_entry_report AS report
    LEFT JOIN time_entries
        ON report.workspaceid = time_entries.workspaceid AND report.id = time_entries.id
    LEFT JOIN users
        ON report.workspaceid = users.workspaceid AND report.userid = users.id
    WHERE report.billable
        AND (report.timeinterval ->> 'end') IS NOT NULL
        AND COALESCE(report.type, time_entries.type, 'REGULAR') NOT IN ('BREAK', 'HOLIDAY', 'TIME_OFF')
        -- The report keeps rows of deleted entries. Of a member time_entries has all that still exist; of those who were removed
        -- before the first sync it has none.
        AND (time_entries.timeintervalend IS NOT NULL OR (time_entries.id IS NULL AND users.id IS NULL))
    UNION ALL
    SELECT
        expenses.workspaceid,
        expenses.id,
        expenses.project ->> 'id' AS projectid,
        NULL AS hours,
        NULL AS amount,
        expenses.total / 100 AS expense_amount,
        COALESCE(projects.currency ->> 'code', clients.currencycode, workspaces.hourlyrate ->> 'currency') AS currency
    FROM expenses
    LEFT JOIN projects
        ON expenses.workspaceid = projects.workspaceid AND (expenses.project ->> 'id') = projects.id
    LEFT JOIN clients
        ON projects.workspaceid = clients.workspaceid AND projects.clientid = clients.id
    LEFT JOIN workspaces
        ON expenses.workspaceid = workspaces.id
    WHERE expenses.billable
)

SELECT
    NULLIF(projects.clientname, '') AS client,
    COALESCE(projects.name, billable.projectid) AS project,
    CAST(COALESCE(SUM(billable.hours), 0) AS DECIMAL(12, 2)) AS hours,
    CAST(SUM(billable.amount) AS DECIMAL(18, 2)) AS amount,
    CAST(COALESCE(SUM(billable.expense_amount), 0) AS DECIMAL(18, 2)) AS expense_amount,
    billable.currency,
    billable.workspaceid,
    billable.projectid
FROM billable
INNER JOIN workspaces
    ON billable.workspaceid = workspaces.id
LEFT JOIN projects
    ON billable.workspaceid = projects.workspaceid AND billable.projectid = projects.id
-- The list is looked through as text, which JSON's null is, too.
WHERE POSITION('"INVOICING"' IN CAST(workspaces.features AS VARCHAR)) > 0
AND NOT EXISTS (
    SELECT 1 FROM billed WHERE billed.workspaceid = billable.workspaceid AND billed.id = billable.id
)
AND NOT EXISTS (
    SELECT 1 FROM marked WHERE marked.workspaceid = billable.workspaceid AND marked.id = billable.id
)
GROUP BY billable.workspaceid, billable.projectid, projects.name, projects.clientname, billable.currency
ORDER BY client, project, billable.workspaceid, billable.projectid, billable.currency;

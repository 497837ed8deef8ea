-- Which invoices are still to be paid?
--
-- A row: an invoice with an open balance, the longest due first. Amounts are in units of the currency, not in cents; paid is 0
-- before the first payment. Void invoices and drafts (UNSENT) are left out: what is on a draft is not in not_yet_invoiced.sql
-- either, unless you say so there.
-- Needs: invoices (from the STANDARD plan).
-- Cannot tell: payments that were not entered in Clockify.
SELECT
    clientname AS client,
    number AS invoice,
    status,
    CAST(issueddate AS DATE) AS issued,
    CAST(duedate AS DATE) AS due,
    CAST(amount / 100 AS DECIMAL(18, 2)) AS amount,
    CAST(COALESCE(paid, 0) / 100 AS DECIMAL(18, 2)) AS paid,
    CAST(balance / 100 AS DECIMAL(18, 2)) AS balance,
    currency,
    workspaceid,
    id AS invoiceid
FROM invoices
WHERE balance <> 0
    AND status NOT IN ('VOID', 'UNSENT')
ORDER BY due, client, number, workspaceid, id;

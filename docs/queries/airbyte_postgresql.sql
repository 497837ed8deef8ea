-- For tables that Airbyte's PostgreSQL destination wrote (version 2 or later): views on which the other queries run.
--
-- The destination keeps Clockify's names, such as "timeIntervalStart", so that they have to be quoted; its instants have a time
-- zone, and its lists and objects are jsonb. The views have names in lower case, instants in UTC without a zone, and json, as
-- the tables of PyAirbyte have. They show what the connection reads: a stream that is not in it has none.
--
-- Set source to the schema and prefix to the stream prefix of the connection. Run it once, and again when streams or columns were
-- added. Then, in each session that runs a query: SET search_path = clockify_views;
--
-- The destination overwrites a table by dropping it. A view on the table would make that fail, or be dropped with it where
-- the option to drop with CASCADE is on. So each view reads a function, whose text PostgreSQL looks at only when it is run,
-- and which the planner puts in its place.
DO $$
DECLARE
    source CONSTANT text := 'public';
    prefix CONSTANT text := '';
    target CONSTANT text := 'clockify_views';
    stream record;
BEGIN
    SET LOCAL client_min_messages = warning;
    EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', target);
    FOR stream IN
        SELECT
            table_name,
            lower(substr(table_name, length(prefix) + 1)) AS view_name,
            lower(substr(table_name, length(prefix) + 1)) || '_of_airbyte' AS function_name,
            string_agg(
                format('%I %s', lower(column_name), CASE data_type
                    WHEN 'timestamp with time zone' THEN 'timestamp'
                    WHEN 'jsonb' THEN 'json'
                    ELSE data_type
                END), ', ' ORDER BY ordinal_position
            ) AS declared,
            string_agg(
                format(CASE data_type
                    WHEN 'timestamp with time zone' THEN '%I AT TIME ZONE ''UTC'''
                    WHEN 'jsonb' THEN '%I::json'
                    ELSE '%I'
                END, column_name), ', ' ORDER BY ordinal_position
            ) AS selected
        FROM information_schema.columns
        WHERE table_schema = source AND starts_with(table_name, prefix)
        GROUP BY table_name
        HAVING bool_or(column_name = '_airbyte_raw_id')
    LOOP
        EXECUTE format('DROP FUNCTION IF EXISTS %I.%I() CASCADE', target, stream.function_name);
        EXECUTE format(
            'CREATE FUNCTION %I.%I() RETURNS TABLE (%s) LANGUAGE sql STABLE AS %L',
            target, stream.function_name, stream.declared,
            format('SELECT %s FROM %I.%I', stream.selected, source, stream.table_name)
        );
        EXECUTE format(
            'CREATE VIEW %I.%I AS SELECT * FROM %I.%I()', target, stream.view_name, target, stream.function_name
        );
    END LOOP;
    IF stream IS NULL THEN
        RAISE EXCEPTION 'In schema % no table of Airbyte begins with "%".', source, prefix;
    END IF;
END
$$;

-- For tables that Airbyte's PostgreSQL destination wrote (version 2 or later): views on which the other queries run.
--
-- The destination keeps Clockify's names, such as "timeIntervalStart", so that they have to be quoted; its instants have a time
-- zone, and its lists and objects are jsonb. The views have names in lower case, instants in UTC without a zone, and json, as
-- the tables of PyAirbyte have. They show what the connection reads: a stream that is not in it has none.
--
-- Set source to the schema and prefix to the stream prefix of the connection, and target to the schema for the views, which has no
-- tables of the destination in it. Run it once, and again when streams or columns were added: what you granted on the views and
-- built on them stays. Where a column is gone or has another type, the view is made anew, without its grants; if a view of yours
-- is built on it, the script fails, names it and changes nothing. Then, in each session that runs a query:
-- SET search_path = clockify_views; docs/warehouse.md says what to grant to other users.
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
    former text;
    definition text;
BEGIN
    SET LOCAL client_min_messages = warning;
    EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', target);
    FOR stream IN
        SELECT
            stored.table_name,
            names.view_name,
            names.view_name || '_of_airbyte' AS function_name,
            string_agg(
                format('%I %s', lower(stored.column_name), CASE stored.data_type
                    WHEN 'timestamp with time zone' THEN 'timestamp'
                    WHEN 'jsonb' THEN 'json'
                    ELSE stored.data_type
                END), ', ' ORDER BY shown.ordinal_position, stored.ordinal_position
            ) AS declared,
            string_agg(
                format(CASE stored.data_type
                    WHEN 'timestamp with time zone' THEN '%I AT TIME ZONE ''UTC'''
                    WHEN 'jsonb' THEN '%I::json'
                    ELSE '%I'
                END, stored.column_name), ', ' ORDER BY shown.ordinal_position, stored.ordinal_position
            ) AS selected
        FROM information_schema.columns AS stored
        CROSS JOIN LATERAL (SELECT lower(substr(stored.table_name, length(prefix) + 1)) AS view_name) AS names
        -- A view takes new columns at its end only, wherever the table has them.
        LEFT JOIN information_schema.columns AS shown
            ON shown.table_schema = target
            AND shown.table_name = names.view_name
            AND shown.column_name = lower(stored.column_name)
        WHERE stored.table_schema = source AND starts_with(stored.table_name, prefix)
        GROUP BY stored.table_name, names.view_name
        HAVING bool_or(stored.column_name = '_airbyte_raw_id')
    LOOP
        -- A function takes no new columns at all, so that the view changes over to another one.
        former := NULL;
        IF to_regprocedure(format('%I.%I()', target, stream.function_name)) IS NOT NULL THEN
            former := stream.function_name || '_before';
            EXECUTE format('ALTER FUNCTION %I.%I() RENAME TO %I', target, stream.function_name, former);
        END IF;
        EXECUTE format(
            'CREATE FUNCTION %I.%I() RETURNS TABLE (%s) LANGUAGE sql STABLE AS %L',
            target, stream.function_name, stream.declared,
            format('SELECT %s FROM %I.%I', stream.selected, source, stream.table_name)
        );
        definition := format(
            'VIEW %I.%I AS SELECT * FROM %I.%I()', target, stream.view_name, target, stream.function_name
        );
        BEGIN
            EXECUTE 'CREATE OR REPLACE ' || definition;
        EXCEPTION WHEN invalid_table_definition THEN
            EXECUTE format('DROP VIEW %I.%I', target, stream.view_name);
            EXECUTE 'CREATE ' || definition;
        END;
        IF former IS NOT NULL THEN
            EXECUTE format('DROP FUNCTION %I.%I()', target, former);
        END IF;
    END LOOP;
    IF stream IS NULL THEN
        RAISE EXCEPTION 'In schema % no table of Airbyte begins with "%".', source, prefix;
    END IF;
END
$$;

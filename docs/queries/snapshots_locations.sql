-- Locations of the agency; address is null where the token lacks the scope locations.readonly.
CREATE VIEW snapshots_locations AS
SELECT
    location_id,
    location_name,
    address
FROM locations;

-- Everybody, once, with the highest role that they have in any workspace: owner, admin, manager or member.
-- The roles are JSON. They are looked for as text, which every database can do; a project that is itself called
-- "OWNER" would be taken for one.
CREATE VIEW snapshots_users AS
SELECT
    user_id,
    MAX(email) AS email,
    CASE MAX(role_rank) WHEN 3 THEN 'owner' WHEN 2 THEN 'admin' WHEN 1 THEN 'manager' ELSE 'member' END AS role
FROM (
    SELECT
        id AS user_id,
        email,
        CASE
            WHEN CAST(roles AS VARCHAR) LIKE '%"OWNER"%' THEN 3
            WHEN CAST(roles AS VARCHAR) LIKE '%"WORKSPACE_OWN"%' THEN 3
            WHEN CAST(roles AS VARCHAR) LIKE '%"WORKSPACE_ADMIN"%' THEN 2
            WHEN CAST(roles AS VARCHAR) LIKE '%"TEAM_MANAGER"%' THEN 1
            WHEN CAST(roles AS VARCHAR) LIKE '%"PROJECT_MANAGER"%' THEN 1
            ELSE 0
        END AS role_rank
    FROM users
) AS members
GROUP BY user_id;

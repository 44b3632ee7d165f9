-- The queries that Orleans asks for by name. Names of parameters and of columns are its own.

-- name: GatewaysQueryKey
SELECT address AS Address, proxy_port AS ProxyPort, generation AS Generation FROM membership
WHERE deployment = @DeploymentId AND status = @Status AND proxy_port > 0

-- name: MembershipReadRowKey
SELECT m.address AS Address, m.port AS Port, m.generation AS Generation, m.silo AS SiloName, m.host AS HostName, m.status AS Status,
    m.proxy_port AS ProxyPort, m.suspects AS SuspectTimes, m.started AS StartTime, m.alive AS IAmAliveTime, v.version AS Version
FROM membership_version v
LEFT JOIN membership m ON m.deployment = v.deployment AND m.address = @Address AND m.port = @Port AND m.generation = @Generation
WHERE v.deployment = @DeploymentId

-- name: MembershipReadAllKey
SELECT m.address AS Address, m.port AS Port, m.generation AS Generation, m.silo AS SiloName, m.host AS HostName, m.status AS Status,
    m.proxy_port AS ProxyPort, m.suspects AS SuspectTimes, m.started AS StartTime, m.alive AS IAmAliveTime, v.version AS Version
FROM membership_version v LEFT JOIN membership m ON m.deployment = v.deployment
WHERE v.deployment = @DeploymentId

-- name: InsertMembershipVersionKey
WITH added AS (
    INSERT INTO membership_version (deployment) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING 1)
SELECT count(*)::int FROM added

-- Both or neither: a silo that lost the race for the version has changed nothing.
-- name: InsertMembershipKey
WITH stepped AS (
    UPDATE membership_version SET version = version + 1, changed = now()
    WHERE deployment = @DeploymentId AND version = @Version AND NOT EXISTS (
        SELECT 1 FROM membership
        WHERE deployment = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
    RETURNING deployment),
added AS (
    INSERT INTO membership (deployment, address, port, generation, silo, host, status, proxy_port, started, alive)
    SELECT deployment, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM stepped
    RETURNING 1)
SELECT count(*)::int FROM added

-- name: UpdateMembershipKey
WITH stepped AS (
    UPDATE membership_version SET version = version + 1, changed = now()
    WHERE deployment = @DeploymentId AND version = @Version AND EXISTS (
        SELECT 1 FROM membership
        WHERE deployment = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
    RETURNING deployment),
changed AS (
    UPDATE membership m SET status = @Status, suspects = @SuspectTimes, alive = @IAmAliveTime FROM stepped
    WHERE m.deployment = stepped.deployment AND m.address = @Address AND m.port = @Port AND m.generation = @Generation
    RETURNING 1)
SELECT count(*)::int FROM changed

-- name: UpdateIAmAlivetimeKey
UPDATE membership SET alive = @IAmAliveTime
WHERE deployment = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation

-- name: DeleteMembershipTableEntriesKey
WITH gone AS (DELETE FROM membership WHERE deployment = @DeploymentId)
DELETE FROM membership_version WHERE deployment = @DeploymentId

-- Status 3 is active: those are never removed for their age.
-- name: CleanupDefunctSiloEntriesKey
DELETE FROM membership WHERE deployment = @DeploymentId AND alive < @IAmAliveTime AND status <> 3

-- name: ReadFromStorageKey
SELECT payload AS PayloadBinary, version AS Version FROM grain_state
WHERE n1 = @GrainIdN1 AND n0 = @GrainIdN0 AND type = @GrainTypeString AND extension = coalesce(@GrainIdExtensionString, '')
    AND service = @ServiceId

-- No row comes back when another has written since: that is how Orleans knows.
-- name: WriteToStorageKey
INSERT INTO grain_state AS s (service, type, n0, n1, extension, payload, version)
SELECT @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, coalesce(@GrainIdExtensionString, ''), @PayloadBinary, 1
WHERE @GrainStateVersion::int IS NULL OR EXISTS (
    SELECT 1 FROM grain_state WHERE n1 = @GrainIdN1 AND n0 = @GrainIdN0 AND type = @GrainTypeString
        AND extension = coalesce(@GrainIdExtensionString, '') AND service = @ServiceId)
ON CONFLICT (n1, n0, type, extension, service) DO UPDATE
SET payload = excluded.payload, version = s.version + 1, changed = now()
WHERE s.version = @GrainStateVersion::int
RETURNING version AS NewGrainStateVersion

-- name: ClearStorageKey
UPDATE grain_state SET payload = NULL, version = version + 1, changed = now()
WHERE n1 = @GrainIdN1 AND n0 = @GrainIdN0 AND type = @GrainTypeString AND extension = coalesce(@GrainIdExtensionString, '')
    AND service = @ServiceId AND version = @GrainStateVersion::int
RETURNING version AS NewGrainStateVersion

-- name: DeleteStorageKey
DELETE FROM grain_state
WHERE n1 = @GrainIdN1 AND n0 = @GrainIdN0 AND type = @GrainTypeString AND extension = coalesce(@GrainIdExtensionString, '')
    AND service = @ServiceId AND version = @GrainStateVersion::int
RETURNING version + 1 AS NewGrainStateVersion

-- The queries that Orleans asks for by name. Names of parameters and of columns are its own. No query opens a transaction:
-- one that fails half-way would leave its connection inside it.

-- name: ReadFromStorageKey
SELECT payload AS PayloadBinary, version AS Version FROM grain_state
WHERE n1 = @GrainIdN1 AND n0 = @GrainIdN0 AND type = @GrainTypeString AND extension = coalesce(@GrainIdExtensionString, '')
    AND service = @ServiceId

-- No row comes back when another has written since: that is how Orleans knows.
-- name: WriteToStorageKey
INSERT INTO grain_state (service, type, n0, n1, extension, payload, version)
SELECT @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, coalesce(@GrainIdExtensionString, ''), @PayloadBinary, 1
WHERE @GrainStateVersion IS NULL OR EXISTS (
    SELECT 1 FROM grain_state WHERE n1 = @GrainIdN1 AND n0 = @GrainIdN0 AND type = @GrainTypeString
        AND extension = coalesce(@GrainIdExtensionString, '') AND service = @ServiceId)
ON CONFLICT (n1, n0, type, extension, service) DO UPDATE
SET payload = excluded.payload, version = version + 1 WHERE version = @GrainStateVersion
RETURNING version AS NewGrainStateVersion

-- name: ClearStorageKey
UPDATE grain_state SET payload = NULL, version = version + 1
WHERE n1 = @GrainIdN1 AND n0 = @GrainIdN0 AND type = @GrainTypeString AND extension = coalesce(@GrainIdExtensionString, '')
    AND service = @ServiceId AND version = @GrainStateVersion
RETURNING version AS NewGrainStateVersion

-- name: DeleteStorageKey
DELETE FROM grain_state
WHERE n1 = @GrainIdN1 AND n0 = @GrainIdN0 AND type = @GrainTypeString AND extension = coalesce(@GrainIdExtensionString, '')
    AND service = @ServiceId AND version = @GrainStateVersion
RETURNING version + 1 AS NewGrainStateVersion

/** The emulator's own superuser; nobody signs in as it through the proxy. */
export const SUPERUSER = "azuresu";

/**
 * SQL that every new cluster starts with, in the database `postgres`: the roles that Azure has, and its functions for Entra principals.
 *
 * @see Microsoft Learn, "Manage Microsoft Entra roles in Azure Database for PostgreSQL"
 */
export const BOOTSTRAP_SQL = `
CREATE ROLE azure_pg_admin NOLOGIN CREATEDB CREATEROLE;
CREATE ROLE azure_ad_user NOLOGIN;
ALTER DATABASE postgres OWNER TO azure_pg_admin;
GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO azure_pg_admin;
CREATE SCHEMA azure_ad;
CREATE TABLE azure_ad.principals (
  role name PRIMARY KEY,
  object_id text,
  object_type text NOT NULL CHECK (object_type IN ('user', 'service', 'group')),
  is_admin boolean NOT NULL,
  is_mfa boolean NOT NULL
);

CREATE FUNCTION pg_catalog.pgaadauth_create_principal_with_oid(
  rolename text, objectid text, objecttype text, isadmin boolean DEFAULT false, ismfa boolean DEFAULT false
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  EXECUTE format('CREATE ROLE %I LOGIN IN ROLE azure_ad_user', rolename);
  IF isadmin THEN
    EXECUTE format('ALTER ROLE %I CREATEDB CREATEROLE', rolename);
    EXECUTE format('GRANT azure_pg_admin TO %I', rolename);
  END IF;
  IF session_user <> 'azuresu' THEN
    -- without it, nobody could drop the role or make it a member of another one
    EXECUTE format('GRANT %I TO %I WITH ADMIN TRUE, INHERIT FALSE, SET FALSE', rolename, session_user);
  END IF;
  INSERT INTO azure_ad.principals VALUES (rolename, lower(objectid), lower(objecttype), isadmin, ismfa)
    ON CONFLICT (role) DO UPDATE SET object_id = excluded.object_id, object_type = excluded.object_type,
      is_admin = excluded.is_admin, is_mfa = excluded.is_mfa;
  RETURN format('Created role for %s', rolename);
END $$;

CREATE FUNCTION pg_catalog.pgaadauth_create_principal(
  rolename text, isadmin boolean DEFAULT false, ismfa boolean DEFAULT false
) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS
$$ SELECT pgaadauth_create_principal_with_oid(rolename, NULL, 'service', isadmin, ismfa) $$;

CREATE FUNCTION pg_catalog.pgaadauth_list_principals(isadminvalue boolean DEFAULT NULL)
RETURNS TABLE (rolename name, principaltype text, objectid text, tenantid text, ismfa integer, isadmin integer)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS
$$ SELECT p.role, p.object_type, p.object_id, '', p.is_mfa::integer, p.is_admin::integer
   FROM azure_ad.principals p JOIN pg_roles r ON r.rolname = p.role
   WHERE isadminvalue IS NULL OR p.is_admin = isadminvalue ORDER BY p.role $$;

REVOKE ALL ON FUNCTION pg_catalog.pgaadauth_create_principal_with_oid(text, text, text, boolean, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pgaadauth_create_principal(text, boolean, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pgaadauth_list_principals(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_catalog.pgaadauth_create_principal_with_oid(text, text, text, boolean, boolean) TO azure_pg_admin;
GRANT EXECUTE ON FUNCTION pg_catalog.pgaadauth_create_principal(text, boolean, boolean) TO azure_pg_admin;
GRANT EXECUTE ON FUNCTION pg_catalog.pgaadauth_list_principals(boolean) TO azure_pg_admin;
`;

/**
 * SQL for `postgres` and `template1`, so that every database has it: only extensions named in the server parameter `azure.extensions`
 * may be created. The parameter is read from the file, because a session could overlay its own value.
 */
export const EXTENSION_GATE_SQL = `
CREATE FUNCTION pg_catalog.azure_extension_gate() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  created record;
  allowed text;
BEGIN
  IF session_user = 'azuresu' THEN RETURN; END IF;
  SELECT lower(setting) INTO allowed FROM pg_file_settings WHERE name = 'azure.extensions' ORDER BY seqno DESC LIMIT 1;
  FOR created IN SELECT object_identity FROM pg_event_trigger_ddl_commands()
    WHERE command_tag = 'CREATE EXTENSION' AND object_type = 'extension' LOOP
    IF NOT replace(created.object_identity, '"', '') = ANY (string_to_array(replace(coalesce(allowed, ''), ' ', ''), ',')) THEN
      RAISE EXCEPTION 'extension "%" is not allow-listed for users in Azure Database for PostgreSQL', replace(created.object_identity, '"', '')
        USING ERRCODE = 'feature_not_supported', HINT = 'Add it to the server parameter azure.extensions.';
    END IF;
  END LOOP;
END $$;
CREATE EVENT TRIGGER azure_extension_gate ON ddl_command_end WHEN TAG IN ('CREATE EXTENSION') EXECUTE FUNCTION pg_catalog.azure_extension_gate();
`;

/** Small machine, safe commits: laid into `postgresql.conf` of the template; server parameters go to `postgresql.auto.conf`. */
export const POSTGRESQL_CONF = `
listen_addresses = ''
shared_buffers = 16MB
max_connections = 50
max_wal_size = 128MB
min_wal_size = 5MB
max_worker_processes = 4
max_parallel_workers = 2
max_logical_replication_workers = 0
io_method = sync
fsync = on
synchronous_commit = on
logging_collector = off
log_min_messages = warning
cluster_name = ''
timezone = 'UTC'
log_timezone = 'UTC'
`;

/** The socket lies in a private folder, and in front of it stands the proxy, which has checked the token of an Entra role. */
export const PG_HBA_CONF = `
local all ${SUPERUSER} trust
local all +azure_ad_user trust
local all all scram-sha-256
`;

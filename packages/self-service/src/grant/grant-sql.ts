/** The SQL that makes a PostgreSQL role able to use the draft store, and nothing else. */
import { CratonError } from '@craton/protocol';

export interface DraftRole {
  /** Lower-case letters, digits and `_`, at most 63. */
  readonly name: string;
  /** `SCRAM-SHA-256$...`: the server learns no password. Absent: the password stays as it is. */
  readonly passwordVerifier?: string;
}

const ROLE_NAME = /^[a-z][a-z0-9_]{0,62}$/;
const VERIFIER =
  /^SCRAM-SHA-256\$\d{4,7}:[A-Za-z0-9+/=]{24}\$[A-Za-z0-9+/=]{44}:[A-Za-z0-9+/=]{44}$/;
/** The database itself would otherwise let everybody make these. */
const LARGE_OBJECTS = [
  'lo_creat(integer)',
  'lo_create(oid)',
  'lo_from_bytea(oid, bytea)',
  'lo_import(text)',
  'lo_import(text, oid)',
];
const OWN = ['self_service_drafts', 'self_service_migrations', 'self_service_store'];

/**
 * One transaction, to be run in the draft database by the owner of its tables. It ends with looking
 * at what the role can do, by whatever way, and takes itself back if that is more than it should be.
 * Throws `ERR_CONFIG` for a name or a verifier that has another form.
 */
export function grantSql({ name, passwordVerifier }: DraftRole): string {
  if (!ROLE_NAME.test(name)) throw wrong('a role is lower-case letters, digits and _');
  if (passwordVerifier !== undefined && !VERIFIER.test(passwordVerifier)) {
    throw wrong('the password verifier has another form');
  }
  const password = passwordVerifier === undefined ? '' : ` PASSWORD '${passwordVerifier}'`;
  return `-- Makes ${name} able to use the draft store and nothing else.
-- Run it in the draft database, as the owner of its tables, once self-service has made them.
BEGIN;

DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${name}') THEN
    CREATE ROLE ${name};
  END IF;
END $$;
ALTER ROLE ${name} LOGIN NOINHERIT${password};

-- What it had before, and what everybody has who may connect.
DO $$ DECLARE place text := (
  SELECT relnamespace::regnamespace::text FROM pg_class
  WHERE oid = 'self_service_drafts'::regclass);
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM ${name}', current_database());
  EXECUTE format('REVOKE CREATE, TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('REVOKE ALL ON SCHEMA %s FROM ${name}', place);
  EXECUTE format('REVOKE CREATE ON SCHEMA %s FROM PUBLIC', place);
  EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %s FROM ${name}', place);
  EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA %s FROM ${name}', place);
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO ${name}', current_database());
  EXECUTE format('GRANT USAGE ON SCHEMA %s TO ${name}', place);
END $$;
REVOKE EXECUTE ON FUNCTION
  ${LARGE_OBJECTS.join(',\n  ')}
  FROM PUBLIC;

-- Rows are added and read, never changed; the rest is read to see that the store is complete.
GRANT SELECT, INSERT ON self_service_drafts TO ${name};
GRANT SELECT ON self_service_migrations, self_service_store TO ${name};

${examinationSql(name)}
COMMIT;
`;
}

/** By role, by everybody's rights, by what it owns: whatever is left is an error. */
function examinationSql(name: string): string {
  const own = OWN.map((table) => `'${table}'::regclass`).join(', ');
  return `DO $$ DECLARE me oid := '${name}'::regrole; what text; BEGIN
  SELECT rolname INTO what FROM pg_roles WHERE oid = me
    AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls);
  IF FOUND THEN RAISE EXCEPTION 'The role % has rights over the whole server.', what; END IF;
  SELECT roleid::regrole::text INTO what FROM pg_auth_members WHERE member = me LIMIT 1;
  IF FOUND THEN RAISE EXCEPTION 'The role is a member of %, whose rights it has.', what; END IF;
  SELECT classid::regclass::text INTO what FROM pg_shdepend WHERE refobjid = me
    AND refclassid = 'pg_authid'::regclass AND deptype = 'o' LIMIT 1;
  IF FOUND THEN RAISE EXCEPTION 'The role owns something: see %.', what; END IF;
  SELECT oid::regclass::text INTO what FROM pg_class
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND oid <> ALL (ARRAY[${own}])
    AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    AND relnamespace::regnamespace::text NOT LIKE 'pg\\_toast%'
    AND (has_table_privilege(me, oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
      OR has_any_column_privilege(me, oid, 'SELECT, INSERT, UPDATE')) LIMIT 1;
  IF FOUND THEN RAISE EXCEPTION 'The role can use the table %, too.', what; END IF;
  SELECT oid::regclass::text INTO what FROM pg_class WHERE oid = ANY (ARRAY[${own}])
    AND (has_table_privilege(me, oid, 'UPDATE, DELETE, TRUNCATE')
      OR has_any_column_privilege(me, oid, 'UPDATE')
      OR (oid <> 'self_service_drafts'::regclass
        AND (has_table_privilege(me, oid, 'INSERT')
          OR has_any_column_privilege(me, oid, 'INSERT')))) LIMIT 1;
  IF FOUND THEN RAISE EXCEPTION 'The role can change rows of %.', what; END IF;
  SELECT seqrelid::regclass::text INTO what FROM pg_sequence
    WHERE has_sequence_privilege(me, seqrelid, 'USAGE, UPDATE') LIMIT 1;
  IF FOUND THEN RAISE EXCEPTION 'The role can use the sequence %.', what; END IF;
  SELECT nspname INTO what FROM pg_namespace WHERE has_schema_privilege(me, oid, 'CREATE') LIMIT 1;
  IF FOUND THEN RAISE EXCEPTION 'The role can make tables in the schema %.', what; END IF;
  IF has_database_privilege(me, current_database(), 'CREATE, TEMPORARY') THEN
    RAISE EXCEPTION 'The role can make schemas or temporary tables.';
  END IF;
END $$;`;
}

function wrong(what: string): CratonError {
  return new CratonError('ERR_CONFIG', `The role of drafts: ${what}.`);
}

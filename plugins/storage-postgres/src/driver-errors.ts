import { isAgentFactoryError, type AgentFactoryError } from '@agent-factory/sdk';
import { storageErrors as errors } from '@agent-factory/sdk/contracts';

/** What an error is said to come from. */
export interface ErrorPlace {
  /** `host:port/database`; never the user's password. */
  readonly server: string;
  readonly sql?: string;
  /** Milliseconds that locks are waited for. */
  readonly waitMs?: number;
  /** Milliseconds a statement may take. */
  readonly statementTimeoutMs?: number;
}

/** The five characters of an error that the server sent. @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('severity' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && error.code.length === 5 ? error.code : undefined;
}

/** Whether the connection is of no more use after this error. */
export function breaksConnection(error: unknown): boolean {
  if (isAgentFactoryError(error)) return error.code === 'AF_STORAGE_UNAVAILABLE';
  const state = sqlState(error);
  if (state === undefined) return true;
  const severity = error instanceof Error && 'severity' in error ? error.severity : '';
  return severity === 'FATAL' || severity === 'PANIC' || state.startsWith('08');
}

/** Whether the server refused an old plan because the tables have changed since. Nothing was done. */
export function isStalePlan(error: unknown): boolean {
  const state = sqlState(error);
  const text = error instanceof Error ? error.message : '';
  return (state === '0A000' && text.includes('cached plan')) || state === '26000';
}

/** The driver's error as one of ours. */
export function translate(error: unknown, place: ErrorPlace): AgentFactoryError {
  if (isAgentFactoryError(error)) return error;
  const state = sqlState(error);
  const options = { cause: withoutSecrets(error) };
  const { server, sql = '' } = place;
  const reason = reasonOf(error);
  const down = (mend: string, why = reason): AgentFactoryError =>
    errors.AF_STORAGE_UNAVAILABLE({ server, reason: why, mend }, options);
  if (state === undefined) return down(downMend);

  switch (state) {
    case 'AFT01':
      return errors.AF_TENANT_UNKNOWN({ tenant: detailOf(error) }, options);
    case '25P02':
      return errors.AF_STORAGE_TRANSACTION_OVER({}, options);
    case '25006':
      return errors.AF_STORAGE_READ_ONLY({ database: server, reason }, options);
    case '53100':
      return errors.AF_STORAGE_FULL({ database: server, reason }, options);
    case '53300':
      return down('Raise max_connections of the server, or lower maxConnections in the configuration.');
    case '55P03':
    case '40P01':
    case '40001':
      return errors.AF_STORAGE_LOCKED({ database: server, ms: place.waitMs ?? 0, reason }, options);
    case '57014':
      return down(
        'Look at what the statement does, or raise statementTimeoutMs in the configuration.',
        `a statement took longer than ${place.statementTimeoutMs ?? 0} ms, or was cancelled`,
      );
    case '58030':
      return errors.AF_STORAGE_IO({ database: server, reason }, options);
    case '3D000':
      return errors.AF_STORAGE_OPEN_FAILED(
        {
          database: server,
          reason,
          mend: 'Create the database, or name another one in the configuration of storage-postgres.',
        },
        options,
      );
    case '42501':
      if (reason.includes('row-level security')) return errors.AF_STORAGE_CONSTRAINT({ reason }, options);
      break;
    case '26000':
    case '0A000':
      if (!isStalePlan(error)) break;
      return errors.AF_STORAGE_LOCKED(
        { database: server, ms: 0, reason: 'the tables were changed by a migration' },
        options,
      );
  }
  switch (state.slice(0, 2)) {
    case '08':
    case '53':
    case '57':
      return down(downMend);
    case '28':
      return errors.AF_STORAGE_OPEN_FAILED({ database: server, reason, mend: loginMend }, options);
    case '23':
    case '44':
      return errors.AF_STORAGE_CONSTRAINT({ reason }, options);
    case 'XX':
      return state === 'XX000'
        ? errors.AF_STORAGE_IO({ database: server, reason }, options)
        : errors.AF_STORAGE_CORRUPT({ database: server, reason }, options);
    default:
      return errors.AF_STORAGE_STATEMENT_INVALID({ reason, sql: excerpt(sql) }, options);
  }
}

const downMend =
  'Check that the server runs and can be reached from here, and its address under "url" in the configuration of storage-postgres.';
const loginMend =
  'Check user and password under "url" in the configuration of storage-postgres, and pg_hba.conf of the server.';

/** What went wrong, in words. A connection tried on several addresses has several. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '' && error.errors.length > 0)
    return reasonOf(error.errors[0]);
  const text = error instanceof Error ? error.message : String(error);
  return text === '' ? 'no reason is known' : text;
}

function detailOf(error: unknown): string {
  return error instanceof Error && 'detail' in error ? String(error.detail) : '';
}

/** The driver's errors quote no password; those of its URL reader hold it whole. */
function withoutSecrets(error: unknown): unknown {
  return error instanceof Error && !('input' in error) ? error : undefined;
}

/** A statement's beginning on one line, short enough for a message. */
export function excerpt(sql: string): string {
  const line = sql.trim().replace(/\s+/g, ' ');
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

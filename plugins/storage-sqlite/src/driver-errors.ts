import { isAgentFactoryError, type AgentFactoryError } from '@agent-factory/sdk';
import { storageErrors as errors } from '@agent-factory/sdk/contracts';

/** Whether another connection holds what a statement needs, so that trying again may help. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED');
}

/** The driver's error as one of ours. `ms` is how long a busy database was waited for. */
export function translate(error: unknown, file: string, sql = '', ms = 0): AgentFactoryError {
  if (isAgentFactoryError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const options = { cause: error };
  const code = codeOf(error);
  const family = code.split('_', 2).join('_');
  switch (family) {
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return errors.AF_STORAGE_LOCKED({ database: file, reason, ms }, options);
    case 'SQLITE_FULL':
      return errors.AF_STORAGE_FULL({ database: file, reason }, options);
    case 'SQLITE_READONLY':
      return errors.AF_STORAGE_READ_ONLY({ database: file, reason }, options);
    case 'SQLITE_CORRUPT':
    case 'SQLITE_NOTADB':
      return errors.AF_STORAGE_CORRUPT({ database: file, reason }, options);
    case 'SQLITE_CANTOPEN':
      return errors.AF_STORAGE_OPEN_FAILED({ database: file, reason, mend: openMend }, options);
    case 'SQLITE_IOERR':
    case 'SQLITE_NOMEM':
      return errors.AF_STORAGE_IO({ database: file, reason: `${reason} (${code})` }, options);
    case 'SQLITE_CONSTRAINT':
      return errors.AF_STORAGE_CONSTRAINT({ reason }, options);
    default:
      return errors.AF_STORAGE_STATEMENT_INVALID({ reason, sql: excerpt(sql) }, options);
  }
}

/** A statement's beginning on one line, short enough for a message. */
export function excerpt(sql: string): string {
  const line = sql.trim().replace(/\s+/g, ' ');
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** What to do when the file cannot be opened. */
export const openMend =
  'Name a file, in a folder that can be written to, under "file" in the configuration of storage-sqlite.';

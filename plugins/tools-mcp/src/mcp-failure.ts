import { isAgentFactoryError } from '@agent-factory/sdk';
import { errors } from './errors.ts';

/** What the protocol's client throws, as an error with a code. `said`: what its transport had to say before. */
export function failureOf(name: string, error: unknown, said?: unknown): Error {
  for (const one of [error, said, causeOf(error)]) if (isAgentFactoryError(one)) return one;
  const reason = reasonOf(error);
  const status = codeOf(error);
  if (status === 401 || status === 403)
    return errors.AF_TOOLS_MCP_REFUSED({ name, reason }, { cause: error });
  if (isProtocol(error)) return errors.AF_TOOLS_MCP_PROTOCOL({ name, reason }, { cause: error });
  return errors.AF_TOOLS_MCP_UNAVAILABLE({ name, reason }, { cause: error });
}

/** JSON-RPC's code, or the HTTP status. */
export function codeOf(error: unknown): number | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'number' ? code : undefined;
}

/** Codes of JSON-RPC and of the client; see the protocol's `ErrorCode`. */
export const rpcCodes = { closed: -32000, timedOut: -32001 } as const;

function isProtocol(error: unknown): boolean {
  const code = codeOf(error);
  // Errors of JSON-RPC, and of the schema that an answer is read with (zod).
  return (code !== undefined && code <= -32600) || (error instanceof Error && error.name === '$ZodError');
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 300);
  const system: unknown = 'code' in error ? error.code : undefined;
  if (system === 'ENOENT') return 'its program is not there';
  if (system === 'EACCES') return 'its program may not be started';
  const text = error.message.replaceAll(/\s+/g, ' ').trim();
  return (text.length > 300 ? `${text.slice(0, 300)}…` : text).replace(/\.$/, '') || error.name;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}
